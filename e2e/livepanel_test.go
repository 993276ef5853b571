package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// TestCountdown moves the page's clock. What the page shows follows it, down to the end.
func TestCountdown(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.live()
	left := func() string { return v.text("#xray .clock time.left") }
	if !regexp.MustCompile(`^[0-6]:\d\d$`).MatchString(left()) {
		t.Errorf("the clock says %q", left())
	}
	js[bool](v, `(() => {
		const now = Date.now(), clock = document.querySelector("#xray .clock");
		window.ahead = 0;
		Date.now = () => now + window.ahead;
		window.end = Number(clock.dataset.end) - now - (clock.skew ?? 0);
		return true;
	})()`)
	for _, step := range []struct {
		left       int // milliseconds to the end
		text, mark string
	}{{119_500, "2:00", "ok"}, {30_000, "0:30", "soon"}, {4_500, "0:05", "soon"}, {0, "0:00", "over"}} {
		js[bool](v, fmt.Sprintf(`(window.ahead = window.end - %d, true)`, step.left))
		v.wait(fmt.Sprintf(`document.querySelector("#xray .clock time.left").textContent === %q`, step.text))
		v.wait(fmt.Sprintf(`document.querySelector("#xray .clock").dataset.clock === %q`, step.mark))
		if dock := js[string](v, `document.querySelector(".dock").dataset.clock`); dock != step.mark {
			t.Errorf("at %s the dock is %q", step.text, dock)
		}
	}
	v.says("#xray", "Expired. The row is still in the table", "your browser drops it", "still there")
	if js[bool](v, `[...document.querySelectorAll("#xray .running")].some(e => e.checkVisibility())`) {
		t.Error("the panel still says that the session is alive")
	}
}

// TestExpired lets a session end while the page is open. The panel says so by itself and goes on showing what
// has ended, until the row is swept. The next request finds nothing.
func TestExpired(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/expiry")
	v.run("set_expiry(10)") // longer than a page takes on a busy machine
	v.run("Only read")
	token := ""
	for token = range l.rows() {
	}
	js[bool](v, `(window.panel = document.querySelector("[data-panel]"), true)`)
	v.wait(`document.querySelector(".again-now").innerText.includes("It has ended.")`)
	v.shows("Expired. The row is still in the table", token[:4], "your browser drops it", "still there",
		"It stays until clearsessions deletes it.", "_session_expiry")
	until(t, "the browser has dropped the cookie", func() bool { return len(v.jar()) == 0 })
	if !js[bool](v, `window.panel.isConnected`) {
		t.Error("the panel was fetched anew when its clock ran out")
	}
	v.open("/expiry")
	v.shows("Your browser holds no sessionname.") // its Max-Age is over too
	v.shows("Expired. The row is still in the table", token[:4], "your browser dropped it",
		"It stays until clearsessions deletes it.")
	if js[bool](v, `document.querySelector("[data-panel]").innerText.includes("_session_expiry")`) {
		t.Error("the panel still shows what the session held")
	}
	if len(l.rows()) != 1 {
		t.Error("the row is gone: nobody has swept")
	}
	v.open("/get")
	v.run("Get it", "key", "_session_expiry", "default", "nothing is found")
	v.returns("nothing is found")
	v.noSession()
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	if v.cookie().Value == token || len(l.rows()) != 2 {
		t.Error("the expired token was used again")
	}
}

// TestSwept has the rows swept while a page still shows the end of its session: it says that too, by itself.
func TestSwept(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/expiry")
	v.run("set_expiry(10)")
	v.live()
	js[bool](v, `(window.panel = document.querySelector("[data-panel]"), true)`)
	v.shows("Expired. The row is still in the table", "still there")
	until(t, "the row is swept", func() bool {
		l.client(t).post("/clear-expired")
		return len(l.rows()) == 0
	})
	v.shows("Expired. The row has been cleared away.", "Nothing of it is left.")
	if !js[bool](v, `window.panel.isConnected`) {
		t.Error("the panel was fetched anew, and shows nothing of what ended")
	}
}

