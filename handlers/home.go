package handlers

import (
	"context"

	"sessionlab/handlers/xray"
)

// homePageData is the data of home.html.
type homePageData struct {
	*page
	lab     *Lab
	request *xray.Exchange // for this page itself; it is complete when the page is rendered
}

// homePage is the first page: the flow of the very request that asked for it, and the lessons. It
// only reads, so whoever comes for the first time leaves without a session.
func (l *Lab) homePage(ctx context.Context, p *page) (any, error) {
	if l.inCookie() {
		p.Title = "Your browser carries your data"
	}
	return homePageData{p, l, xray.From(ctx)}, nil
}

// Steps is the page's own request.
func (d homePageData) Steps() sevenSteps {
	s := d.lab.newSevenSteps(d.request)
	s.Expires = d.Panel.Row.Expires
	return s
}

// homeLesson is the first page. It is no lesson of the course, and is shown as one.
var homeLesson = &Lesson{Name: "home", Path: "/", Title: "Your data stays on the server"}
