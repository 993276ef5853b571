package pages

import (
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template/parse"
)

// override parses templates/cookie/NAME.html, where there is one, over the templates of that name, if its
// texts apply. The file holds what they say otherwise then: blocks, with another text each.
func (s *Site) override(set *template.Template, name string) error {
	file := "templates/cookie/" + name + ".html"
	other, err := s.blocks(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	own, err := s.blocks("templates/" + name + ".html")
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
	if !s.options.Cookie {
		return nil
	}
	return s.parseFile(set, file)
}

// blocks are the templates that a file defines, by name.
func (s *Site) blocks(file string) (map[string]*parse.Tree, error) {
	text, err := fs.ReadFile(s.files, file)
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
func (s *Site) checkOverrides() error {
	files, err := fs.Glob(s.files, "templates/cookie/*")
	if err != nil {
		return fmt.Errorf("list templates: %w", err)
	}
	for _, file := range files {
		name, isHTML := strings.CutSuffix(path.Base(file), ".html")
		if !isHTML || s.sets[name] == nil && !slices.Contains(s.options.Shared, path.Base(file)) {
			return fmt.Errorf("%s: there is no page templates/%s", file, path.Base(file))
		}
	}
	return nil
}
