package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// visitor is one browser whose answers are kept.
type visitor struct {
	ctx    context.Context
	name   string
	base   string
	out    string
	client *http.Client
	kept   int // answers so far
}

func newVisitor(ctx context.Context, name, base, out string) *visitor {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &visitor{ctx: ctx, name: name, base: base, out: out, client: &http.Client{Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// get keeps the answer to GET path and returns its body.
func (v *visitor) get(path string) ([]byte, error) {
	_, body, err := v.ask(http.MethodGet, path, "")
	return body, err
}

// post sends a form and follows its answer to the page that shows the exchange. Both are kept.
func (v *visitor) post(path, form string) error {
	location, _, err := v.ask(http.MethodPost, path, form)
	if err == nil && location != "" {
		_, err = v.get(location)
	}
	return err
}

// ask sends one request and keeps the answer. location is where it leads, "" for nowhere.
func (v *visitor) ask(method, path, form string) (location string, body []byte, err error) {
	r, err := http.NewRequestWithContext(v.ctx, method, v.base+path, strings.NewReader(form))
	if err != nil {
		return "", nil, err
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := v.client.Do(r)
	if err != nil {
		return "", nil, err
	}
	defer answer.Body.Close()
	if body, err = io.ReadAll(answer.Body); err != nil {
		return "", nil, err
	}
	return answer.Header.Get("Location"), body, v.keep(r, form, answer, body)
}

// keep writes one answer into a file that is named for the request.
func (v *visitor) keep(r *http.Request, form string, answer *http.Response, body []byte) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s %s\n%s\n", r.Method, r.URL.RequestURI(), form, answer.Status)
	for _, name := range slices.Sorted(maps.Keys(answer.Header)) {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(answer.Header[name], "\n  and: "))
	}
	b.WriteString("\n")
	b.Write(body)
	v.kept++
	name := fmt.Sprintf("%s-%03d-%s%s", v.name, v.kept, r.Method, strings.ReplaceAll(r.URL.Path, "/", "_"))
	return os.WriteFile(filepath.Join(v.out, name), mask(b.Bytes()), 0o644)
}

var guessInForm = regexp.MustCompile(`name="predict" value="([^"]+)"`)

// guesses are the predictions that a page offers.
func guesses(page []byte) (list []string) {
	for _, m := range guessInForm.FindAllSubmatch(page, -1) {
		list = append(list, url.QueryEscape(string(m[1])))
	}
	return list
}
