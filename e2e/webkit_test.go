package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// webKit is WebKitGTK's MiniBrowser, driven by WebDriver over HTTP. It needs a display.
type webKit struct {
	driver  string // its address
	session string // the path of its session there
	browser string // the program
	http    http.Client
	log     log // all that they print

	mu   sync.Mutex
	said []string // what pages have complained of
}

func findWebKit() (driver, browser string, err error) {
	driver, err = exec.LookPath("WebKitWebDriver")
	_, noDisplay := exec.LookPath("Xvfb")
	found, _ := filepath.Glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser")
	if err != nil || noDisplay != nil || len(found) == 0 {
		return "", "", errors.New("no WebKitGTK with its driver, or no Xvfb: install them " +
			"(Debian: apt-get install --no-install-recommends webkit2gtk-driver xvfb)")
	}
	return driver, found[len(found)-1], nil
}

// narrowFrame lets the window be as narrow as a phone: its tool bar would need 447 px.
const narrowFrame = "* { min-width: 0; padding: 0; margin: 0; border-width: 0; }"

// startWebKit starts it with a display and a home of its own, and closes it at the end of the test.
func startWebKit(t *testing.T) *webKit {
	t.Helper()
	driver, browser, err := findWebKit()
	if err != nil {
		missing(t, err)
	}
	w := &webKit{browser: browser, http: http.Client{Timeout: patience}}
	home := t.TempDir()
	narrow := filepath.Join(home, "gtk-3.0")
	if err := errors.Join(os.Mkdir(narrow, 0o700),
		os.WriteFile(filepath.Join(narrow, "gtk.css"), []byte(narrowFrame), 0o600)); err != nil {
		t.Fatal(err)
	}
	free, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	free.Close() // the driver takes a number, and not a socket
	_, port, _ := net.SplitHostPort(free.Addr().String())
	w.driver = "http://" + free.Addr().String()
	cmd := exec.Command(driver, "-p", port)
	cmd.Env = append(os.Environ(), "DISPLAY="+w.startDisplay(t), "HOME="+home, "XDG_RUNTIME_DIR="+home,
		"XDG_CONFIG_HOME="+home, "XDG_CACHE_HOME="+home, "XDG_DATA_HOME="+home, "NO_AT_BRIDGE=1",
		"WEBKIT_DISABLE_DMABUF_RENDERER=1", "WEBKIT_DISABLE_COMPOSITING_MODE=1", "LIBGL_ALWAYS_SOFTWARE=1")
	cmd.Stdout, cmd.Stderr = &w.log, &w.log
	t.Cleanup(launched(t, cmd))
	until(t, "the driver listens", func() bool {
		resp, err := w.http.Get(w.driver + "/status")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	if err := w.begin(); err != nil {
		t.Fatalf("%v\n%s", err, w.log.String())
	}
	t.Cleanup(func() { w.end() })
	return w
}

// startDisplay starts a screen that nobody looks at, and returns its name.
func (w *webKit) startDisplay(t *testing.T) string {
	t.Helper()
	name, tell, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer name.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1600x1200x24",
		"-nolisten", "tcp", "-noreset")
	cmd.Stderr = &w.log
	cmd.ExtraFiles = []*os.File{tell}
	t.Cleanup(launched(t, cmd))
	tell.Close()
	number, err := bufio.NewReader(name).ReadString('\n') // it ends if it cannot write the end of the line
	if err != nil {
		t.Fatalf("Xvfb says no number: %v\n%s", err, w.log.String())
	}
	return ":" + strings.TrimSpace(number)
}

// begin opens the browser's window.
func (w *webKit) begin(args ...string) error {
	w.session = ""
	args = append([]string{"--automation"}, args...)
	value, err := w.send(command{"POST", "/session", ""}, map[string]any{"capabilities": map[string]any{
		"alwaysMatch": map[string]any{
			"webkitgtk:browserOptions": map[string]any{"binary": w.browser, "args": args},
		}}})
	var begun struct{ SessionID string }
	if err := errors.Join(err, json.Unmarshal(value, &begun)); err != nil {
		return err
	}
	w.session = "/session/" + begun.SessionID
	return nil
}

// end closes it.
func (w *webKit) end() error {
	_, err := w.send(command{"DELETE", "", ""}, nil)
	return err
}

func (w *webKit) send(c command, params map[string]any) (json.RawMessage, error) {
	path := c.path
	if id, ok := params["id"].(string); ok {
		path = strings.Replace(path, "{id}", id, 1)
	}
	var body io.Reader
	if c.method == http.MethodPost {
		text, err := json.Marshal(params)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequest(c.method, w.driver+w.session+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := w.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct{ Value json.RawMessage }
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", resp.Status, answer.Value)
	}
	return answer.Value, nil
}

// resize makes the window as much larger than the page as its frame needs.
func (w *webKit) resize(p *person, width, height int) error {
	frame := eval[[2]int](p, "[outerWidth - innerWidth, outerHeight - innerHeight]")
	_, err := w.send(setWindow, map[string]any{"width": width + frame[0], "height": height + frame[1]})
	return err
}

// listener is where pages send what earlyJS has collected.
const listener = "/e2e-heard"

// address is that of a proxy before the lab. The driver tells nothing of the console, so the proxy puts a
// script into each page, before those of the page.
func (w *webKit) address(t *testing.T, l *lab) string {
	t.Helper()
	target, err := url.Parse(l.url)
	if err != nil {
		t.Fatal(err)
	}
	lab := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // that of the page, as the browser knows it
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: listenEarly,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) {}, // the browser has left a stream
		FlushInterval:  -1,
	}
	mux := http.NewServeMux()
	mux.Handle("/", lab)
	mux.HandleFunc("GET "+listener, func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "text/javascript")
		io.WriteString(rw, earlyJS)
	})
	mux.HandleFunc("POST "+listener, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.said = append(w.said, string(text))
	})
	proxy := httptest.NewServer(mux)
	t.Cleanup(func() {
		proxy.CloseClientConnections() // the streams of open pages
		proxy.Close()
	})
	return proxy.URL
}

// listenEarly puts the script into a page.
func listenEarly(answer *http.Response) error {
	if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		return nil
	}
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	page = bytes.Replace(page, []byte("<head>"), []byte(`<head><script src="`+listener+`"></script>`), 1)
	answer.Body = io.NopCloser(bytes.NewReader(page))
	answer.ContentLength = int64(len(page))
	answer.Header.Set("Content-Length", strconv.Itoa(len(page)))
	return nil
}

func (w *webKit) heard() (lines []string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines, w.said = w.said, nil
	return lines, nil
}
