package handlers

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// Handler returns the whole site.
func (l *Lab) Handler() chi.Router {
	r := chi.NewRouter()
	r.Use(l.clientAddress(), l.accessLog, l.deadline, l.headers, l.recoverer, l.turnAway, l.checkHost,
		l.plainOrigin, l.crossOrigin().Handler, middleware.GetHead)
	r.NotFound(l.notFound)
	r.MethodNotAllowed(l.methodNotAllowed)

	// In the order of the notes: where to begin.
	r.Get("/", l.show("home", l.homePage))
	r.Get("/flow", l.show("flow", l.flowPage))

	// Setting, getting and deleting values.
	r.Get("/set", l.show("set", nil))
	r.Post("/set", l.perform("/set", l.set))
	r.Get("/get", l.show("get", l.getPage))
	r.Get("/modified", l.show("modified", l.modifiedPage))
	r.Post("/modified/in-place", l.perform("/modified", l.changeInPlace))
	r.Post("/modified/assign", l.perform("/modified", l.changeAndAssign))
	r.Post("/modified/flag", l.perform("/modified", l.changeAndFlag))
	r.Get("/delete", l.show("delete", nil))
	r.Post("/delete", l.perform("/delete", l.deleteKey))

	// The session as a dictionary.
	r.Get("/items", l.show("items", l.itemsPage))
	r.Get("/setdefault", l.show("setdefault", nil))
	r.Post("/setdefault", l.perform("/setdefault", l.setDefault))
	r.Get("/pop", l.show("pop", nil))
	r.Post("/pop", l.perform("/pop", l.pop))
	r.Get("/update", l.show("update", nil))
	r.Post("/update", l.perform("/update", l.update))
	r.Get("/clear", l.show("clear", nil))
	r.Post("/clear", l.perform("/clear", l.clear))

	// How a session ends.
	r.Get("/flush", l.show("flush", nil))
	r.Post("/flush", l.perform("/flush", l.flush))
	r.Get("/cycle-key", l.show("cycle-key", nil))
	r.Post("/cycle-key", l.perform("/cycle-key", l.cycleKey))
	r.Get("/expiry", l.show("expiry", l.expiryPage))
	r.Post("/expiry", l.perform("/expiry", l.setExpiry))
	r.Get("/clear-expired", l.show("clear-expired", l.clearExpiredPage))
	r.Post("/clear-expired", l.perform("/clear-expired", l.clearExpired))
	r.Post("/clear-expired/plant", l.perform("/clear-expired", l.plantExpired))

	// The browser's part, and the server's settings.
	r.Get("/test-cookie", l.show("test-cookie", nil))
	r.Post("/test-cookie/set", l.perform("/test-cookie", l.setTestCookie))
	r.Post("/test-cookie/check", l.perform("/test-cookie", l.testCookieWorked))
	r.Post("/test-cookie/both", l.perform("/test-cookie", l.setAndCheckTestCookie))
	r.Post("/test-cookie/delete", l.perform("/test-cookie", l.deleteTestCookie))
	r.Get("/settings", l.showSettings)
	r.Get("/storage", l.show("storage", l.storagePage))
	r.Post("/storage/compare", l.performIn(l.comparing, "/storage", l.compareStores))
	r.Get("/templates", l.show("templates", l.templatesPage))

	// Looking back.
	r.Get("/sessions", l.show("sessions", l.sessionsPage))
	r.Get("/security", l.show("security", l.securityPage))
	r.Get("/summary", l.showBare("summary", l.summaryPage))

	// The panel: it reads the store by the cookie's token and never loads a session.
	r.Get("/internals", l.reads(l.internalsPage))
	r.Get("/internals.json", l.reads(l.internalsJSON))
	r.Get("/internals/events", l.events)

	r.Get("/healthz", l.health)
	r.Get("/static/*", l.serveStatic)
	r.Get("/favicon.ico", l.favicon)
	return r
}

// headers are on every answer. Scripts and styles come from this server only and are never inline; what shows
// session data is kept by no cache. With -secure the browser is told to use nothing but TLS for a year, under
// this name and not under those below it: other programs may answer there.
func (l *Lab) headers(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		// Not no-referrer: on plain http a form's Origin is then "null", and the lab's own forms
		// would look like somebody else's.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "Cookie")
		if l.overTLS(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// deadline cuts off a visitor who does not take the answer. There is time for a form to arrive before
// it, and startAnswer counts anew after an operation. A stream sets its own, event by event. It cuts off a body that does not come, too: net/http would
// wait for one, before it sends an answer, also where nobody reads it.
func (l *Lab) deadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Only recorders in tests have no deadline.
		l.startAnswer(w)
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(l.formWait))
		}
		next.ServeHTTP(w, r)
	})
}

