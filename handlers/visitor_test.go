package handlers

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// visitor is a browser: it has its own cookies and does not follow redirects by itself.
type visitor struct {
	*http.Client
	lab *testLab
	t   *testing.T
}

func (tl *testLab) visitor() *visitor {
	jar, _ := cookiejar.New(nil) // never fails
	return &visitor{t: tl.t, lab: tl, Client: &http.Client{Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (v *visitor) do(r *http.Request) answer {
	v.t.Helper()
	resp, err := v.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (v *visitor) get(path string) answer {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodGet, v.lab.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.do(r)
}

// post sends a form of alternating names and values.
func (v *visitor) post(path string, fields ...string) answer {
	v.t.Helper()
	var form []string
	for i := 0; i < len(fields); i += 2 {
		form = append(form, url.QueryEscape(fields[i])+"="+url.QueryEscape(fields[i+1]))
	}
	return v.postBody(path, strings.Join(form, "&"), "application/x-www-form-urlencoded")
}

func (v *visitor) postBody(path, body, kind string) answer {
	v.t.Helper()
	r, err := http.NewRequest(http.MethodPost, v.lab.url+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	return v.do(r)
}

// done posts and wants a 303.
func (v *visitor) done(path string, fields ...string) answer {
	v.t.Helper()
	a := v.post(path, fields...)
	if a.Status != http.StatusSeeOther {
		v.t.Fatalf("POST %s %v = %d, want 303\n%s", path, fields, a.Status, a.Body)
	}
	return a
}

// run is done, and returns the page that it leads to.
func (v *visitor) run(path string, fields ...string) answer {
	v.t.Helper()
	return v.get(v.done(path, fields...).Header.Get("Location"))
}

// internals returns what /internals.json says to this visitor.
func (v *visitor) internals() internals {
	v.t.Helper()
	a := v.get("/internals.json")
	var i internals
	if err := json.Unmarshal([]byte(a.Body), &i); err != nil {
		v.t.Fatalf("internals.json: %v\n%s", err, a.Body)
	}
	return i
}

// values returns the session's values by key, as JSON sees them.
func (v *visitor) values() map[string]any {
	v.t.Helper()
	m := map[string]any{}
	for _, value := range v.internals().Session.Values {
		m[value.Key] = value.Value
	}
	return m
}

// token returns the session cookie that the visitor holds, "" without one.
func (v *visitor) token() string {
	u, err := url.Parse(v.lab.url)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.Jar.Cookies(u) {
		if c.Name == "sessionname" {
			return c.Value
		}
	}
	return ""
}

// setToken puts a session cookie into the visitor's jar.
func (v *visitor) setToken(token string) {
	u, err := url.Parse(v.lab.url)
	if err != nil {
		v.t.Fatal(err)
	}
	v.Jar.SetCookies(u, []*http.Cookie{{Name: "sessionname", Value: token, Path: "/"}})
}

// stored returns the visitor's row as it lies in the store; nil without one. Two of them are equal
// when nothing was written in between.
func (v *visitor) stored() *internalRow {
	v.t.Helper()
	return v.internals().Row
}

// untouched fails the test when the visitor's row is not before any more, in its bytes or its expiry.
func (v *visitor) untouched(before *internalRow) {
	v.t.Helper()
	now := v.stored()
	if before == nil || now == nil {
		if before != now {
			v.t.Errorf("row = %v, was %v", now, before)
		}
		return
	}
	if now.Token != before.Token || string(now.Data) != string(before.Data) || !now.Expiry.Equal(before.Expiry) {
		v.t.Errorf("the row was written: expiry %v, was %v, or other bytes", now.Expiry, before.Expiry)
	}
}

// state is what a visitor's session is in the browser and in the store. Every write changes it, also
// one that writes the same bytes again.
type state struct {
	Token string
	Stamp engine.Stamp
	Rows  int
}

func (v *visitor) state() state {
	v.t.Helper()
	token := v.token()
	stamps, err := v.lab.engine.Stamps(v.t.Context(), []string{token})
	if err != nil {
		v.t.Fatal(err)
	}
	return state{token, stamps[token], v.lab.rows()}
}

// recorded returns the exchange that an answer's Location names.
func (v *visitor) recorded(a answer) *xray.Exchange {
	v.t.Helper()
	u, err := url.Parse(a.Header.Get("Location"))
	if err != nil {
		v.t.Fatal(err)
	}
	x := v.lab.exchange(u.Query().Get("exchange"), v.token())
	if x == nil {
		v.t.Fatalf("no exchange for %q", u)
	}
	return x
}

// stepKinds are the kinds of an exchange's steps, in order.
func stepKinds(x *xray.Exchange) []string {
	var kinds []string
	for _, s := range x.Steps {
		kinds = append(kinds, s.Kind.String())
	}
	return kinds
}
