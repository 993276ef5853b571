package handlers

import (
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
			v.post("/set", "key", "fname", "value", "Aman")
			if tt.sql != "" {
				tl.sql(tt.sql)
			}
			if tt.token != "" {
				v.setToken(tt.token)
			}
			page := v.get("/items")
			if page.Status != http.StatusOK || !slices.Equal(page.results(), empty) ||
				strings.Contains(page.Body, "Aman&#34;") {
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
	prepared := [][]string{{"/set", "key", "fname", "value", "Aman"}, {"/expiry", "seconds", "400"},
		{"/test-cookie/set"}}
	for _, tt := range []struct {
		name, guess string
		prepare     [][]string
		verdict     string
	}{
		{"right", "3", prepared, "Correct."},
		{"wrong", "1", prepared, "Not this time."},
		{"wrong too", "2", prepared, "Not this time."},
		{"and wrong", "0", prepared, "Not this time."},
		{"not prepared", "3", prepared[:2], "Not judged yet."},
		{"two names", "3", append([][]string{{"/set", "key", "lname", "value", "Roy"}}, prepared...),
			"Not judged yet."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := tl.visitor()
			v.t = t
			for _, p := range tt.prepare {
				v.post(p[0], p[1:]...)
			}
			page := v.get("/items?predict=items:" + tt.guess)
			if !strings.Contains(page.Body, tt.verdict) || len(page.results()) != 3 {
				t.Errorf("the page does not say %q, or has not three results: %q", tt.verdict, page.results())
			}
			if plain := v.get("/items"); strings.Contains(plain.Body, "You predicted") {
				t.Error("without a prediction there is a verdict")
			}
		})
	}
}
