package handlers

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestItemsListsEverything(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	clock := tl.clockAt(time.Now())
	for _, tt := range []struct {
		name    string
		prepare [][]string
		want    []string
		says    []string
	}{
		{"no session", nil,
			[]string{"dict_keys([])", "dict_values([])", "dict_items([])"}, []string{"There is no entry."}},
		{"keys come sorted, not in the order of storing",
			[][]string{{"/set", "key", "lname", "value", "Roy"}, {"/set", "key", "fname", "value", "Aman"}},
			[]string{"dict_keys(['fname', 'lname'])", "dict_values(['Aman', 'Roy'])",
				"dict_items([('fname', 'Aman'), ('lname', 'Roy')])"}, nil},
		{"the framework's entries are explained",
			[][]string{{"/set", "key", "fname", "value", "Aman"}, {"/expiry", "seconds", "400"}, {"/test-cookie/set"}},
			[]string{"dict_keys(['_session_expiry', 'fname', 'testcookie'])", "dict_values([400, 'Aman', 'worked'])",
				"dict_items([('_session_expiry', 400), ('fname', 'Aman'), ('testcookie', 'worked')])"},
			[]string{"_session_expiry : 400\nfname : Aman\ntestcookie : worked\n",
				"<code>_session_expiry</code> is what", "a number of seconds", "<code>testcookie</code> is all that"}},
		{"an end at browser close", [][]string{{"/expiry", "seconds", "0"}},
			[]string{"dict_keys(['_session_expiry'])", "dict_values([0])", "dict_items([('_session_expiry', 0)])"},
			[]string{"until the browser closes"}},
		{"each type as Python writes it", [][]string{
			{"/set", "key", "a", "value", "31", "type", "int"}, {"/set", "key", "b", "value", "3", "type", "float"},
			{"/set", "key", "c", "value", "true", "type", "bool"},
			{"/set", "key", "d", "value", "x, y", "type", "list"},
			{"/set", "key", "e", "value", "it's\n\\"}, {"/set", "key", "f", "value", ""}},
			[]string{"dict_keys(['a', 'b', 'c', 'd', 'e', 'f'])",
				`dict_values([31, 3.0, True, ['x', 'y'], "it's\n\\", ''])`,
				`dict_items([('a', 31), ('b', 3.0), ('c', True), ('d', ['x', 'y']), ('e', "it's\n\\"), ('f', '')])`},
			nil},
		{"quotes and what cannot be printed, as Python writes them", [][]string{
			{"/set", "key", "a", "value", `it's`}, {"/set", "key", "b", "value", `say "it's"`},
			{"/set", "key", "c", "value", `"`},
			{"/set", "key", "d", "value", "\x00\u0085\u00a0\u200b\U000e0001é🙂"}},
			[]string{"dict_keys(['a', 'b', 'c', 'd'])",
				`dict_values(["it's", 'say "it\'s"', '"', '\x00\x85\xa0\u200b\U000e0001é🙂'])`,
				`dict_items([('a', "it's"), ('b', 'say "it\'s"'), ('c', '"'), ` +
					`('d', '\x00\x85\xa0\u200b\U000e0001é🙂')])`},
			nil},
		{"a map, as the cart is", [][]string{{"/modified/assign"}},
			[]string{"dict_keys(['cart'])", "dict_values([{'n': 1}])", "dict_items([('cart', {'n': 1})])"}, nil},
		{"HTML is text", [][]string{{"/set", "key", "<i>k</i>", "value", "<b>v</b>"}},
			[]string{"dict_keys(['<i>k</i>'])", "dict_values(['<b>v</b>'])", "dict_items([('<i>k</i>', '<b>v</b>')])"},
			nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			for _, p := range tt.prepare {
				v.post(p[0], p[1:]...)
			}
			before := v.state()
			clock.forward(30 * time.Second)
			page := v.get("/items")
			if page.Status != http.StatusOK || !slices.Equal(page.results(), tt.want) {
				t.Errorf("results = %d %q\nwant %q", page.Status, page.results(), tt.want)
			}
			for _, says := range tt.says {
				if !strings.Contains(page.Body, says) {
					t.Errorf("the page does not say %q", says)
				}
			}
			if strings.Contains(page.Body, "<b>v</b>") || strings.Contains(page.Body, "<i>k</i>") {
				t.Error("a key or a value is not escaped")
			}
			if page.Header.Get("Set-Cookie") != "" || v.state() != before {
				t.Errorf("cookie %q, state %+v, was %+v: listing changes nothing", page.Header.Get("Set-Cookie"),
					v.state(), before)
			}
		})
	}
}

