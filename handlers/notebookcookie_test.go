package handlers

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/notebook"
)

// books are the Set-Cookie headers of an answer that are not the session's.
func (a answer) books() (list []string) {
	for _, header := range a.Header.Values("Set-Cookie") {
		if !strings.HasPrefix(header, "sessionname=") {
			list = append(list, header)
		}
	}
	return list
}

const noBook = "notebook=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; SameSite=Lax"

// Only an experiment that gives the session an end, or has several browsers, begins a notebook. Nothing
// else does, so whoever does another lesson never sees its cookie.
func TestNotebook_BeginsOnDemand(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	moment := time.Now().Add(time.Hour).Format(time.RFC3339)
	began := regexp.MustCompile(`^notebook=[A-Za-z0-9_-]{22}; Path=/; HttpOnly; SameSite=Lax$`)
	for _, tt := range []struct {
		fields []string
		begins bool
	}{
		{[]string{"seconds", "3"}, true}, {[]string{"at", moment}, true},
		{[]string{"seconds", "0"}, false}, {[]string{"seconds", ""}, false}, {[]string{"seconds", "-1"}, false},
		{[]string{"seconds", "many"}, false}, {[]string{"at", "never"}, false}, {nil, false},
	} {
		a := tl.visitor().post("/expiry", tt.fields...)
		got := a.Header.Values("Set-Cookie")
		if tt.begins &&
			(len(got) != 2 || !strings.HasPrefix(got[0], "sessionname=") || !began.MatchString(got[1])) {
			t.Errorf("%v: Set-Cookie = %q, want the session's and then the notebook's", tt.fields, got)
		}
		if !tt.begins && len(a.books()) != 0 {
			t.Errorf("%v: Set-Cookie = %q", tt.fields, got)
		}
		if a.Header.Get("Vary") != "Cookie" {
			t.Errorf("%v: Vary = %q", tt.fields, a.Header.Get("Vary"))
		}
	}
	fields := []string{"key", "k", "value", "v", "seconds", "3", "notebook", "forget", "then", "expiry"}
	for _, path := range tl.paths(http.MethodPost) {
		v := tl.visitor()
		v.post("/set", "key", "k", "value", "v")
		lesson := lessonAt(path) // experiments with several browsers keep their runs there
		experiment := lesson != nil && lesson.Scenes && path != "/two/tab" ||
			strings.HasSuffix(path, "/b")
		if got := v.post(path, fields...).books(); len(got) != 0 && path != "/expiry" && !experiment {
			t.Errorf("POST %s sets %q", path, got)
		}
	}
	for _, path := range tl.paths(http.MethodGet) {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			a := tl.send(method, path+"?seconds=3&notebook=forget", "Cookie", "sessionname=x")
			if got := a.books(); got != nil {
				t.Errorf("%s %s sets %q", method, path, got)
			}
		}
	}
}

// A notebook that is known is used on, and no answer sets its cookie again. A value that is not is never
// adopted.
func TestNotebook_OnlyAKnownOneIsUsedOn(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "300")
	own, stranger := v.cookieNamed("notebook"), strings.Repeat("A", 22)
	if a := v.post("/expiry", "seconds", "200"); len(a.books()) != 0 {
		t.Errorf("with a notebook: Set-Cookie = %q", a.books())
	}
	for _, tt := range []struct {
		name, cookie string
		begins       bool
	}{
		{"known", own, false}, {"unknown", stranger, true}, {"short", "x", true}, {"markup", `<zq>"zq`, true},
		{"long", strings.Repeat("A", 5000), true}, {"the session's", v.token(), true},
		{"two, the last one known", stranger + "; notebook=" + own, false},
		{"two, the last one unknown", own + "; notebook=" + stranger, true},
		{"two, the last one blank", own + "; notebook=", true},
	} {
		w := serve(tl.Handler(), http.MethodPost, "/expiry", "seconds=9", "notebook="+tt.cookie)
		got := answer{Header: w.Header()}.books()
		if (len(got) == 1) != tt.begins {
			t.Errorf("%s: Set-Cookie = %q", tt.name, got)
		}
		if tt.begins && (strings.Contains(got[0], own) || strings.Contains(got[0], stranger)) {
			t.Errorf("%s: adopted: %q", tt.name, got)
		}
	}
	if _, ok, _ := tl.notebooks.Read(t.Context(), stranger); ok {
		t.Error("there is a notebook of the unknown name")
	}
}

// Starting over forgets the notebook, with a session or without one; a flush by its lesson does not.
func TestNotebook_StartOver(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "300")
	id := v.cookieNamed("notebook")
	if a := v.post("/flush"); len(a.books()) != 0 || v.cookieNamed("notebook") != id {
		t.Errorf("a flush: Set-Cookie = %q", a.books())
	}
	if n, ok := v.notebook(); !ok || n.Session != (notebook.Session{}) {
		t.Errorf("after a flush the notebook has %+v, %v", n, ok)
	}
	v.run("/set", "key", "k", "value", "v")
	form := regexp.MustCompile(`<form class="reset" method="post" action="/flush">(.*?)</form>`).
		FindStringSubmatch(v.get("/set").Body)
	if form == nil || !strings.Contains(form[1], `<input type="hidden" name="notebook" value="forget">`) {
		t.Fatalf("Start over is %q", form)
	}
	a := v.post("/flush", "notebook", "forget")
	if got := a.Header.Values("Set-Cookie"); !slices.Equal(got, []string{deletion, noBook}) {
		t.Errorf("Set-Cookie = %q, want both deleted, the session's first", got)
	}
	if _, ok, _ := tl.notebooks.Read(t.Context(), id); ok || v.cookieNamed("notebook") != "" {
		t.Error("the notebook is still there")
	}
	if got := v.post("/flush", "notebook", "forget").Header.Values("Set-Cookie"); len(got) != 0 {
		t.Errorf("without one: Set-Cookie = %q", got)
	}
	v.put("notebook", "malformed")
	if got := v.post("/flush", "notebook", "forget").books(); !slices.Equal(got, []string{noBook}) {
		t.Errorf("a malformed one: Set-Cookie = %q", got)
	}
}

