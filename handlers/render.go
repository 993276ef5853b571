package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"sessionlab/handlers/limits"
	"sessionlab/handlers/view"
	"slices"
	"strings"
	"sync"
	"text/template/parse"
	"time"
)

// pages holds the parsed templates, one set a page: the shared ones and the page's own.
type pages struct {
	files  fs.FS
	lab    *Lab
	sets   map[string]*template.Template
	assets *assets
	dev    bool
}

// shared are the templates that every page is made of. A page file may define "main" anew; the one
// in lesson.html frames the parts that a lesson defines.
var shared = []string{"layout.html", "panel.html", "exchange.html", "lesson.html", "steps.html"}

// parsePages parses every page once. The error names the template that is wrong. Those of templates/cookie
// are looked at on every engine, though only one shows them.
func parsePages(files fs.FS, l *Lab) (*pages, error) {
	p := &pages{files: files, lab: l, dev: l.settings.Dev, sets: map[string]*template.Template{}}
	var err error
	if p.assets, err = readAssets(files); err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	frame, err := p.parseShared()
	if err != nil {
		return nil, err
	}
	for _, file := range names {
		if slices.Contains(shared, path.Base(file)) {
			continue
		}
		name := strings.TrimSuffix(path.Base(file), ".html")
		if p.sets[name], err = p.parse(frame, name); err != nil {
			return nil, err
		}
	}
	return p, p.checkOverrides()
}

// current returns the static files: in development those on the disk now.
func (p *pages) current() *assets {
	if p.dev {
		if fresh, err := readAssets(p.files); err == nil {
			return fresh
		}
	}
	return p.assets
}

// parseShared parses the templates that every page is made of.
func (p *pages) parseShared() (*template.Template, error) {
	frame := template.New("frame")
	frame.Funcs(template.FuncMap{
		"tok":      view.Token,
		"hue":      view.Hue,
		"bars":     view.Bars,
		"code":     view.Code,
		"key":      view.KeyText,
		"asset":    func(name string) (string, error) { return p.current().path(name) },
		"groups":   lessonGroups,
		"effects":  effects,
		"question": p.lab.question,
		"once":     p.once(frame),
		"settings": func() Settings { return p.lab.settings },
		"source":   func(names []string) ([]excerpt, error) { return p.lab.source.of(names...) },
	})
	for _, name := range shared {
		if _, err := frame.ParseFS(p.files, "templates/"+name); err != nil {
			return nil, fmt.Errorf("parse templates/%s: %w", name, err)
		}
		if err := p.override(frame, strings.TrimSuffix(name, ".html")); err != nil {
			return nil, err
		}
	}
	return frame, nil
}

// parse makes the set of one page: a copy of frame with the page's own templates, some of which take the
// place of shared ones.
func (p *pages) parse(frame *template.Template, name string) (*template.Template, error) {
	set, err := frame.Clone()
	if err != nil {
		return nil, fmt.Errorf("copy the shared templates: %w", err)
	}
	set.Funcs(template.FuncMap{"once": p.once(set)})
	if _, err := set.ParseFS(p.files, "templates/"+name+".html"); err != nil {
		return nil, fmt.Errorf("parse templates/%s.html: %w", name, err)
	}
	return set, p.override(set, name)
}