func TestItemsOfNoSessionOrDamagedData(t *testing.T) {
	t.Parallel()
	empty := []string{"dict_keys([])", "dict_values([])", "dict_items([])"}
	for _, tt := range []struct {
		name, sql, token, cookie string
		rows                     int
	}{
		{"an expired row is not listed", "UPDATE sessions SET expiry = julianday('now', '-1 minute')", "", deletion,
			1},
		{"a cookie that names nothing", "", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY3", deletion, 1},
		{"damaged data is an empty session", "UPDATE sessions SET data = x'00'", "", "", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tl := newLab(t)
			v := tl.visitor()
			v.post("/set", "key", "fname", "value", "S3CRET")
			if tt.sql != "" {
				tl.sql(tt.sql)
			}
			if tt.token != "" {
				v.setToken(tt.token)
			}
			page := v.get("/items")
			if page.Status != http.StatusOK || !slices.Equal(page.results(), empty) ||
				strings.Contains(page.Body, "S3CRET") {
				t.Errorf("page = %d %q", page.Status, page.results())
			}
			if page.Header.Get("Set-Cookie") != tt.cookie || tl.rows() != tt.rows {
				t.Errorf("cookie %q, want %q; %d rows", page.Header.Get("Set-Cookie"), tt.cookie, tl.rows())
			}
		})
	}
}

func TestItemsPredictions(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	for _, tt := range []struct {
		name, guess string
		before      []string // what the session is given first
		verdict     string
	}{
		{"right", "all", nil, "Correct."},
		{"wrong", "name", nil, "Not this time."},
		{"wrong too", "expiry", nil, "Not this time."},
		{"and wrong", "test", nil, "Not this time."},
		{"beside other keys", "all", []string{"/set", "key", "city", "value", "Pune"}, "Correct."},
		{"on what an earlier run left", "all", []string{"/items/store"}, "Correct."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			if tt.before != nil {
				v.post(tt.before[0], tt.before[1:]...)
			}
			wantVerdict(t, v.get("/items"), "")
			page := v.run("/items/store", "card", "items", "predict", "items:"+tt.guess)
			wantVerdict(t, page, tt.verdict)
			wantText(t, page, "It returned <output data-result>dict_items([(&#39;_session_expiry&#39;, 400), ")
		})
	}
}

// The four lines do what their own lessons do: three keys, one save, and an expiry that counts at once.
func TestItemsOfFourLines(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "60")
	a := v.post("/items/store", "card", "items")
	if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil || c.MaxAge != 400 {
		t.Errorf("%d, cookie %v; want 303 and Max-Age=400", a.Status, c)
	}
	if got := stepKinds(v.recorded(a)); !slices.Equal(got, []string{"Find", "Code", "Commit"}) {
		t.Errorf("steps = %v, want one save", got)
	}
	want := map[string]any{"fname": "Aman", expiryKey: 400.0, testCookieKey: testCookieValue}
	if got := v.values(); !maps.Equal(got, want) {
		t.Errorf("values = %v, want %v", got, want)
	}
	// The card keeps what the run left, the rest of the page shows what is there now.
	v.run("/set", "key", "city", "value", "Pune")
	card, rest, _ := strings.Cut(v.get("/items").Body, "Your session now")
	if strings.Contains(card, "Pune") || !strings.Contains(card, "<code>set_test_cookie()</code></td>") ||
		!strings.Contains(rest, "Pune") {
		t.Error("the card does not keep the entries of its run, or the page does not show those of now")
	}
}
