package handlers

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestAPINeedsNoSession: it asks no store and touches no cookie.
func TestAPINeedsNoSession(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	v := lab.visitor()
	v.setToken(strings.Repeat("A", 43))
	lab.engine.Close()
	page := v.get("/api?q=expiry")
	if page.Status != http.StatusOK || page.setCookie() != nil {
		t.Errorf("page = %d with cookie %v, want 200 and none", page.Status, page.setCookie())
	}
	if strings.Contains(page.Body, v.token()) || strings.Contains(page.Body, `id="xray"`) {
		t.Error("the page has a panel or a session ID")
	}
}

var (
	apiRowHTML = regexp.MustCompile(`(?s)<tr><th scope="row".*?</tr>`)
	countHTML  = regexp.MustCompile(`(?s)<p class="count".*?</p>`)
)

// words is the text of a piece of HTML.
func words(piece string) string {
	return strings.Join(strings.Fields(html.UnescapeString(withoutTags(piece))), " ")
}

// apiFilters are what a visitor looks for, and what the table has of it.
var apiFilters = map[string]struct {
	query string
	rows  int    // -1: fewer than all, and more than none
	row   string // how one of them begins
	count string // what the status says
}{
	"nothing":      {"", len(apiRows()), "session.flush()Destroy(ctx)", "ALL of ALL rows. All 34 methods"},
	"empty fields": {"?q=&in=", len(apiRows()), "session.flush()", "ALL of ALL rows. All 34"},
	"a word":       {"?q=expiry", -1, "session.set_expiry(10)no call", "rows have “expiry”. Show all"},
	"in capitals": {"?q=LIFETIME", 2, "get_session_cookie_age()Lifetime",
		"2 of ALL rows have “LIFETIME”."},
	"in its text":  {"?q=sweeps", 1, "session.clear_expired()", "1 of ALL rows has “sweeps”. Show all"},
	"across code":  {"?q=in+scs:+exists", 1, "session.setdefault('k', v)no call", "has “in scs: exists”"},
	"two words":    {"?q=+Pop++time", 1, "no callPopString", "1 of ALL rows has “Pop time”."},
	"a group":      {"?in=typed", 3, "no callGetString", "3 of ALL rows. Show all"},
	"word, group":  {"?in=expiry&q=date(", 1, "get_expiry_date(", "1 of ALL rows has “date(”."},
	"no group":     {"?in=nothing", len(apiRows()), "session.flush()", "ALL of ALL rows"},
	"what differs": {"?differs=on", len(apiRows()) - 2, "session.flush()", "rows. Show all"},
	"a pattern":    {"?q=.*", 0, "", "0 of ALL rows have “.*”. Show all"},
	"a bracket":    {"?q=session[0", 1, "session[0] = v", "1 of ALL rows has “session[0”."},
}

func TestAPIFilter(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	all := len(apiRows())
	for name, tt := range apiFilters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := v.get("/api" + tt.query)
			rows := apiRowHTML.FindAllString(page.Body, -1)
			if n := len(rows); page.Status != http.StatusOK ||
				n != tt.rows && (tt.rows >= 0 || n == 0 || n == all) {
				t.Errorf("status %d, %d rows, want %d", page.Status, n, tt.rows)
			}
			begins := func(row string) bool { return strings.HasPrefix(words(row), tt.row) }
			if tt.row != "" && !slices.ContainsFunc(rows, begins) {
				t.Errorf("no row %q", tt.row)
			}
			count := words(countHTML.FindString(page.Body))
			want := strings.ReplaceAll(tt.count, "ALL", strconv.Itoa(all))
			if !strings.Contains(count, want) || !strings.HasPrefix(count, strconv.Itoa(len(rows))+" of ") {
				t.Errorf("the status says %q, want %q", count, want)
			}
		})
	}
}

// TestAPIMarksWhatItFound: in the names and in the text, and nothing where nothing was sought.
func TestAPIMarksWhatItFound(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	page := v.get("/api?q=KEYERROR")
	if n := strings.Count(page.Body, "<code><mark>KeyError</mark>"); n < 4 {
		t.Errorf("%d of several are marked", n)
	}
	page = v.get("/api?q=set_e")
	if !strings.Contains(page.Body, "<code>session.<mark>set_e</mark>xpiry(10)</code>") {
		t.Error("a part of a name is not marked")
	}
	if page := v.get("/api"); strings.Contains(page.Body, "<mark>") {
		t.Error("something is marked")
	}
}

func TestAPIGuessesWhatWasMeant(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for query, want := range map[string]string{
		"q=remmeber":       "RememberMe",
		"q=setexpirry":     "set_expiry",
		"q=GetInt65":       "GetInt64",
		"q=cylce_key":      "cycle_key",
		"q=Partitoned":     "Partitioned",
		"q=xyzzy":          "",
		"q=" + long(1000):  "",
		"q=%3Cb%3Eq%22":    "",
		"q=%FF%00zz+zzzzz": "",
	} {
		page := v.get("/api?" + query)
		none := regexp.MustCompile(`(?s)<div class="nothing">.*?</div>`).FindString(page.Body)
		if page.Status != http.StatusOK || none == "" || strings.Contains(page.Body, "<b>q") {
			t.Errorf("%s: status %d, the page says %q", query, page.Status, none)
		}
		link := `<a href="/api?q=` + want + `">` + want + `</a>?`
		if strings.Contains(none, "Did you mean") != (want != "") || want != "" && !strings.Contains(none, link) {
			t.Errorf("%s: %q, want the guess %q", query, none, want)
		}
		if want != "" && len(apiRowHTML.FindAllString(v.get("/api?q="+url.QueryEscape(want)).Body, -1)) == 0 {
			t.Errorf("the guess %s leads to no row", want)
		}
		if all := "all " + strconv.Itoa(len(apiRows())) + " rows</a>"; !strings.Contains(none, all) {
			t.Errorf("%s: %q offers no way to all", query, none)
		}
	}
}

func long(n int) string { return strings.Repeat("z", n) }

// TestAPISaysWhereElse: what the group does not have, the table may.
func TestAPISaysWhereElse(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for query, want := range map[string]string{
		"q=destroy&in=typed":      "No row here has “destroy”. In the whole table 2 rows have it: show them.",
		"q=mergesess&in=typed":    "No row here has “mergesess”. In the whole table 1 row has it: show it.",
		"q=exists(ctx&differs=on": "No row here has “exists(ctx”. In the whole table 1 row has it",
	} {
		if body := words(v.get("/api?" + query).Body); !strings.Contains(body, want) {
			t.Errorf("%s: no %q", query, want)
		}
	}
}

// TestAPILinks: each lesson of a row is linked, and what runs nowhere says why.
func TestAPILinks(t *testing.T) {
	t.Parallel()
	body := newLab(t).visitor().get("/api").Body
	for _, want := range []string{`<a href="/cycle-key">Cycle key</a>, <a href="/scs-renew">RenewToken</a>`,
		`<span class="none">not here: no async in Go</span>`, `<b>5.1</b>`,
		`<a href="#g-expiry">Expiry <span>9</span></a>`, `<tbody id="g-expiry">`,
		`<link rel="stylesheet" href="/static/api.`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	if body := newLab(t).visitor().get("/set").Body; strings.Contains(body, "/static/api.") {
		t.Error("another page has the style sheet of this one")
	}
}