// TestServerRestart stops the server under an open page. The page says that it is not live, comes back
// by itself, and the session is as it was.
func TestServerRestart(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitor(t, l)
	v.allow("ERR_") // the stream, while nobody listens
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.live()
	token := v.cookie().Value
	l.stop()
	v.wait(`document.documentElement.dataset.live === "off"`)
	l.start(strings.TrimPrefix(l.url, "http://"))
	v.live()
	other := l.client(t)
	other.hold(token)
	other.post("/set", "key", "since", "value", "the restart")
	v.shows("fname", "Aman", "since", "the restart")
}

// TestProxysError has a proxy in front of the lab answer the stream with an error of its own. A browser does
// not come back by itself after that, so the page does.
func TestProxysError(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	target, err := url.Parse(l.url)
	if err != nil {
		t.Fatal(err)
	}
	var broken atomic.Bool
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // the lab compares it with where a form came from
	}}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/internals/events" && broken.Load() {
			http.Error(w, "the lab is being restarted", http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(front.Close)
	t.Cleanup(front.CloseClientConnections) // before it: Close waits for the stream
	l.url = front.URL
	v := newVisitorIn(t, l, shell())
	v.allow("502")
	broken.Store(true)
	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	v.wait(`document.documentElement.dataset.live === "off"`)
	broken.Store(false)
	v.live()
	other := l.client(t)
	other.hold(v.cookie().Value)
	other.post("/set", "key", "since", "value", "the error")
	v.shows("since", "the error")
}

// TestRefresh has the live panel look again while somebody reads it: what has the focus, what is unfolded and
// what is chosen stays so. What a card counts down follows too.
func TestRefresh(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	l := startLab(t)
	v := newVisitorIn(t, l, shell())
	v.open("/expiry")
	v.click("#others summary")
	ok(t, v.run("Set", "seconds", "7200"))
	token := v.cookie().Value
	v.live()
	v.click("#xray .row-data summary")
	v.click("#xray [data-fold=history] summary")
	v.click(v.mark(`document.querySelector("#xray input[name=row][value=hex]").closest("label")`))
	v.click("#xray .cookie button.tok")
	unfolded := fmt.Sprintf(`document.querySelector("#xray .cookie").innerText.includes(%q)`, token)
	v.wait(unfolded)

	other := l.client(t)
	other.hold(token)
	other.post("/set", "key", "seen", "value", "by the panel")
	v.wait(`document.querySelector("[data-panel]").textContent.includes("by the panel")`)
	for what, kept := range map[string]string{
		"the focus":          `document.activeElement.matches("#xray .cookie button.tok")`,
		"the unfolded token": unfolded,
		"the unfolded row":   `document.querySelector("#xray .row-data").open`,
		"the history":        `document.querySelector("#xray [data-fold=history]").open`,
		"the chosen view":    `document.querySelector("#xray input[name=row][value=hex]").checked`,
	} {
		if !js[bool](v, kept) {
			t.Errorf("the panel looked again and lost %s", what)
		}
	}

	// The history has a new first line, and the focus stays on the exchange that it was on.
	const focused = `document.activeElement.matches("#xray .hist a") &&
		document.activeElement.getAttribute("href")`
	link := js[string](v, `(document.querySelector("#xray .hist a").focus(), `+focused+`)`)
	other.post("/set", "key", "seen", "value", "once more")
	v.wait(`document.querySelector("[data-panel]").textContent.includes("once more")`)
	if now := js[string](v, focused+` || "nowhere"`); now != link {
		t.Errorf("the focus went from the exchange %s to %s", link, now)
	}

	v.cardFollows(other)
}

// cardFollows changes the expiry from elsewhere: what a card counts down goes on from the new end.
func (v *visitor) cardFollows(other *client) {
	v.t.Helper()
	v.run("set_expiry(10)")
	v.run("Only read")
	v.live()
	other.post("/expiry", "seconds", "3600")
	v.wait(`/It ends in (60:00|59:\d\d)\./.test(document.querySelector(".again-now").innerText)`)
}
