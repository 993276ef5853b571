package bench

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"sessionlab/handlers/xray"
)

// Browser sends requests to a bench, and keeps cookies as a browser does. It follows no redirect.
type Browser struct {
	bench  *Bench
	client http.Client
}

// origin is that of every bench: it is dialled in memory.
var origin = &url.URL{Scheme: "http", Host: "bench"}

// Browser returns a new one, without a cookie. b.Sessions must be set up by now.
func (b *Bench) Browser() *Browser {
	b.start()
	jar, _ := cookiejar.New(nil) // never fails
	return &Browser{b, http.Client{Jar: jar,
		Transport:     &http.Transport{DialContext: b.pipes.dial, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// Do sends a request such as "POST /login", with a form of alternating names and values, and returns its
// record, complete. An answer that never came, since the handler panicked, is none of the errors: the record
// has no status then.
func (br *Browser) Do(what string, fields ...string) (*xray.Exchange, error) {
	method, path, _ := strings.Cut(what, " ")
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r, err := http.NewRequestWithContext(br.bench.ctx, method, origin.String()+path,
		strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	named := r.Clone(r.Context()) // the client adds the cookies of the jar by itself, to a copy
	for _, c := range br.client.Jar.Cookies(r.URL) {
		named.AddCookie(c)
	}
	p, err := br.bench.begin(named)
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	r.Header.Set(ticketHeader, p.ID)
	resp, err := br.client.Do(r)
	if err != nil {
		if br.bench.ctx.Err() != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		if err := br.bench.wait(p); err != nil {
			return nil, err
		}
		p.Close(0, "", nil, time.Now())
		return p.Exchange, nil
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	if err := br.bench.wait(p); err != nil {
		return nil, err
	}
	p.close(resp, strings.TrimSpace(string(body)), br.bench.Sessions.Cookie.Name)
	return p.Exchange, nil
}

// wait waits until the handler of p has returned: only then its record is complete.
func (b *Bench) wait(p *request) error {
	select {
	case <-p.done:
		return nil
	case <-b.ctx.Done():
		return fmt.Errorf("bench: %w", b.ctx.Err())
	}
}

// close completes the record with what the browser got. Of several session cookies it keeps the last.
func (p *request) close(resp *http.Response, body, cookie string) {
	var sent *http.Cookie
	for _, c := range resp.Cookies() {
		if c.Name == cookie {
			sent = c
			sent.Raw, sent.RawExpires = "", "" // its fields say the same
		}
	}
	if body != "" {
		p.Returned = &body
	}
	p.Token = p.Sent
	if sent != nil {
		p.Cycled = p.Known && sent.Value != "" && sent.Value != p.Sent
		p.Token = sent.Value
	}
	p.Close(resp.StatusCode, resp.Header.Get("Location"), sent, time.Now())
}

// Holds is the session cookie that the browser holds; "" for none.
func (br *Browser) Holds() string {
	for _, c := range br.client.Jar.Cookies(origin) {
		if c.Name == br.bench.Sessions.Cookie.Name {
			return c.Value
		}
	}
	return ""
}

// Give puts a session cookie into the browser's jar, as somebody does who has copied one.
func (br *Browser) Give(value string) {
	c := &http.Cookie{Name: br.bench.Sessions.Cookie.Name, Value: value, Path: "/"}
	br.client.Jar.SetCookies(origin, []*http.Cookie{c})
}