// override parses templates/cookie/NAME.html, where there is one, over the templates of that name, if the
// session is the cookie here. The file holds what they say otherwise then: blocks, with another text each.
func (p *pages) override(set *template.Template, name string) error {
	file := "templates/cookie/" + name + ".html"
	other, err := p.blocks(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	own, err := p.blocks("templates/" + name + ".html")
	if err != nil {
		return err
	}
	for _, block := range slices.Sorted(maps.Keys(other)) {
		switch {
		case own[block] == nil:
			return fmt.Errorf("%s: templates/%s.html has no block %q", file, name, block)
		case parse.IsEmptyTree(other[block].Root): // it would take the place of nothing
			return fmt.Errorf("%s: the block %q is empty", file, block)
		}
	}
	if !p.lab.engine.Kind().InCookie {
		return nil
	}
	if _, err := set.ParseFS(p.files, file); err != nil {
		return fmt.Errorf("parse %s: %w", file, err)
	}
	return nil
}

// blocks are the templates that a file defines, by name.
func (p *pages) blocks(file string) (map[string]*parse.Tree, error) {
	text, err := fs.ReadFile(p.files, file)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	defined := map[string]*parse.Tree{}
	whole := parse.New(file)
	whole.Mode = parse.SkipFuncCheck
	if _, err := whole.Parse(string(text), "", "", defined); err != nil {
		return nil, fmt.Errorf("parse %s: %w", file, err)
	}
	delete(defined, file) // what stands around them
	return defined, nil
}

// checkOverrides reports a file of templates/cookie that belongs to no page.
func (p *pages) checkOverrides() error {
	files, err := fs.Glob(p.files, "templates/cookie/*")
	if err != nil {
		return fmt.Errorf("list templates: %w", err)
	}
	for _, file := range files {
		name, isHTML := strings.CutSuffix(path.Base(file), ".html")
		if !isHTML || p.sets[name] == nil && !slices.Contains(shared, path.Base(file)) {
			return fmt.Errorf("%s: there is no page templates/%s", file, path.Base(file))
		}
	}
	return nil
}

// once returns the template function of that name: {{once "notes" .Lesson}} renders a part that is
// the same for every visitor the first time it is needed, and keeps it. Most of a page is such parts,
// and executing templates is the slowest part of serving one. The part gets the lesson and nothing
// else, so that nothing of a visitor can be kept.
func (p *pages) once(set *template.Template) func(string, *Lesson) (template.HTML, error) {
	var kept sync.Map
	return func(name string, lesson *Lesson) (template.HTML, error) {
		if html, ok := kept.Load(name); ok {
			return html.(template.HTML), nil
		}
		var b strings.Builder
		if err := set.ExecuteTemplate(&b, name, lesson); err != nil {
			return "", err
		}
		kept.Store(name, template.HTML(b.String()))
		return template.HTML(b.String()), nil
	}
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render executes the page of that name into a buffer, and only then writes the cookie, the status and
// the bytes: a template that fails becomes a 500 page, never half a page, and sends no cookie.
func (l *Lab) render(
	w http.ResponseWriter, r *http.Request, status int, name string, data any, cookie *http.Cookie,
) {
	l.write(w, r, status, name, "layout.html", data, cookie)
}

// renderPart executes one template of the internals page by itself.
func (l *Lab) renderPart(w http.ResponseWriter, r *http.Request, part string, data any) {
	l.write(w, r, http.StatusOK, "internals", part, data, nil)
}

// brokenPage stands in for a page whose template fails. It needs none.
const brokenPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Something broke on the server · Session Lab</title>
<p>Something broke on the server. Nothing was changed. The reason is in the server's log.</p>
</html>
`

func (l *Lab) write(
	w http.ResponseWriter, r *http.Request, status int, name, part string, data any, cookie *http.Cookie,
) {
	buf := buffers.Get().(*bytes.Buffer)
	defer keep(buf)
	buf.Reset()
	if err := l.pages.execute(buf, name, part, data); err != nil {
		l.log.Error("render", "page", name, "err", err)
		status, cookie = http.StatusInternalServerError, nil
		buf.Reset()
		buf.WriteString(brokenPage)
	}
	l.send(w, r, status, "text/html; charset=utf-8", buf.Bytes(), cookie)
}

// keep puts a buffer back for the next page, unless a large page would stay in memory with it.
func keep(buf *bytes.Buffer) {
	if buf.Cap() <= 2*limits.SmallAnswer {
		buffers.Put(buf)
	}
}

// send writes a finished answer, with the cookie if there is one. From here on it takes only memory: its
// turn goes to the next one. A large answer needs room among those that are under way, and gets longer to be
// taken; without room a small page says so, and no cookie is sent.
func (l *Lab) send(
	w http.ResponseWriter, r *http.Request, status int, kind string, body []byte, cookie *http.Cookie,
) {
	leave, err := l.answers.Enter(r.Context(), int64(len(body)))
	if err != nil {
		l.fail(w, r, nil, err)
		return
	}
	defer leave()
	wait := l.answerWait
	if len(body) > limits.SmallAnswer {
		wait = l.pageWait
	}
	leaveTurn(r)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(wait)) // a recorder has none
	if cookie != nil {
		http.SetCookie(w, cookie)
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	// A visitor who went away is no error of ours.
	_, _ = w.Write(body)
}

func (p *pages) execute(buf *bytes.Buffer, name, part string, data any) error {
	set := p.sets[name]
	if p.dev {
		var err error
		if set, err = p.fresh(name); err != nil {
			return err
		}
	}
	if set == nil {
		return fmt.Errorf("no page %q", name)
	}
	return set.ExecuteTemplate(buf, part, data)
}

// fresh parses a page anew, for development.
func (p *pages) fresh(name string) (*template.Template, error) {
	frame, err := p.parseShared()
	if err != nil {
		return nil, err
	}
	return p.parse(frame, name)
}
