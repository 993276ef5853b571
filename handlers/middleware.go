package handlers

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// What every request goes through before its own handler. Handler, in routes.go, has the order; turnAway
// stands with the bounds, in bounds.go.

// accessLog writes one line a request. Of the session it has a salted hash, never the token; of the
// address the path, never the query, which may hold what a visitor typed.
func (l *Lab) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			l.log.Info("request", "method", limits.Logged(r.Method), "path", limits.Logged(r.URL.Path),
				"status", cmp.Or(ww.Status(), http.StatusOK),
				"took", time.Since(start).Round(time.Microsecond), "session", l.sessionHash(r))
		}()
		next.ServeHTTP(ww, r)
	})
}

// logSalt makes the session hashes in the log useless outside of this run's log.
var logSalt = rand.Text()

// sessionHash is a short name for the caller's session in the log: a salted hash, "-" without a cookie.
func (l *Lab) sessionHash(r *http.Request) string {
	token, _ := xray.LastCookie(r, l.settings.CookieName)
	if token == "" {
		return "-"
	}
	sum := sha256.Sum256([]byte(logSalt + token))
	return hex.EncodeToString(sum[:4])
}

// timeLimits bounds the time for a request, from its first byte to the last of its answer. Two count anew:
// an operation, when it is done, and a stream, at each event. A body has a bound of its own, also where no
// handler reads it, because net/http waits for the body before it sends an answer.
func (l *Lab) timeLimits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.startAnswer(w)
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(l.formWait))
		}
		next.ServeHTTP(w, r)
	})
}

// headers are on every answer. Scripts and styles come from this server only and are never inline; what shows
// session data says that no cache is to keep it; the one from which WebKit goes back does. With -secure the
// browser is told to use nothing but TLS for a year, under this name and not under those below it: other
// programs may answer there.
func (l *Lab) headers(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
		"connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
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

// overTLS says whether r came to this server's public name, where -secure says that all do so over TLS. Under
// the names of the machine itself other programs answer too, and the lab by plain http.
func (l *Lab) overTLS(r *http.Request) bool {
	host := hostName(r.Host)
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return false
	}
	return l.settings.Secure && host != "localhost" && !strings.HasSuffix(host, ".localhost")
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
				l.log.Error("panic", "path", limits.Logged(r.URL.Path), "value", fmt.Sprint(v),
					"stack", string(debug.Stack()))
				l.fail(w, r, fmt.Errorf("panic: %v", v))
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// checkHost refuses a request for a name that is not this server's: with DNS rebinding a foreign page
// could otherwise talk to a server on the visitor's own machine.
func (l *Lab) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !l.ourHost(r.Host) {
			l.fail(w, r, unknownHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostName is the name in a Host header: without a port, and in small letters.
func hostName(hostport string) string { return strings.ToLower((&url.URL{Host: hostport}).Hostname()) }

var unknownHost = &pageError{
	status: http.StatusMisdirectedRequest, title: "Unknown host",
	text: "This server does not answer under the name in the address. " +
		"Django calls the setting ALLOWED_HOSTS.",
	next: "Use the address that the server printed when it started, or start it with -host and this name.",
}

// ourHost reports whether the lab answers to that Host header.
func (l *Lab) ourHost(hostport string) bool {
	host := hostName(hostport)
	if host == "localhost" || host == "127.0.0.1" || host == "::1" {
		return true
	}
	return l.settings.AnyIP && net.ParseIP(host) != nil || slices.Contains(l.settings.Hosts, host)
}

// plainOrigin refuses what comes from a page over plain http where the lab's own pages come over TLS.
// crossOrigin compares the hosts of Origin and Host, and Host has no scheme.
func (l *Lab) plainOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plain := strings.HasPrefix(strings.ToLower(r.Header.Get("Origin")), "http:")
		if plain && l.overTLS(r) && r.Method != http.MethodGet && r.Method != http.MethodHead {
			l.fail(w, r, crossSite)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses a POST that another site's page makes the browser send. GET
// passes, and so does a client that is no browser: it says neither Sec-Fetch-Site nor
// Origin.
func (l *Lab) crossOrigin() *http.CrossOriginProtection {
	c := http.NewCrossOriginProtection()
	c.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.fail(w, r, crossSite)
	}))
	return c
}

// crossSite refuses a form that is none of the lab's own.
var crossSite = &pageError{status: http.StatusForbidden, title: "Cross-origin request refused",
	text: "A page of another site, or of another port, made your browser send this form. The lab takes forms " +
		"only from its own pages. Django asks for a CSRF token for the same reason.",
	next: "Open the lesson itself and send the form from there."}
