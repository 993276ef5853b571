package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"sessionlab/handlers/limits"
)

func TestForms(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, body, kind string
		status           int
		says             string
	}{
		{"a form", "key=k&value=v", form, http.StatusSeeOther, ""},
		{"with a charset", "key=k&value=v", form + "; charset=UTF-8", http.StatusSeeOther, ""},
		{"in capitals", "key=k&value=v", strings.ToUpper(form), http.StatusSeeOther, ""},
		{"a key of 512 bytes", "key=" + strings.Repeat("k", 512), form, http.StatusSeeOther, ""},
		{"1000 fields", "key=k" + strings.Repeat("&x=1", 999), form, http.StatusSeeOther, ""},
		{"JSON", `{"key":"k"}`, "application/json", http.StatusUnsupportedMediaType, "urlencoded"},
		{"multipart", "--x--", "multipart/form-data; boundary=x", http.StatusUnsupportedMediaType, "urlencoded"},
		{"plain text", "key=k&value=v", "text/plain", http.StatusUnsupportedMediaType, "urlencoded"},
		{"no type", "key=k&value=v", "", http.StatusUnsupportedMediaType, "urlencoded"},
		{"over 1 MiB", "key=k&value=" + strings.Repeat("v", 1<<20), form, http.StatusRequestEntityTooLarge,
			"1 MiB"},
		{"1001 fields", "key=k" + strings.Repeat("&x=1", 1000), form, http.StatusRequestEntityTooLarge,
			"1000 fields"},
		{"a broken escape", "key=k&value=%zz", form, http.StatusBadRequest, "percent"},
		{"a semicolon", "key=k;value=v", form, http.StatusBadRequest, "urlencoded"},
		{"no UTF-8", "key=k&value=%ff", form, http.StatusBadRequest, "UTF-8"},
		{"a key that is no UTF-8", "key=%ff", form, http.StatusBadRequest, "UTF-8"},
		{"nothing", "", form, http.StatusBadRequest, "key"},
		{"a key of 513 bytes", "key=" + strings.Repeat("k", 513), form, http.StatusBadRequest, "512"},
		{"a reserved key", "key=_session_expiry&value=1", form, http.StatusBadRequest, "underscore"},
	} {
		before := tl.rows()
		a := tl.visitor().postBody("/set", tt.body, tt.kind)
		if a.Status != tt.status || !strings.Contains(a.Body, tt.says) {
			t.Errorf("%s = %d, want %d with %q", tt.name, a.Status, tt.status, tt.says)
		}
		if tt.status != http.StatusSeeOther && (a.setCookie() != nil || tl.rows() != before ||
			!strings.Contains(a.Body, "Nothing was changed")) {
			t.Errorf("%s: Set-Cookie %v, %d new rows", tt.name, a.setCookie(), tl.rows()-before)
		}
	}
}

// TestUnreadableForm: it is refused before anything of it is used, and the record says truly whose it was.
func TestUnreadableForm(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "k", "value", "v")
	for _, tt := range []struct {
		name, body, kind string
		status           int
	}{
		{"no UTF-8", "key=%ff&value=x", "application/x-www-form-urlencoded", http.StatusBadRequest},
		{"a broken percent", "key=%&value=x", "application/x-www-form-urlencoded", http.StatusBadRequest},
		{"no form", "{}", "application/json", http.StatusUnsupportedMediaType},
		{"too large", strings.Repeat("x", limits.MaxBody+1), "application/x-www-form-urlencoded",
			http.StatusRequestEntityTooLarge},
	} {
		a := v.postBody("/set", tt.body, tt.kind)
		if a.Status != tt.status || a.setCookie() != nil {
			t.Errorf("%s: %d, Set-Cookie %v; want %d", tt.name, a.Status, a.setCookie(), tt.status)
		}
		for _, untrue := range []string{"belongs to no live session", "Changed after this exchange", "added"} {
			if strings.Contains(a.text(), untrue) {
				t.Errorf("%s: the page says %q", tt.name, untrue)
			}
		}
		if list := tl.exchanges(v.token()); list[0].Status != tt.status || list[0].Refused == "" {
			t.Errorf("%s: the exchange is not kept: the latest is %d %s", tt.name, list[0].Status, list[0].Refused)
		}
	}
	if got := v.values(); len(got) != 1 || got["k"] != "v" {
		t.Errorf("the session holds %v", got)
	}
}

