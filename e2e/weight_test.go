package e2e

import (
	"regexp"
	"slices"
	"strings"
)

// weighs opens a page with an empty cache: at most 60 KB and 6 requests, and files that never change under
// their names. The second time they come from the cache.
func (v *visitor) weighs(path string) {
	v.t.Helper()
	v.open(path)
	v.wait("document.readyState === 'complete'")
	var size float64
	until(v.t, "every file of the page", func() bool {
		size = 0
		for _, r := range v.seen() {
			if r.size == 0 && !strings.HasSuffix(r.url, "/internals/events") {
				return false
			}
			size += r.size
		}
		return true
	})
	requests := v.seen()
	if len(requests) > 6 || size > 60_000 {
		v.t.Errorf("%.0f bytes in %d requests", size, len(requests))
	}
	for _, r := range requests {
		v.t.Logf("%6.0f %s", r.size, r.url)
		if u := strings.TrimPrefix(r.url, v.lab.url); strings.HasPrefix(u, "/static/") {
			if !regexp.MustCompile(`\.[0-9a-f]{8,}\.[a-z]+$`).MatchString(u) {
				v.t.Errorf("%s has no hash in its name", u)
			}
			until(v.t, "the headers of "+u, func() bool { return len(r.hops) > 0 || refreshed(v, &r) })
			cc := header(r.hops[0].headers, "Cache-Control")
			if !strings.Contains(cc, "immutable") || !strings.Contains(cc, "max-age=31536000") {
				v.t.Errorf("%s has Cache-Control %q", u, cc)
			}
		}
	}
	v.forget()
	v.open(path)
	v.wait("document.readyState === 'complete'")
	for _, r := range v.seen() {
		before := slices.ContainsFunc(requests, func(first request) bool { return first.url == r.url })
		if strings.Contains(r.url, "/static/") && r.size > 0 && before {
			v.t.Errorf("%s was fetched again", r.url)
		}
	}
}

// refreshed reads a request's record anew.
func refreshed(v *visitor, r *request) bool {
	for _, now := range v.seen() {
		if now.url == r.url {
			*r = now
		}
	}
	return len(r.hops) > 0
}
