package handlers

import (
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"sync"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/pages"
	"sessionlab/handlers/view"
)

// shared are the templates that every page is made of. A page file may define "main" anew; the one
// in lesson.html frames the parts that a lesson defines.
var shared = []string{"layout.html", "panel.html", "exchange.html", "lesson.html", "steps.html", "lanes.html"}

// parsePages parses every page, with what only the lab knows. Parts that are kept get the lesson and nothing
// else.
func (l *Lab) parsePages(files fs.FS, source *pages.Source) (*pages.Site, error) {
	return pages.Parse[*Lesson](files, pages.Options{
		Shared: shared,
		Cookie: l.engine.Kind().InCookie,
		Dev:    l.settings.Dev,
		Funcs: template.FuncMap{
			"tok":       view.Token,
			"hue":       view.Hue,
			"bars":      view.Bars,
			"code":      view.Code,
			"found":     view.Found,
			"key":       view.KeyText,
			"groups":    lessonGroups,
			"effects":   effects,
			"settings":  func() Settings { return l.settings },
			"source":    source.Of,
			"highlight": colours.Of,
		},
	})
}

// given is what the drawing of a page needs to know of the lab.
func (l *Lab) given() view.Given {
	return view.Given{
		Kind:       l.engine.Kind(),
		CookieName: l.settings.CookieName,
		CookieAge:  l.settings.CookieAge,
		Now:        l.now(),
		Age: func(values map[string]any) (time.Duration, bool) {
			return ageIn(values, l.settings.CookieAge)
		},
		Entries: func(values map[string]any) int { return entries(maps.Keys(values)) },
		OfLife:  l.endsWithLife,
		PageOf:  pageOf,
		Call:    callOf,
	}
}

//go:embed *.go
var sourceFiles embed.FS

// readSource reads the package's own files, for the functions that lessons show. They are part of the
// program, so once is enough.
var readSource = sync.OnceValues(func() (*pages.Source, error) {
	return pages.ReadSource(sourceFiles, "handlers")
})

// colours are those of what the lessons show. A program that shows few pages, as a test does, colours little.
var colours pages.Colours

// newPage fills in what does not depend on the session.
func (l *Lab) newPage(r *http.Request, title string, lesson *Lesson) *page {
	scheme := "http://"
	if l.settings.Secure || r.TLS != nil {
		scheme = "https://"
	}
	return &page{Title: title, Lesson: lesson, Base: scheme + r.Host, Query: r.URL.Query(),
		Posted: r.Method == http.MethodPost}
}

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

func (l *Lab) write(
	w http.ResponseWriter, r *http.Request, status int, name, part string, data any, cookie *http.Cookie,
) {
	page, err := l.pages.Make(name, part, data)
	defer page.Done()
	if err != nil {
		l.log.Error("render", "page", name, "err", err)
		status, cookie = http.StatusInternalServerError, nil
	}
	l.send(w, r, status, "text/html; charset=utf-8", page.Bytes(), cookie)
}

// send writes a finished answer, with the cookie if there is one. From here on it takes only memory: its
// turn goes to the next one. A large answer needs room among those that are under way, and gets longer to be
// taken; without room a small page says so, and no cookie is sent.
func (l *Lab) send(
	w http.ResponseWriter, r *http.Request, status int, kind string, body []byte, cookie *http.Cookie,
) {
	leave, err := l.answers.Enter(r.Context(), int64(len(body)))
	if err != nil {
		l.fail(w, r, err)
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

// serveStatic answers with a static file; a name that is not exactly one of them is not found.
func (l *Lab) serveStatic(w http.ResponseWriter, r *http.Request) {
	if !l.pages.ServeAsset(w, r) {
		l.notFound(w, r)
	}
}

func (l *Lab) favicon(w http.ResponseWriter, r *http.Request) {
	url, err := l.pages.Asset("favicon.svg")
	if err != nil {
		l.notFound(w, r)
		return
	}
	http.Redirect(w, r, url, http.StatusFound)
}
