package handlers

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// trial is what became of a trial cookie.
type trial struct {
	*http.Cookie
	Exchange string
	Rest     string // of the header as it was sent, after name and value
	Headline string
	Because  string // why nothing came back, where that is known; "" otherwise
	Back     []trialRow
	Script   string    // what a script that does not find it means
	Ends     time.Time // zero when it ends with the browser
	Over     bool      // that moment has passed
}

// trialRow is one of the requests that followed. An address that was not asked neither Came nor says Nothing.
type trialRow struct {
	Path    string
	Came    bool
	Nothing string // why nothing came
}

// became tells what became of the trial cookie that x sent.
func (d *settingsPageData) became(x *xray.Exchange, sent *http.Cookie) *trial {
	t := &trial{Cookie: sent, Exchange: x.ID,
		Rest: strings.TrimPrefix(sent.String(), sent.Name+"="+sent.Value)}
	if sent.MaxAge > 0 {
		t.Ends = x.At.Add(time.Duration(sent.MaxAge) * time.Second)
		t.Over = !d.now.Before(t.Ends)
	}
	here := trialNotBack
	if trialCame(d.request, sent) {
		here = trialBack
	}
	q := d.Query
	if q.Get("exchange") != x.ID { // what it says is of another
		q = nil
	}
	t.Back = []trialRow{
		t.row("/settings", here), t.row("/settings/seen", q.Get("under")), t.row("/seen", q.Get("outside")),
	}
	t.Script = "nothing"
	if t.Back[0].Came && sent.HttpOnly {
		t.Script = "nothing: HttpOnly hides it from scripts"
	}
	t.Headline, t.Because = t.told(d.Base)
	return t
}

// row is what the request for path brought, as it was seen.
func (t *trial) row(path, seen string) trialRow {
	r := trialRow{Path: path, Came: seen == trialBack}
	switch {
	case seen != trialNotBack:
	case !covers(t.Path, path):
		r.Nothing = "nothing: it is not under " + view.Quote(t.Path)
	case t.Over:
		r.Nothing = "nothing: its time is over"
	default:
		r.Nothing = "nothing"
	}
	return r
}

// told is the headline, and why nothing came back if that is known. base is the scheme and the host.
func (t *trial) told(base string) (headline, because string) {
	var back []string
	asked := func(reaches func(path, address string) bool) bool {
		return slices.ContainsFunc(t.Back, func(r trialRow) bool { return reaches(t.Path, r.Path) })
	}
	for _, r := range t.Back {
		if r.Came {
			back = append(back, view.Quote(r.Path))
		}
	}
	switch because = droppedBecause(t.Cookie, base); {
	case len(back) > 0 && t.Over && !t.Back[0].Came:
		return "It came back while it lived. Now its time is over, and nothing comes.", ""
	case len(back) > 0:
		return "It came back to " + strings.Join(back, " and ") + ".", ""
	case !asked(covers):
		return "Nothing came back: none of these addresses is under " + view.Quote(t.Path) + ".",
			"Whether your browser keeps it cannot be seen from here."
	case t.Over:
		return "Nothing comes back: its time is over.", ""
	case because != "":
		return "Nothing came back: your browser dropped it.", because
	}
	return "Nothing came back.", "Your browser may block cookies."
}

// unasked reports whether there is an address that was not asked.
func (t *trial) unasked() bool {
	return slices.ContainsFunc(t.Back, func(r trialRow) bool { return !r.Came && r.Nothing == "" })
}

// came is for each address whether the trial cookie came back there. One that was not asked is left out.
func (t *trial) came() map[string]bool {
	m := map[string]bool{}
	for _, r := range t.Back {
		if r.Came || r.Nothing != "" {
			m[r.Path] = r.Came
		}
	}
	return m
}
