package view

import (
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"sessionlab/handlers/xray"
)

// Steps is a recorded exchange told as the seven steps of the notes, for steps.html: what happened at each,
// or why it was passed over.
type Steps struct {
	Request string // method and path
	Cookie  string // the session cookie's name
	Store   string
	Sent    string // the token that came; "" for none

	Find    *xray.Step // step 3; nil when the store was not asked
	Query   []statement
	Expires string // of the row that was found, where it is still the same row

	Made string // the token that step 4 made; "" when it made none

	Code   string // the function that ran in step 5
	Values []xray.Change
	More   int // values that Values leaves out

	Status   string
	Location string
	Age      string    // of the cookie that was sent: Max-Age=400
	Set      string    // the token that step 6 sent; "" when it sent none
	Dropped  bool      // step 6 told the browser to drop its cookie
	Deleted  bool      // the code of step 5 had the row deleted
	Saved    string    // what became of the row in step 6: written or moved; "" for nothing
	Size     int       // of what was saved, in bytes
	Keeps    string    // the token that the browser holds afterwards; "" for none
	Notes    stepNotes // in words

	empty bool // nobody put anything into the session that exists afterwards
}

// stepNotes explains the steps; those that need no word have none.
type stepNotes struct{ Look, Fetch, Make, Work, Answer, Keep template.HTML }

// Via4 reports whether the request came by step 4: no token came, or one was made.
func (s Steps) Via4() bool { return s.Sent == "" || s.Made != "" }

// Steps tells x. earlier are the exchanges of its session, the latest first.
func (g Given) Steps(x *xray.Exchange, earlier []*xray.Exchange) Steps {
	s := Steps{Request: x.Method + " " + x.Path, Cookie: g.CookieName, Store: g.Kind.Label, Sent: x.Sent}
	for i, step := range x.Steps {
		switch {
		case step.Kind == xray.Find && s.Find == nil:
			s.Find, s.Query = &x.Steps[i], g.statements(step)
		case (step.Kind == xray.Code || step.Kind == xray.Page) && s.Code == "":
			s.Code = step.Name + "()"
		}
	}
	if x.New() || x.Cycled {
		s.Made = x.Token
	}
	after := x.After()
	s.empty = g.Entries(after) == 0
	s.Values, s.More = valuesOf(x, after)
	s.answer(x)
	s.Notes = g.medium().notes(s, x, earlier)
	return s
}

// answer fills in step 6 and what follows from it.
func (s *Steps) answer(x *xray.Exchange) {
	s.Status = fmt.Sprintf("%d %s", x.Status, http.StatusText(x.Status))
	s.Location, _, _ = strings.Cut(x.Location, "?")
	s.Keeps = x.Token
	switch c := x.SetCookie; {
	case c == nil:
	case c.MaxAge < 0:
		s.Dropped = true
	case c.MaxAge == 0:
		s.Set, s.Age = c.Value, "no Max-Age"
	default:
		s.Set, s.Age = c.Value, fmt.Sprintf("Max-Age=%d", c.MaxAge)
	}
	s.Deleted, s.Size = x.Ended && x.Known, len(x.Committed)
	switch {
	case x.Cycled:
		s.Saved = "moved"
	case x.Committed != nil:
		s.Saved = "written"
	}
}

// valuesOf are the values that the code of step 5 met or changed. A long list is cut, and so is a long value.
func valuesOf(x *xray.Exchange, after map[string]any) (list []xray.Change, more int) {
	const most, width = 6, 48
	for _, key := range x.Removed {
		list = append(list, xray.Change{Mark: xray.Removed, Key: key})
	}
	list = append(list, xray.Diff(x.Before(), after)...)
	if more = len(list) - most; more > 0 {
		list = list[:most]
	}
	for i := range list {
		list[i].Old, list[i].New = cut(list[i].Old, width), cut(list[i].New, width)
	}
	return list, max(more, 0)
}

// cut shortens s to width characters.
func cut(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width]) + "…"
	}
	return s
}
