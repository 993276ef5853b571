package python

import (
	"fmt"
	"math/big"
	"net/url"
	"strings"
)

// response is what HttpResponse and redirect give.
type response struct {
	Response
	class string           // in Django
	kind  string           // its Content-Type, which shows in its repr alone
	own   map[string]Value // attributes that the view has set
}

const defaultKind = "text/html; charset=utf-8"

// djangoNames are the names of Django that every view knows.
func djangoNames() map[string]Value {
	return map[string]Value{"HttpResponse": httpResponse, "redirect": redirectTo}
}

// httpResponse is Django's class of that name, as far as a view here can use it.
var httpResponse = &responseClass{signature{name: "HttpResponse.__init__", params: []string{"content"},
	rest: true, self: 1}}

// httpResponseBase has the rest of the arguments: Django's HttpResponse hands them on to it.
var httpResponseBase = signature{name: "HttpResponseBase.__init__", self: 1,
	params: []string{"content_type", "status", "reason", "charset", "headers"}}

type responseClass struct{ signature }

func (c *responseClass) typeName() string { return "type" }

func (c *responseClass) repr(int) string { return "<class 'django.http.response.HttpResponse'>" }

func (c *responseClass) call(m *machine, a Args) (Value, error) {
	first := a.List[:min(1, len(a.List))]
	values, rest, err := c.bind(Args{first, a.Names})
	if err != nil {
		return nil, err
	}
	base, _, err := httpResponseBase.bind(Args{a.List[len(first):], rest})
	if err != nil {
		return nil, err
	}
	for i, param := range httpResponseBase.params[2:] {
		if base[i+2] != (notGiven{}) {
			return nil, &Over{"This small Python has no " + param + " of HttpResponse."}
		}
	}
	r := &response{Response: Response{Status: 200}, class: "HttpResponse", kind: defaultKind}
	if v := base[0]; v != (notGiven{}) && v != nil {
		if r.kind, err = m.str(v); err != nil {
			return nil, err
		}
	}
	if v := base[1]; v != (notGiven{}) && v != nil {
		if r.Status, err = m.status(v); err != nil {
			return nil, err
		}
	}
	if values[0] != (notGiven{}) {
		r.Content, err = m.content(values[0])
	}
	return r, err
}

// status is an HTTP status code from what int takes.
func (m *machine) status(v Value) (int, error) {
	number, err := makeInt(m, Args{List: []Value{v}})
	if r, ok := err.(*Raised); ok && (r.Exception.Class == typeError || r.Exception.Class == valueError) {
		return 0, raise(typeError, "HTTP status code must be an integer.")
	}
	if err != nil {
		return 0, err
	}
	code, ok := number.(*big.Int)
	if !ok || code.Cmp(small(100)) < 0 || code.Cmp(small(599)) > 0 {
		return 0, raise(valueError, "HTTP status code must be an integer from 100 to 599.")
	}
	return int(code.Int64()), nil
}

// content is what Django sends for a value: the parts of what can be gone through, one after the other.
func (m *machine) content(v Value) (string, error) {
	switch v.(type) {
	case string, *session:
		return m.str(v)
	}
	steps, err := m.iterate(v)
	if err != nil {
		if _, ok := err.(*Raised); ok { // not iterable
			return m.str(v)
		}
		return "", err
	}
	var b strings.Builder
	for part, err := range steps {
		if err != nil {
			return "", err
		}
		text, err := m.str(part)
		if err != nil {
			return "", err
		}
		if err := m.alloc(len(text)); err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

var redirectTo = &function{
	signature{name: "redirect", params: []string{"to"}, needed: 1, rest: true, more: true}, redirect}

func redirect(m *machine, values []Value, rest []Keyword) (Value, error) {
	to, ok := values[0].(string)
	if !ok || !strings.ContainsAny(to, "/.") {
		return nil, &Over{"This small Python has no names for addresses. Write one: redirect('/next')."}
	}
	r := &response{Response: Response{Status: 302}, class: "HttpResponseRedirect", kind: defaultKind}
	for _, k := range rest {
		if k.Name == "preserve_request" {
			return nil, &Over{"This small Python has no preserve_request of redirect."}
		}
		if k.Name != "permanent" {
			continue // it would be for a name of an address, and this is an address
		}
		permanent, err := m.truth(k.Value)
		if err != nil {
			return nil, err
		}
		if permanent {
			r.Status, r.class = 301, "HttpResponsePermanentRedirect"
		}
	}
	if address, err := url.Parse(to); err == nil {
		switch address.Scheme {
		case "", "http", "https", "ftp":
		default:
			return nil, &Over{"Django refuses to redirect to " + address.Scheme + ": addresses."}
		}
	}
	if err := m.alloc(3 * len(to)); err != nil {
		return nil, err
	}
	r.Location = escapedAddress(to)
	return r, nil
}

// escapedAddress has %XX for each byte that may not stand in an address, as Django writes it.
func escapedAddress(to string) string {
	var b strings.Builder
	for i := range len(to) {
		c := to[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.IndexByte("/#%[]=:;$&()+,!?*@'~_.-", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// response is what becomes of it at the end of the run.
func (r *response) response() *Response { return &r.Response }

func (r *response) typeName() string { return r.class }

func (r *response) repr(int) string {
	text := fmt.Sprintf(`<%s status_code=%d, "%s"`, r.class, r.Status, r.kind)
	if r.Location != "" {
		text += fmt.Sprintf(`, url="%s"`, r.Location)
	}
	return text + ">"
}

func (r *response) attr(m *machine, name string) (Value, error) {
	if v, ok := r.own[name]; ok {
		return v, nil
	}
	switch {
	case name == "status_code":
		return small(r.Status), nil
	case name == "url" && r.Location != "":
		return r.Location, nil
	}
	if err := lacking("response", name, responseLacks); err != nil {
		return nil, err
	}
	return nil, raise(attributeError, "'%s' object has no attribute '%s'", r.class, name)
}

func (r *response) setAttr(m *machine, name string, v Value) error {
	switch {
	case name == "status_code":
		code, ok := v.(*big.Int)
		if !ok || code.Cmp(small(100)) < 0 || code.Cmp(small(599)) > 0 {
			return &Over{"A status_code here is a whole number from 100 to 599."}
		}
		r.Status = int(code.Int64())
		return nil
	case name == "url" && r.Location != "":
		return raise(attributeError, "property 'url' of '%s' object has no setter", r.class)
	}
	if err := lacking("response", name, responseLacks); err != nil {
		return err
	}
	return setOwn(m, &r.own, name, v)
}

var errHeaders = &Over{"This small Python has no headers of an answer: they are the page's own."}

func (r *response) item(*machine, Value) (Value, error)    { return nil, errHeaders }
func (r *response) setItem(*machine, Value, Value) error   { return errHeaders }
func (r *response) delItem(*machine, Value) error          { return errHeaders }
func (r *response) contains(*machine, Value) (bool, error) { return false, errHeaders }
