package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestNetworkName opens the lab under a name of the network, over plain http. There a browser does not
// say whether a form comes from the same site; the lab's own forms must work all the same.
func TestNetworkName(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t, "-host", networkName)
	l.url = strings.Replace(l.url, "127.0.0.1", networkName, 1)
	v := newVisitor(t, l)
	// It takes effect over https and on this machine only.
	v.allow("Cross-Origin-Opener-Policy header has been ignored")
	v.open("/set")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman"))
	v.saved(map[string]any{"fname": "Aman"})
	v.live()
	if js[bool](v, "isSecureContext") {
		t.Error("the browser takes the name for this machine: the older way of copying was not tried")
	}
	v.takeClipboard()
	v.click("main .copy")
	v.wait(`document.querySelector("[role=status]").textContent === "Copied"`)
	l.url = strings.Replace(l.url, networkName, "127.0.0.1", 1)
}

// TestForeignForm lets another site's page post to the lab, with the visitor's cookie where the browser
// sends it. It is refused, and nothing is changed.
func TestForeignForm(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><title>prize</title><link rel=icon href="data:,">
			<form method=post action="%s/flush"><button>win a prize</button></form>`, l.url)
	}))
	t.Cleanup(site.Close)
	v := newVisitor(t, l)
	v.allow("a request to elsewhere")
	v.allow("status of 403")
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	r := v.saved(map[string]any{"fname": "Aman"})
	// The first is the same site with another port.
	another := strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
	for _, origin := range []string{site.URL, another} {
		v.do("open the other site", chromedp.Navigate(origin))
		if status := v.press("button"); status != http.StatusForbidden {
			t.Errorf("a form from %s was answered with %d", origin, status)
		}
		v.says("main", "Nothing was changed.")
		l.holds(r.token, r.values)
	}
}
