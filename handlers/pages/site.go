// Package pages makes pages out of files: it parses and executes templates, serves the static files, finds
// the source of functions and colours code. What only the lab knows it is told: its [Options] bring the
// functions that templates call, and a page's data is whatever the templates of that page ask for.
package pages

import (
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Site is the pages and the static files. It may be used concurrently.
type Site struct {
	files   fs.FS
	options Options
	once    func(*template.Template) any // see [once]
	sets    map[string]*template.Template
	assets  *assets
}

// Options are what a site is made of besides its files.
type Options struct {
	// Shared are the names of the templates that every page is made of. The others are a page each, which may
	// define blocks of the shared ones anew.
	Shared []string
	// Funcs are what the templates can call, besides asset, which returns the URL of a static file, and once.
	Funcs template.FuncMap
	// Cookie has the texts of templates/cookie take the place of those that they name.
	Cookie bool
	// Dev reads templates and static files anew for each page.
	Dev bool
}

// Parse parses every page of files: templates/NAME.html is the page NAME, and what is in static is served.
// The error names the template that is wrong. Those of templates/cookie are looked at whether they are shown
// or not.
//
// {{once "part" .Lesson}} renders a part of a page the first time that it is needed, and keeps it for every
// visitor. Subject is the type of what the part gets, and it gets nothing else. So it must be one that holds
// nothing of a visitor: then nothing of a visitor can be kept.
func Parse[Subject any](files fs.FS, options Options) (*Site, error) {
	s := &Site{files: files, options: options, once: once[Subject], sets: map[string]*template.Template{}}
	var err error
	if s.assets, err = readAssets(files, options.Dev); err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	frame, err := s.parseShared()
	if err != nil {
		return nil, err
	}
	for _, file := range names {
		if slices.Contains(options.Shared, path.Base(file)) {
			continue
		}
		name := strings.TrimSuffix(path.Base(file), ".html")
		if s.sets[name], err = s.parse(frame, name); err != nil {
			return nil, err
		}
	}
	return s, s.checkOverrides()
}

// parseShared parses the templates that every page is made of.
func (s *Site) parseShared() (*template.Template, error) {
	frame := template.New("frame")
	frame.Funcs(s.options.Funcs)
	frame.Funcs(template.FuncMap{"asset": s.Asset, "once": s.once(frame)})
	for _, name := range s.options.Shared {
		if err := s.parseFile(frame, "templates/"+name); err != nil {
			return nil, err
		}
		if err := s.override(frame, strings.TrimSuffix(name, ".html")); err != nil {
			return nil, err
		}
	}
	return frame, nil
}

// parse makes the set of one page: a copy of frame with the page's own templates, some of which take the
// place of shared ones.
func (s *Site) parse(frame *template.Template, name string) (*template.Template, error) {
	set, err := frame.Clone()
	if err != nil {
		return nil, fmt.Errorf("copy the shared templates: %w", err)
	}
	set.Funcs(template.FuncMap{"once": s.once(set)})
	if err := s.parseFile(set, "templates/"+name+".html"); err != nil {
		return nil, err
	}
	return set, s.override(set, name)
}

// parseFile adds the templates of a file to set, without its indentation.
func (s *Site) parseFile(set *template.Template, file string) error {
	text, err := fs.ReadFile(s.files, file)
	if err != nil {
		return fmt.Errorf("read templates: %w", err)
	}
	if _, err := set.New(path.Base(file)).Parse(unindented(string(text))); err != nil {
		return fmt.Errorf("parse %s: %w", file, err)
	}
	return nil
}

var (
	asItStands  = regexp.MustCompile(`(?s)<pre\b.*?</pre>`)
	indentation = regexp.MustCompile(`\n[ \t]+`)
)

// unindented is the text of a template without what only its readers need: a page is some 1.5 KB lighter.
// What stands between pre tags stays.
func unindented(text string) string {
	var b strings.Builder
	from := 0
	for _, pre := range append(asItStands.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		b.WriteString(indentation.ReplaceAllString(text[from:pre[0]], "\n"))
		b.WriteString(text[pre[0]:pre[1]])
		from = pre[1]
	}
	return b.String()
}

// execute writes one template of a page to w. When it fails, half a page is written already.
func (s *Site) execute(w io.Writer, name, part string, data any) error {
	set := s.sets[name]
	if s.options.Dev {
		var err error
		if set, err = s.fresh(name); err != nil {
			return err
		}
	}
	if set == nil {
		return fmt.Errorf("no page %q", name)
	}
	return set.ExecuteTemplate(w, part, data)
}

// fresh parses a page anew, for development.
func (s *Site) fresh(name string) (*template.Template, error) {
	frame, err := s.parseShared()
	if err != nil {
		return nil, err
	}
	return s.parse(frame, name)
}
