package handlers

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

// settingsPageData is the data of settings.html.
type settingsPageData struct {
	*page
	Rows []settingRow
	Own  string // the Set-Cookie header that this server writes when it saves a session
	Drop string // the one that has the cookie deleted

	Tried  trialForm
	Former *http.Cookie // the trial cookie that the browser may hold; nil for none that is known
	Strays []string     // the names of others that came along
	Trial  *trial       // what became of the one on view; nil for none
	Forgot bool         // on view is that they were deleted
	// Deleted are the headers that did so.
	Deleted []string

	request *http.Request
	now     time.Time
}

// trialForm is what stands in the form.
type trialForm struct {
	Name, Age, Path, SameSite string
	HTTPOnly, Secure          bool
}

// settingsPage lists the settings, and has what became of the trial cookie told once the record is complete.
func (l *Lab) settingsPage(ctx context.Context, p *page) (any, error) {
	end := l.now().Add(l.settings.CookieAge)
	r := requestOf(ctx)
	return &settingsPageData{
		page: p, request: r, now: l.now(), Strays: l.trialsOf(r),
		Rows: l.settingRows(),
		Own:  l.cookie("TOKEN", end, false).String(),
		Drop: l.deletedCookie().String(),
		Tried: trialForm{Name: l.trialName(), Age: "60", Path: settingsLesson.Path, SameSite: "Lax",
			HTTPOnly: true},
	}, nil
}

// draw reads off this request, and off those that led here, what came back of the trial cookie.
func (d *settingsPageData) draw(_ view.Given, _ *xray.Exchange, history []*xray.Exchange) {
	card := d.Card(ofTrial)
	var last *xray.Exchange // that sent a trial cookie, or deleted it
	if card.Run != nil {
		last = card.Run.Record
	}
	if last == nil || len(last.Also) == 0 { // it was refused
		if i := slices.IndexFunc(history, func(x *xray.Exchange) bool { return len(x.Also) > 0 }); i >= 0 {
			last = history[i]
		}
	}
	d.fill(sentTrial(last))
	if card.Run == nil || card.Run.Refused {
		return
	}
	x := card.Run.Record
	if sent := sentTrial(x); sent != nil {
		d.Trial = d.became(x, sent)
		d.judge(card)
		return
	}
	d.Forgot = true
	for _, c := range x.Also {
		d.Deleted = append(d.Deleted, c.String())
	}
	headline := "No trial cookie came with this request."
	if len(d.Strays) > 0 {
		headline = "A trial cookie still came with this request."
	}
	card.Result.Headline = view.Code(headline)
	card.Result.Explain("That was no trial.", "Send the cookie, and see what comes back.")
}

// fill fills in the form: with what was refused, or else with former, the trial cookie that the browser may
// hold; nil for none that is known.
func (d *settingsPageData) fill(former *http.Cookie) {
	if d.Former = former; former != nil {
		d.Tried = fields(former)
		d.Strays = slices.DeleteFunc(d.Strays, func(name string) bool { return name == former.Name })
	}
	if f := d.sent; f != nil {
		d.Tried = trialForm{f.Get("name"), f.Get("age"), f.Get("path"), f.Get("samesite"),
			f.Has("httponly"), f.Has("secure")}
	}
}

// judge judges the card by what came back, which its record alone does not tell.
func (d *settingsPageData) judge(card *shownCard) {
	run, record := *card.Run, *card.Run.Record
	if err := record.SetDetail(ofTrial, d.Trial.came()); err != nil {
		return
	}
	run.Record = &record
	card.Came = card.Observe(run)
	card.Result.Headline = view.Code(d.Trial.Headline)
	switch {
	case card.Judged():
	case d.Trial.Because != "":
		card.Result.Explain(d.Trial.Because, "The question is about a cookie that comes back.")
	case d.Trial.Over:
		card.Result.Explain("Its time is over.", "Send it once more.")
	case d.Trial.unasked():
		card.Result.Explain("Not every address was asked this time.", "Send the requests once more.")
	}
}

// fields are the form as it was filled in for c.
func fields(c *http.Cookie) trialForm {
	f := trialForm{Name: c.Name, Path: c.Path, HTTPOnly: c.HttpOnly, Secure: c.Secure}
	if c.MaxAge > 0 {
		f.Age = strconv.Itoa(c.MaxAge)
	}
	if c.SameSite != 0 {
		f.SameSite = sameSiteName(c.SameSite)
	}
	return f
}

// trySettings sends a second cookie, with the settings that the form asks for. It is
// apart from the session: nothing is stored under its value.
func (l *Lab) trySettings(ctx context.Context, form url.Values) error {
	c, err := l.trialCookie(form)
	if err != nil {
		return err
	}
	earlier := l.earlierTrials(requestOf(ctx), form, c)
	xray.From(ctx).Also = append(earlier, c)
	return nil
}

// forgetTrial deletes the trial cookies that the browser may hold: Max-Age=0, with the
// same name and path.
func (l *Lab) forgetTrial(ctx context.Context, form url.Values) error {
	xray.From(ctx).Also = l.earlierTrials(requestOf(ctx), form, nil)
	return nil
}

var settingsLesson = &Lesson{
	Group: "Browser", Name: "settings", Short: "Settings",
	Title: "The session settings", Call: "SESSION_COOKIE_*",
	Django: `SESSION_COOKIE_NAME = 'shopsession'
SESSION_COOKIE_AGE = 60
SESSION_COOKIE_PATH = '/settings'
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = False
SESSION_COOKIE_SAMESITE = 'Lax'`,
	Funcs: []string{"trySettings"},
	Curl: []string{
		"-s -L -d 'name=shopsession&age=60&path=/settings&samesite=Lax&httponly=on' BASE/settings " +
			`| grep -i '^set-cookie\|^location'`,
	},

	Cards: []Card{{
		ID: ofTrial, Paths: []string{"/settings", "/settings/forget"},
		Ask: "You send a cookie with `Path=/settings`. Which request brings it back?",
		Options: []Option{
			{"every", "Every request to this server"},
			{"under", "Only requests under `/settings`"},
			{"page", "Only the page that set it"},
			{"none", "None: the path must be `/`"},
		},
		Observe: observeTrial,
		Because: "A cookie goes to its `Path`, and to every address under it.",
		Lacking: "The question is about `Path=/settings`. Send a cookie that has it.",
	}},
}

// ofTrial is the card, and whose Detail it is that says where a trial cookie came back.
const ofTrial = "settings"

// observeTrial judges by what really came. That nothing came tells of the path only where the browser would
// have kept the cookie, and while the cookie lived: Detail is there only once the page was asked for.
func observeTrial(r Run) string {
	sent := sentTrial(r.Record)
	var came map[string]bool
	if sent == nil || sent.Path != "/settings" || !r.Record.Detail.Decode(ofTrial, &came) {
		return ""
	}
	_, asked := came["/seen"]
	switch {
	case !asked:
		return ""
	case came["/seen"]:
		return "every"
	case came["/settings/seen"]:
		return "under"
	case came["/settings"]:
		return "page"
	}
	return ""
}
