package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// overhear keeps each exchange as it was before the history took anything from it.
type overhear struct {
	xray.Keeper
	last *xray.Exchange
}

func (o *overhear) Add(ctx context.Context, x *xray.Exchange) error {
	y := *x
	o.last = &y
	return o.Keeper.Add(ctx, x)
}

// viewVisit is a browser in the lab that runs the views of a row.
type viewVisit struct {
	*testLab
	heard  *overhear
	cookie string
}

// run sends the view, and returns the answer.
func (v *viewVisit) run(code string) answer {
	v.t.Helper()
	form := url.Values{"code": {code}, "card": {"view-own"}}.Encode()
	cookie := ""
	if v.cookie != "" {
		cookie = "sessionname=" + v.cookie
	}
	w := serve(v.Handler(), http.MethodPost, "/view", form, cookie)
	a := answer{w.Code, w.Header(), w.Body.String()}
	if c := a.setCookie(); c != nil {
		if v.cookie = c.Value; c.MaxAge < 0 {
			v.cookie = ""
		}
	}
	return a
}

// outcome is what the run of code left, in the words of the table.
func (v *viewVisit) outcome(code string) djangoOutcome {
	v.t.Helper()
	sent := v.cookie
	a := v.run(code)
	x := v.heard.last
	var ran ranView
	out := djangoOutcome{Cookie: "nothing", ID: becameOf(sent, v.cookie), Status: a.Status, Lacks: x.Refused}
	if !x.Detail.Decode("view", &ran) {
		return out
	}
	out.Lacks = ""
	o := ran.Outcome
	switch {
	case o.Raised != nil:
		out.Raised, out.Line = &o.Raised.Says, o.Raised.Line
		if o.Raised.Line == 0 { // it was raised after the view
			out.Returned = &o.Returned
		}
	case o.Response != nil:
		out.Content, out.Location = &o.Response.Content, &o.Response.Location
		out.Status = o.Response.Status
	case o.Over == "":
		out.Returned, out.Status = &o.Returned, http.StatusOK
	}
	for _, e := range o.Events {
		out.Printed = append(out.Printed, lines(e.Printed)...)
	}
	if c := a.setCookie(); c != nil && c.MaxAge < 0 {
		out.Cookie = "deleted"
	} else if c != nil {
		out.Cookie = "sent"
		if c.MaxAge > 0 {
			out.MaxAge = &c.MaxAge
		}
	}
	out.After, out.Rows = v.stored()
	return out
}

func lines(printed string) []string {
	if printed == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(printed, "\n"), "\n")
}

// becameOf says what became of the ID in the browser.
func becameOf(before, after string) string {
	switch {
	case before == "" && after == "":
		return "none"
	case after == "":
		return "gone"
	case before == after:
		return "same"
	}
	return "new"
}

// stored is what the row has that the browser's cookie names, as Python writes it, and how many rows there
// are.
func (v *viewVisit) stored() (after *string, n int) {
	v.t.Helper()
	rows, _, err := v.engine.Rows(v.t.Context(), 100)
	if err != nil {
		v.t.Fatal(err)
	}
	row, ok, err := v.engine.Row(v.t.Context(), v.cookie)
	if err != nil {
		v.t.Fatal(err)
	}
	if !ok {
		return nil, len(rows)
	}
	_, values, err := xray.Codec.Decode(row.Data)
	if err != nil {
		v.t.Fatal(err)
	}
	d := &python.Dict{}
	for _, entry := range xray.Values(values) {
		if err := d.Set(entry.Key, python.Thaw(values[entry.Key])); err != nil {
			v.t.Fatal(err)
		}
	}
	text := python.Repr(d)
	return &text, len(rows)
}

// age has the rows end so much earlier than their data says, since the store's clock cannot be moved.
func (v *viewVisit) age(by time.Duration) {
	v.t.Helper()
	if by == 0 {
		return
	}
	rows, _, err := v.engine.Rows(v.t.Context(), 100)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, row := range rows {
		row, _, err := v.engine.Row(v.t.Context(), row.Token)
		if err != nil {
			v.t.Fatal(err)
		}
		end, _, err := xray.Codec.Decode(row.Data)
		if err != nil {
			v.t.Fatal(err)
		}
		v.sql("UPDATE sessions SET expiry = julianday(?) WHERE token = ?",
			end.Add(-by).UTC().Format("2006-01-02 15:04:05.000"), row.Token)
	}
}

// checkViews runs views of a visitor's own: what they store comes back, what they change inside does not, and
// what was ended stays ended.
func checkViews(t *testing.T, tl *testLab, kind engine.Kind) {
	v := tl.visitor()
	for _, step := range []struct{ code, result string }{
		{"return request.session.get('a')", "None"},
		{"request.session['a'] = {'n': [1, None]}", "None"},
		{"request.session['a']['n'].append(2)\nreturn request.session['a']", "{'n': [1, None, 2]}"},
		{"return request.session['a']", "{'n': [1, None]}"},
		{"request.session['a']['n'].append(2)\nrequest.session.modified = True", "None"},
		{"return request.session['a']", "{'n': [1, None, 2]}"},
		{"request.session.cycle_key()", "None"},
		{"return request.session['a']", "{'n': [1, None, 2]}"},
		{"request.session.flush()\nrequest.session['b'] = 1", "None"},
		{"return request.session.items()", "dict_items([('b', 1)])"},
		{"return 'apart'", "apart"},
	} {
		if a := v.view(step.code); !slices.Equal(a.results(), []string{step.result}) {
			t.Errorf("%s: results %q, want %s", step.code, a.results(), step.result)
		}
	}
	if a := v.view("request.session.flush()"); a.Status != http.StatusOK || v.token() != "" {
		t.Errorf("flush: %d, token %q", a.Status, v.token())
	}
	if kind.InCookie {
		return
	}
	if i := tl.visitor().internals(); i.Row != nil {
		t.Errorf("a row is left: %+v", i.Row)
	}
}