// The cookie's name is never that of the session, and has the session's protection.
func TestNotebook_CookieName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		session string
		secure  bool
		want    string
	}{
		{"sessionname", false, "notebook"}, {"sessionname", true, "notebook"}, {"notebook", false, "lab-notebook"},
		{"__Host-sessionname", true, "__Host-notebook"}, {"__host-x", true, "__Host-notebook"},
		{"__Host-notebook", true, "__Host-lab-notebook"}, {"__Secure-x", true, "notebook"},
	} {
		tl := newLab(t)
		tl.settings.CookieName, tl.settings.Secure = tt.session, tt.secure
		tl.sessions.Cookie.Name, tl.sessions.Cookie.Secure = tt.session, tt.secure
		set := serve(tl.Handler(), http.MethodPost, "/expiry", "seconds=9", "").Header().Values("Set-Cookie")
		if len(set) != 2 || !strings.HasPrefix(set[0], tt.session+"=") ||
			!strings.HasPrefix(set[1], tt.want+"=") || !strings.Contains(set[1], "; Path=/; HttpOnly") ||
			strings.Contains(set[1], "; Secure") != tt.secure {
			t.Errorf("%+v: Set-Cookie = %q", tt, set)
			continue
		}
		pair, _, _ := strings.Cut(set[1], ";")
		drop := serve(tl.Handler(), http.MethodPost, "/flush", "notebook=forget", pair).Header().Get("Set-Cookie")
		if !strings.HasPrefix(drop, tt.want+"=; Path=/; ") || strings.Contains(drop, "; Secure") != tt.secure {
			t.Errorf("%+v: the deletion is %q", tt, drop)
		}
	}
}

// The notebook's ID is in Set-Cookie, and in no page, JSON, address, event or line of the log; no page knows
// what a notebook has but for its own browser.
func TestNotebook_IDNowhere(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "300")
	id := v.cookieNamed("notebook")
	found := func(what string, a answer) {
		t.Helper()
		header := fmt.Sprint(a.Header)
		if body := html.UnescapeString(a.Body); strings.Contains(body, id) || strings.Contains(header, id) ||
			strings.Contains(body, notebook.Key(id)) {
			t.Errorf("%s has the notebook's ID", what)
		}
	}
	round := func() {
		pages := append(tl.paths(http.MethodGet), "/get?key=x&access=brackets", "/set?key=%zz", "/none")
		for _, path := range pages {
			found(path, v.get(path))
		}
		for _, path := range tl.paths(http.MethodPost) {
			a := v.post(path, "key", "k", "value", "v", "seconds", "300")
			found(path, a)
			if to := a.Header.Get("Location"); to != "" {
				found(to, v.get(to))
			}
		}
	}
	round()
	v.done("/expiry", "seconds", "3")
	v.put("sessionname", "")
	tl.later(time.Hour / 3)
	round()
	tl.sql("DROP TABLE sessions")
	found("an error", v.post("/set", "key", "k", "value", "v"))
	for _, x := range tl.exchanges(v.token()) {
		if strings.Contains(fmt.Sprintf("%+v", x), id) {
			t.Errorf("recorded: %+v", x)
		}
	}
	log := tl.log.String()
	if strings.Contains(log, id) || strings.Contains(log, notebook.Key(id)) ||
		!strings.Contains(log, "/expiry") {
		t.Error("the notebook's ID is in the log, or there is no log")
	}
}

// The record has the notebook beside the other programs' cookies, and the diagram names it.
func TestNotebook_InTheRecord(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		cookies  string
		others   int
		notebook bool
		says     string
	}{
		{"", 0, false, ""},
		{"; theme=dark", 1, false, "and 1 of other programs on this host<"},
		{"; notebook=x", 0, true, "<small>and the lab&#39;s own notebook<"},
		{"; notebook=x; theme=dark; notebook=y", 1, true,
			"and 1 of other programs on this host; and the lab&#39;s own notebook<"},
	} {
		token := began(t, tl.Handler(), "k", "v")
		a := tl.send(http.MethodGet, "/set", "Cookie", "sessionname="+token+tt.cookies)
		x := tl.exchanges(token)[0]
		if x.Others != tt.others || x.Notebook != tt.notebook {
			t.Errorf("%q: %d others, notebook %v", tt.cookies, x.Others, x.Notebook)
		}
		wantText(t, a, tt.says)
		if named := strings.Contains(a.Body, "own notebook"); named != tt.notebook ||
			strings.Contains(a.Body, "other programs on") != (tt.others > 0) {
			t.Errorf("%q: the diagram names the notebook: %v", tt.cookies, named)
		}
	}
}
