package handlers

import (
	"context"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// homePageData is the data of home.html.
type homePageData struct {
	*page
	Steps view.Steps // the page's own request
}

// homePage is the first page: the flow of the very request that asked for it, and the lessons. It
// only reads, so whoever comes for the first time leaves without a session.
func (l *Lab) homePage(_ context.Context, p *page) (any, error) {
	if l.engine.Kind().InCookie {
		p.Title = "Your browser carries your data"
	}
	return &homePageData{page: p}, nil
}

// draw draws the page's own request.
func (d *homePageData) draw(given view.Given, request *xray.Exchange, history []*xray.Exchange) {
	d.Steps = given.Steps(request, history)
	d.Steps.Expires = d.Panel.Row.Expires
}

// homeLesson is the first page. It is no lesson of the course, and is shown as one.
var homeLesson = &Lesson{Name: "home", Path: "/", Title: "Your data stays on the server"}
