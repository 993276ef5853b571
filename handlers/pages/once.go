package pages

import (
	"html/template"
	"strings"
	"sync"
)

// once returns the template function of that name for the parts of set: see [Parse]. Most of a page is parts
// that are the same for every visitor, and executing templates is the slowest part of serving one. Its result
// takes a Subject, so a template that hands over anything else fails.
func once[Subject any](set *template.Template) any {
	var kept sync.Map
	return func(name string, subject Subject) (template.HTML, error) {
		if html, ok := kept.Load(name); ok {
			return html.(template.HTML), nil
		}
		var b strings.Builder
		if err := set.ExecuteTemplate(&b, name, subject); err != nil {
			return "", err
		}
		kept.Store(name, template.HTML(b.String()))
		return template.HTML(b.String()), nil
	}
}
