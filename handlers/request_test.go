package handlers

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
)

// send makes a request with these headers, and returns the answer without its body: the stream of
// events has no end.
func (tl *testLab) send(method, path string, headers ...string) answer {
	tl.t.Helper()
	ctx, cancel := context.WithCancel(tl.t.Context())
	defer cancel()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader("key=k&value=v")
	}
	r, err := http.NewRequestWithContext(ctx, method, tl.url+path, body)
	if err != nil {
		tl.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			r.Host = headers[i+1]
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	resp, err := client.Do(r)
	if err != nil {
		tl.t.Fatal(err)
	}
	defer resp.Body.Close()
	a := answer{Status: resp.StatusCode, Header: resp.Header}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			tl.t.Fatal(err)
		}
		a.Body = string(b)
	}
	return a
}

// narrow serves the lab under another address, over connections that hold next to nothing of what is not
// read. It returns one of them.
func (tl *testLab) narrow() net.Conn {
	tl.t.Helper()
	server := httptest.NewUnstartedServer(tl.Handler())
	server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		c.(*net.TCPConn).SetWriteBuffer(4096)
		return ctx
	}
	server.Start()
	tl.t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	narrow := tl.in(tl.t)
	narrow.url = server.URL
	return narrow.dial()
}

// dial opens a connection that reads nothing by itself, and takes little in advance.
func (tl *testLab) dial() net.Conn {
	tl.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		tl.t.Fatal(err)
	}
	tl.t.Cleanup(func() { conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
		tl.t.Fatal(err)
	}
	return conn
}

// wire sends text as it stands over a connection of its own, and returns the first answer that is final.
func (tl *testLab) wire(text string) answer {
	tl.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(tl.url, "http://"))
	if err != nil {
		tl.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		tl.t.Fatal(err)
	}
	return tl.answer(conn)
}

// answer reads the first answer on conn that is final.
func (tl *testLab) answer(conn net.Conn) answer {
	tl.t.Helper()
	conn.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(conn)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			tl.t.Fatal(err)
		}
		if resp.StatusCode == http.StatusContinue {
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			tl.t.Fatal(err)
		}
		return answer{resp.StatusCode, resp.Header, string(body)}
	}
}

// serve answers a request without a network. cookie is the Cookie header as it stands.
func serve(h http.Handler, method, path, body, cookie string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.Host = "127.0.0.1"
	if u, err := url.Parse(path); err == nil {
		r.URL = u
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		r.Header["Cookie"] = []string{cookie}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// began is the token of a new session in which key is stored.
func began(t *testing.T, h http.Handler, key, value string) string {
	t.Helper()
	w := serve(h, http.MethodPost, "/set", "key="+url.QueryEscape(key)+"&value="+url.QueryEscape(value), "")
	a := answer{w.Code, w.Header(), w.Body.String()}
	if a.Status != http.StatusSeeOther || a.setCookie() == nil {
		t.Fatalf("POST /set = %d\n%s", a.Status, a.Body)
	}
	return a.setCookie().Value
}

// from sends a request to the whole site as if it came from an address, and returns the answer.
func from(h http.Handler, address, method, path, body, cookie string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host, r.RemoteAddr = "127.0.0.1", net.JoinHostPort(address, "1234")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		r.Header.Set("Cookie", "sessionname="+cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// addresses returns every path of the site that answers a method, read off the router itself. The
// static files stand for themselves with one of them.
func (tl *testLab) addresses(method string) []string {
	tl.t.Helper()
	var paths []string
	err := chi.Walk(tl.Handler(),
		func(m, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			if m == method {
				if strings.HasSuffix(route, "/*") {
					css, err := tl.pages.Asset("lab.css")
					if err != nil {
						return err
					}
					route = css
				}
				paths = append(paths, route)
			}
			return nil
		})
	if err != nil {
		tl.t.Fatal(err)
	}
	return paths
}

// paths lists the site's routes of one method, the stream and static files left out.
func (tl *testLab) paths(method string) (list []string) {
	tl.t.Helper()
	err := chi.Walk(tl.Handler(),
		func(m, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
			if m == method && path != "/internals/events" && !strings.Contains(path, "*") {
				list = append(list, path)
			}
			return nil
		})
	if err != nil || len(list) == 0 {
		tl.t.Fatalf("routes: %v", err)
	}
	return list
}

// reachable is h with a listener, at which it believes its requests to have come in.
func reachable(tb testing.TB, h http.Handler) http.Handler {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		here := context.WithValue(r.Context(), http.LocalAddrContextKey, server.Listener.Addr())
		h.ServeHTTP(w, r.WithContext(here))
	})
}
