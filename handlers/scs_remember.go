package handlers

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/xray"
)

// logIn stores the user, and whether the cookie is to outlive the browser, as the box
// of the form says: yes, no, or nothing at all.
func (a scsApp) logIn(_ http.ResponseWriter, r *http.Request) {
	a.sessions.Put(r.Context(), "user", "aman")
	if box := r.FormValue("remember"); box != "" {
		a.sessions.RememberMe(r.Context(), box == "yes")
	}
}

// clearAndPut empties the session, as a login may do, and stores the user again.
func (a scsApp) clearAndPut(w http.ResponseWriter, r *http.Request) {
	keys := a.sessions.Keys(r.Context())
	a.sessions.Clear(r.Context())
	a.sessions.Put(r.Context(), "user", "aman")
	says(w, "Keys, before Clear", keys)
}

// tryRemember logs in with all six combinations.
func (l *Lab) tryRemember(ctx context.Context, _ url.Values) error {
	return onBench(ctx, "scs-remember", func(b *bench.Bench, ran *scsRan) error {
		ran.About = 3
		app := newSCSApp(b)
		handle(b, "POST /login", app.logIn)
		handle(b, "POST /clear", app.clearAndPut)
		var remembered *bench.Browser
		for _, persist := range []bool{true, false} {
			b.Sessions.Cookie.Persist = persist
			for _, box := range []string{"", "yes", "no"} {
				browser := b.Browser()
				if box == "yes" {
					remembered = browser
				}
				x, err := browser.Do("POST /login", "remember", box)
				if err != nil {
					return err
				}
				ran.note(fmt.Sprintf("Persist %t, %s", persist, rememberCall(box)), "%s", cookieLife(x))
			}
		}
		x, err := remembered.Do("POST /clear")
		if err != nil {
			return err
		}
		ran.read(x)
		ran.note("Persist false, RememberMe(true), then Clear", "%s", cookieLife(x))
		return nil
	})
}

func rememberCall(box string) string {
	return map[string]string{"": "no call", "yes": "RememberMe(true)", "no": "RememberMe(false)"}[box]
}

// cookieLife says how long a browser keeps the cookie that it got.
func cookieLife(x *xray.Exchange) string {
	switch c := x.SetCookie; {
	case c == nil:
		return "no cookie"
	case c.MaxAge > 0:
		return "Max-Age of " + wait(c.MaxAge*int(time.Second)).String()
	}
	return "no Max-Age"
}

// rememberFalse is the combination that the question is about.
const rememberFalse = "Persist true, RememberMe(false)"

var scsRememberLesson = &Lesson{
	Group: "In SCS", Name: "scs-remember", Short: "Remember me",
	Title: "Remember me, and Persist", Call: "RememberMe",
	Django: `if form.cleaned_data['remember']:
    request.session.set_expiry(1209600)  # two weeks
else:
    request.session.set_expiry(0)        # until the browser closes`,
	Funcs: []string{"logIn", "clearAndPut"},
	Curl:  []string{"-L -d card=scs-remember BASE/scs-remember | grep -o '<output.*/output>'"},
	Cards: []Card{{
		ID: "scs-remember", Paths: []string{"/scs-remember"},
		Ask: "`Cookie.Persist` is true, as SCS has it by default. A login calls `RememberMe(ctx, false)`. " +
			"Which cookie goes out?",
		Options: []Option{
			{"session", "One without `Max-Age`: it ends with the browser"},
			{"max-age", "One with `Max-Age`: the call changes nothing"},
			{"none", "No cookie"},
			{"error", "None: the call fails"},
		},
		Observe: func(r Run) string {
			ran := ranSCS(r.Record, "scs-remember")
			switch came := ran.came(rememberFalse); {
			case ran == nil:
				return ""
			case ran.died():
				return "error"
			case came == "no Max-Age":
				return "session"
			case strings.HasPrefix(came, "Max-Age"):
				return "max-age"
			}
			return "none"
		},
		Headline: func(r Run) string {
			ran := ranSCS(r.Record, "scs-remember")
			if ran == nil {
				return ""
			}
			return "The cookie has " + ran.came(rememberFalse) + "."
		},
		Because: "SCS sends `Max-Age` where `Persist` is true, or the session is to be remembered. So the " +
			"call counts only where `Persist` is false.",
		Onward: "For a box on the login form: `Persist = false`, and `RememberMe`.",
	}},
}
