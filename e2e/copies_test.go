package e2e

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"sessionlab/handlers/engine/enginetest"
)

// TestCopies goes through lessons in a browser, with scripts or without, while each request goes to the other
// of two copies: the form to one, the page with its outcome to the other.
func TestCopies(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	for name, at := range map[string]struct {
		store      string
		scriptless bool
		paths      []string
	}{
		"redis": {"redis://" + enginetest.RedisServer(t).Addr, false, []string{"/set", "/pop", "/cycle-key",
			"/flush", "/two", "/stolen", "/lost-update", "/late-request", "/double-submit"}},
		"postgres": {enginetest.PostgresServer(t, false).URL, true, []string{"/set", "/setdefault", "/clear",
			"/flush", "/two", "/double-submit"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			one, two := startPlain(t, "-store", at.store), startPlain(t, "-store", at.store)
			both := &lab{t: t, url: alternate(t, one.url, two.url)}
			v := newVisitorIn(t, both, shell())
			if at.scriptless {
				v.withoutScripts()
			}
			for _, path := range at.paths {
				v.open(path)
				everyExperiment(t, both, v)
			}
		})
	}
}

// alternate starts a proxy that gives each request to the next of those addresses, and returns its own.
func alternate(t *testing.T, addresses ...string) string {
	t.Helper()
	var targets []*url.URL
	for _, address := range addresses {
		target, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target)
	}
	var turn atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(targets[int(turn.Add(1))%len(targets)])
		r.Out.Host = r.In.Host // that of the page, as the browser knows it
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}
