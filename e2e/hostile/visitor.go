package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// The addresses of those who take part. Every address of 127.0.0.0/8 is this machine.
const (
	classAddress    = "127.0.0.2"
	attackerAddress = "127.0.0.3"
)

// dialer makes connections that leave from one of this machine's addresses.
func dialer(from string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
}

// connections are what a browser keeps open, or a crowd of visitors who share them.
func connections(from string, idle int) *http.Transport {
	return &http.Transport{DialContext: dialer(from).DialContext, DisableCompression: true,
		MaxIdleConns: idle, MaxIdleConnsPerHost: idle, IdleConnTimeout: 30 * time.Second}
}

// visitor is a browser: a jar of cookies, and connections.
type visitor struct {
	base *url.URL
	http *http.Client
}

func newVisitor(base string, transport http.RoundTripper) *visitor {
	u, err := url.Parse(base)
	if err != nil {
		panic(err) // the lab printed it
	}
	jar, _ := cookiejar.New(nil) // never fails
	return &visitor{u, &http.Client{Transport: transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what a visitor got.
type answer struct {
	status   int
	location string
	body     []byte
}

func (a answer) refused() bool { return a.status >= 400 }

// get asks for a page and reads it whole.
func (v *visitor) get(ctx context.Context, path string) (answer, error) {
	r, err := v.request(ctx, http.MethodGet, path, nil)
	if err != nil {
		return answer{}, err
	}
	return v.do(r)
}

// post sends a form: names and values in turn. The answer, a redirect, is not followed.
func (v *visitor) post(ctx context.Context, path string, fields ...string) (answer, error) {
	r, err := v.request(ctx, http.MethodPost, path, strings.NewReader(encode(fields)))
	if err != nil {
		return answer{}, err
	}
	return v.do(r)
}

// encode writes a form as a browser does, except for commas, which a hostile one may leave as they are.
func encode(fields []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(fields); i += 2 {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(fields[i]) + "=")
		b.WriteString(strings.ReplaceAll(url.QueryEscape(fields[i+1]), "%2C", ","))
	}
	return b.String()
}

// request makes a request as the lab's own pages have a browser send it.
func (v *visitor) request(ctx context.Context, method, path string, body io.Reader) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, method, v.base.String()+path, body)
	if err != nil {
		return nil, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.base.String())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return r, nil
}

func (v *visitor) do(r *http.Request) (answer, error) {
	response, err := v.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{status: response.StatusCode, location: response.Header.Get("Location")}
	a.body, err = io.ReadAll(response.Body)
	return a, err
}

// stream opens the live panel's stream. The caller closes it.
func (v *visitor) stream(ctx context.Context) (*http.Response, error) {
	r, err := v.request(ctx, http.MethodGet, "/internals/events", nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "text/event-stream")
	return v.http.Do(r)
}

// cookies is what the visitor's Cookie header says, "" without a session.
func (v *visitor) cookies() string {
	var list []string
	for _, c := range v.http.Jar.Cookies(v.base) {
		list = append(list, c.Name+"="+c.Value)
	}
	return strings.Join(list, "; ")
}

// errorKind is a short name for why there was no answer.
func errorKind(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "not connected"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "no local port left"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "timeout"
	}
	if strings.Contains(err.Error(), "server closed idle connection") {
		return "closed"
	}
	return fmt.Sprintf("error (%v)", err)
}