// Every form of the site has the same limits, and over a limit nothing of it counts.
func TestEveryFormIsLimited(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/update", "key", "k", "value", "v", "key", "testcookie", "value", "worked")
	before := v.internals()
	const urlencoded = "application/x-www-form-urlencoded"
	tests := map[string]struct {
		body, kind string
		status     int
		text       string
	}{
		"long body": {"key=k&value=" + strings.Repeat("x", limits.MaxBody), urlencoded,
			http.StatusRequestEntityTooLarge, "1 MiB"},
		"many fields": {"key=k&value=x" + strings.Repeat("&a", limits.MaxFields), urlencoded,
			http.StatusRequestEntityTooLarge, "1000 fields"},
		"multipart": {"key=k&value=x", "multipart/form-data; boundary=x", http.StatusUnsupportedMediaType,
			urlencoded},
		"no kind":        {"key=k&value=x", "", http.StatusUnsupportedMediaType, urlencoded},
		"JSON":           {`{"key":"k"}`, "application/json", http.StatusUnsupportedMediaType, urlencoded},
		"invalid UTF-8":  {"key=k&value=%ff", urlencoded, http.StatusBadRequest, "UTF-8"},
		"broken percent": {"key=k&value=%zz", urlencoded, http.StatusBadRequest, "percent"},
		"semicolon":      {"key=k;value=x", urlencoded, http.StatusBadRequest, "parted by"},
	}
	for _, path := range tl.paths(http.MethodPost) {
		for name, tt := range tests {
			tl.wantErrorPage("POST "+path+" with "+name, v.postBody(path, tt.body, tt.kind), tt.status, tt.text)
		}
	}
	after := v.internals()
	if string(after.Row.Data) != string(before.Row.Data) || after.Row.ExpiryJulian != before.Row.ExpiryJulian ||
		after.Cookie != before.Cookie {
		t.Error("a form that was refused changed the session")
	}
	if n := tl.rows(); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

// What stands in the address is no field of a form: a link could carry it.
func TestTheQueryIsNoForm(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/update", "key", "k", "value", "v", "key", "testcookie", "value", "worked")
	before := v.internals()
	const query = "?key=k&value=query&type=string&seconds=5&default=query&also=query&then=flow&predict=set:same"
	for path, status := range map[string]int{"/set": http.StatusBadRequest, "/delete": http.StatusBadRequest,
		"/setdefault": http.StatusBadRequest,
		"/pop":        http.StatusBadRequest, "/update": http.StatusBadRequest, "/expiry": http.StatusBadRequest} {
		for _, body := range []string{"", "other=1"} {
			tl.wantErrorPage("POST "+path+" with the fields in the query, body "+body,
				v.postBody(path+query, body, "application/x-www-form-urlencoded"), status)
		}
	}
	tl.wantErrorPage("a default in the query",
		v.postBody("/pop"+query, "key=absent", "application/x-www-form-urlencoded"), http.StatusNotFound)
	after := v.internals()
	if string(after.Row.Data) != string(before.Row.Data) || after.Row.ExpiryJulian != before.Row.ExpiryJulian {
		t.Error("a query changed the session")
	}
	a := v.postBody("/set"+query, "key=fresh&value=body", "application/x-www-form-urlencoded")
	if to := a.Header.Get("Location"); a.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/set?") ||
		v.values()["fresh"] != "body" {
		t.Errorf("a form beside a query = %d, Location %q, stored %v", a.Status, to, v.values())
	}
}

func TestListsAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct{ text, want string }{
		{"a, b", "['a', 'b']"},
		{"", "['']"},
		{`["a", "b"]`, "['a', 'b']"},
		{` ["a, b", ""] `, "['a, b', '']"},
		{"[]", "[]"},
		{`a, "b"`, `['a', '"b"']`},
		{`["a"`, ""},
		{"[1, 2]", ""},
		{"['a']", ""},
		{"[null]", ""},
		{`["a"] b`, ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			v := lab.in(t).visitor()
			a := v.post("/set", "key", "list", "value", tt.text, "type", "list", "card", "set")
			if tt.want == "" {
				wantText(t, a, "Wrong type", "A list of texts looks like", `<option value="list" selected>`)
				if a.Status != http.StatusBadRequest || v.token() != "" {
					t.Errorf("status %d, session %q; want it refused", a.Status, v.token())
				}
				return
			}
			if got := v.get("/get?key=list").results(); !slices.Equal(got, []string{tt.want}) {
				t.Errorf("stored %v, want %s", got, tt.want)
			}
		})
	}
}
