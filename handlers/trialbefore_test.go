package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A browser holds one trial cookie at most: each deletes the one before, wherever it went.
func TestTrialDeletesTheOneBefore(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	was := regexp.MustCompile(`<input type="hidden" name="(was-[a-z]+)" value="([^"]*)">`)
	everywhere := func() (names []string) {
		for _, path := range []string{"/", "/settings", "/settings/seen", "/flow"} {
			u, _ := url.Parse(tl.url + path)
			for _, c := range v.Jar.Cookies(u) {
				if !slices.Contains(names, c.Name) {
					names = append(names, c.Name)
				}
			}
		}
		return names
	}
	var former []string
	for i, path := range []string{"/settings", "/flow", "/flow", "/", "/settings/seen"} {
		name := fmt.Sprint("shop", i)
		sent, page := v.try(append(former, "name", name, "path", path)...)
		if got := everywhere(); !slices.Equal(got, []string{name}) {
			t.Errorf("after %s the browser holds %v", path, got)
		}
		if n := len(sent.Header.Values("Set-Cookie")); n != min(i+1, 2) {
			t.Errorf("%s: %d headers", path, n)
		}
		former = nil
		for _, m := range was.FindAllStringSubmatch(page.Body, -1)[:2] {
			former = append(former, m[1], m[2])
		}
	}
	a := v.post("/settings/forget", former...)
	page, _ := v.follow(a)
	if len(everywhere()) != 0 || page.headline() != "No trial cookie came with this request." {
		t.Errorf("after the deletion: %v, %q", everywhere(), page.headline())
	}
	wantText(t, page, "Set-Cookie: shop4=; Path=/settings/seen; Max-Age=0")
}

// Those that the form does not know are deleted too, when they come.
func TestTrialDeletesStrays(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, path := range []string{"/", "/settings"} {
		v.try("name", "left", "path", path)
	}
	wantText(t, v.get("/settings"), `action="/settings/forget#settings"`)
	v.post("/settings/forget")
	if a := v.get("/settings"); strings.Contains(a.Body, "/settings/forget") || v.cookieNamed("left") != "" {
		t.Error("it came once more")
	}
	many := "shopsession=trial-A; sessionname=trial-B; notebook=trial-C; mine=1"
	for i := range 40 {
		many += fmt.Sprintf("; stray%d=trial-%d", i, i)
	}
	a := tl.send(http.MethodPost, "/settings/forget", "Cookie", many)
	for _, header := range a.Header.Values("Set-Cookie") {
		if strings.HasPrefix(header, "notebook=") || strings.HasPrefix(header, "mine=") ||
			strings.HasPrefix(header, "sessionname=") && header != deletion {
			t.Errorf("it sends %q", header)
		}
	}
	if n := len(a.Header.Values("Set-Cookie")); n != 3*4+1 {
		t.Errorf("%d headers for 41 strays", n)
	}
}
