package handlers

import (
	"context"
	"maps"
)

// templatesPageData is the data of templates.html. Session is what a Go template can be given in the
// place of Django's request.session: the values by key.
type templatesPageData struct {
	*page
	Session map[string]any
}

func (l *Lab) templatesPage(ctx context.Context, p *page) (any, error) {
	return templatesPageData{p, maps.Collect(l.values(ctx))}, nil
}

// values yields the session's entries in SCS's order, by key.
func (l *Lab) values(ctx context.Context) func(yield func(string, any) bool) {
	return func(yield func(string, any) bool) {
		for _, key := range l.sessions.Keys(ctx) {
			if !yield(key, l.sessions.Get(ctx, key)) {
				return
			}
		}
	}
}

var templatesQuestions []Question