// startAnswer begins the time that a visitor has for taking an answer. An operation may have taken longer: a
// sweep of a large table does.
func (l *Lab) startAnswer(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(l.pageWait))
}

// crossOrigin refuses a POST that another site's page makes the browser send. GET passes, and so
// does a client that is no browser: it says neither Sec-Fetch-Site nor Origin.
func (l *Lab) crossOrigin() *http.CrossOriginProtection {
	c := http.NewCrossOriginProtection()
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.fail(w, r, nil, crossSite)
	}))
	return c
}

// plainOrigin refuses what comes from a page over plain http where the lab's own pages come over TLS.
// crossOrigin compares the hosts of Origin and Host, and Host has no scheme.
func (l *Lab) plainOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain := hasPrefixFold(r.Header.Get("Origin"), "http:")
		if plain && l.overTLS(r) && r.Method != http.MethodGet && r.Method != http.MethodHead {
			l.fail(w, r, nil, crossSite)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// overTLS says whether r came to this server's public name, where -secure says that all do so over TLS. Under
// the names of the machine itself other programs answer too, and the lab by plain http.
func (l *Lab) overTLS(r *http.Request) bool {
	host := hostName(r.Host)
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return false
	}
	return l.settings.Secure && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}

// checkHost refuses a request for a name that is not this server's: with DNS rebinding a foreign page
// could otherwise talk to a server on the visitor's own machine.
func (l *Lab) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.ourHost(r.Host) {
			l.fail(w, r, nil, &pageError{status: http.StatusMisdirectedRequest, title: "Unknown host",
				text: "This server does not answer under the name in the address. Django calls the setting ALLOWED_HOSTS.",
				next: "Use the address that the server printed when it started, or start it with -host and this name."})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostName is the name in a Host header: without a port, and in small letters.
func hostName(hostport string) string { return strings.ToLower((&url.URL{Host: hostport}).Hostname()) }

func (l *Lab) ourHost(hostport string) bool {
	host := hostName(hostport)
	if host == "localhost" || host == "127.0.0.1" || host == "::1" {
		return true
	}
	return l.settings.AnyIP && net.ParseIP(host) != nil || slices.Contains(l.settings.Hosts, host)
}

// recoverer turns a panic in a handler into the 500 page; the log says where it happened.
func (l *Lab) recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				l.log.Error("panic", "path", logged(r.URL.Path), "value", fmt.Sprint(v),
					"stack", string(debug.Stack()))
				l.fail(w, r, nil, fmt.Errorf("panic: %v", v))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// accessLog writes one line a request. Of the session it has a salted hash, never the token; of the
// address the path, never the query, which may hold what a visitor typed.
func (l *Lab) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			l.log.Info("request", "method", logged(r.Method), "path", logged(r.URL.Path),
				"status", cmp.Or(ww.Status(), http.StatusOK), "took", time.Since(start).Round(time.Microsecond), "session", l.sessionHash(r))
		}()
		next.ServeHTTP(ww, r)
	})
}

// logged is what a line of the log has of a text that a visitor chose: its beginning, and how long it is if
// that is not all. Anybody could fill the disk otherwise, with a line for each request.
func logged(text string) string {
	if len(text) <= maxLogged {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:maxLogged], ""), len(text))
}

func (l *Lab) notFound(w http.ResponseWriter, r *http.Request) {
	l.fail(w, r, nil, &pageError{status: http.StatusNotFound, title: "No such page",
		text: "There is nothing under this address.", next: "The lessons are in the list, and on the first page."})
}

func (l *Lab) methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	routes := chi.RouteContext(r.Context()).Routes
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		probe := method
		if method == http.MethodHead {
			probe = http.MethodGet // every GET answers HEAD too
		}
		if routes.Match(chi.NewRouteContext(), probe, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 { // chi asks here about a method that it has never heard of before it looks at the path
		l.notFound(w, r)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	l.fail(w, r, nil, &pageError{status: http.StatusMethodNotAllowed, title: "Method not allowed",
		text: fmt.Sprintf("`%s` is not what this address answers. It answers %s.", r.Method, strings.Join(allowed, " and ")),
		next: "What changes a session is sent with POST, by the form of its lesson; reading is GET."})
}

// health says whether the store answers: 200 and "ok", or 503 and a line. No session is involved.
func (l *Lab) health(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := l.engine.Ping(r.Context()); err != nil {
		l.log.Error("health", "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the session store does not answer")
		return
	}
	fmt.Fprintln(w, "ok")
}

func (l *Lab) favicon(w http.ResponseWriter, r *http.Request) {
	url, err := l.pages.Asset("favicon.svg")
	if err != nil {
		l.notFound(w, r)
		return
	}
	http.Redirect(w, r, url, http.StatusFound)
}
