package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"sessionlab/handlers/bench"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// newForm makes a form that is to be sent once: its number is in the form and in the session.
func (l *Lab) newForm(ctx context.Context, _ url.Values) error {
	number := rand.Text()[:8]
	l.sessions.Put(ctx, "form", number)
	returns(ctx, number)
	return nil
}

// pay takes the number out of the session. Who has none has sent the form before.
func (l *Lab) pay(ctx context.Context, form url.Values) error {
	scenario.Meet(ctx) // in an experiment the other one has been loaded, too
	kept := l.sessions.PopString(ctx, "form")
	if kept == "" || kept != form.Get("form") {
		return &pageError{status: http.StatusConflict, title: "Already sent",
			text: "The number of this form is not in your session any more: it was sent before.",
			next: "Get a new form."}
	}
	l.sessions.Put(ctx, "paid", l.sessions.GetInt(ctx, "paid")+1)
	return nil
}

// form answers with the number of a new form.
func (a raceApp) form(w http.ResponseWriter, r *http.Request) {
	number := rand.Text()[:8]
	a.sessions.Put(r.Context(), "form", number)
	fmt.Fprint(w, number)
}

// pay takes the number of the form out of the session, and pays if it was there.
func (a raceApp) pay(w http.ResponseWriter, r *http.Request) {
	a.meet(r) // the other request has its copy of the session, too
	kept := a.sessions.PopString(r.Context(), "form")
	if kept == "" || kept != r.FormValue("form") {
		http.Error(w, "sent before", http.StatusConflict)
		return
	}
	a.charge(w, r)
}

// payFlagged also looks for a flag in the session, and sets it.
func (a raceApp) payFlagged(w http.ResponseWriter, r *http.Request) {
	a.meet(r)
	if a.sessions.GetBool(r.Context(), "paid") {
		http.Error(w, "paid before", http.StatusConflict)
		return
	}
	a.sessions.Put(r.Context(), "paid", true)
	a.charge(w, r)
}

// payAfterSaving saves the session as soon as the number is out of it, and pays then.
func (a raceApp) payAfterSaving(w http.ResponseWriter, r *http.Request) {
	a.meet(r)
	kept := a.sessions.PopString(r.Context(), "form")
	_, _, err := a.sessions.Commit(r.Context())
	if err != nil || kept != r.FormValue("form") {
		http.Error(w, "sent before", http.StatusConflict)
		return
	}
	a.charge(w, r)
}

// payUnique leaves it to the database that a form pays once: its number is a unique key
// there.
func (a raceApp) payUnique(w http.ResponseWriter, r *http.Request) {
	a.meet(r)
	const insert = "INSERT INTO payments (form) VALUES (?) ON CONFLICT DO NOTHING"
	rows, err := a.store.Exec(r.Context(), insert, r.FormValue("form"))
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	case rows == 0:
		http.Error(w, "paid before", http.StatusConflict)
	default:
		fmt.Fprint(w, "paid")
	}
}

// charge pays.
func (a raceApp) charge(w http.ResponseWriter, r *http.Request) {
	_, err := a.store.Exec(r.Context(), "INSERT INTO payments (form) VALUES (?)", r.FormValue("form"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprint(w, "paid")
}

// paid answers with how many payments there are.
func (a raceApp) paid(w http.ResponseWriter, r *http.Request) {
	a.answerNumber(w, r, "SELECT count(*) FROM payments")
}

// submitTwice has Browser B send one form twice at once, to the lab and on the bench.
func (l *Lab) submitTwice(s *scene, _ url.Values) error {
	b := s.newB()
	e, err := b.Do("POST /double-submit/form")
	if err != nil {
		return err
	}
	m := scenario.NewMeeting(2, scenario.Longest)
	pay := func() error { _, err := b.DoAt(m, "POST /double-submit/pay", "form", readOf(&e)); return err }
	if err := scenario.Together(pay, pay); err != nil {
		return err
	}
	return s.payOnBench("")
}

// cureSubmit has a browser send one form twice at once on the bench, with a cure.
func (l *Lab) cureSubmit(s *scene, form url.Values) error {
	if err := s.choose(submitCures, form, "pay once"); err != nil {
		return err
	}
	return s.payOnBench(s.ran.Choice)
}

// payOnBench is the same on the bench: get a form, send it twice at once, and count the payments.
func (s *scene) payOnBench(cure string) error {
	return s.onRaceBench(cure == "lock", func(b *bench.Bench, app raceApp) error {
		table := "CREATE TABLE payments (form TEXT)"
		pay := app.pay
		switch cure {
		case "flag":
			pay = app.payFlagged
		case "early":
			pay = app.payAfterSaving
		case "unique":
			pay, table = app.payUnique, "CREATE TABLE payments (form TEXT UNIQUE)"
		}
		if _, err := b.Store.Exec(s, table); err != nil {
			return err
		}
		handle(b, "POST /form", app.form)
		handle(b, "POST /pay", pay)
		handle(b, "GET /paid", app.paid)
		me := b.Browser()
		x, err := me.Do("POST /form")
		if err != nil || x.Returned == nil {
			return err
		}
		fields := []string{"form", *x.Returned}
		if err := twice(me, "POST /pay", fields, fields); err != nil {
			return err
		}
		_, err = me.Do("GET /paid")
		return err
	})
}

var submitCures = []cure{
	{"flag", "A flag in the session", "if session.get('paid'): refuse"},
	{"early", "Save as soon as it is popped", "session.pop('form'); session.save()"},
	{"lock", "One lock for each session", "with lock(key): the whole request"},
	{"unique", "A unique key in the database", "Payment.objects.get_or_create(form=…)"},
}

var doubleSubmitLesson = &Lesson{
	Group: "At the same time", Name: "double-submit", Short: "Double submit",
	Title: "Double submit", Call: "session.pop('form')", Scenes: true, View: noView,
	Django: `if request.session.pop('form', None) != request.POST['form']:
    return HttpResponse('sent before', status=409)
pay()

# what helps: form has unique=True in the model
payment, created = Payment.objects.get_or_create(form=request.POST['form'])
if created:
    pay()`,
	Funcs: []string{"payFlagged", "payAfterSaving", "payUnique"},
	Curl:  []string{"-X POST BASE/double-submit/form", "-d form=1 BASE/double-submit/pay"},
	Cards: []Card{doubleSubmitCard, doubleCureCard},
}

var doubleSubmitCard = Card{
	ID: "double-submit", Title: "One form, sent twice at once", Paths: []string{"/double-submit"},
	Ask: "A form has a number, which `pop` takes out of the session. It is sent twice at once. How often is " +
		"it paid?",
	Options: []Option{
		{"once", "Once: `pop` takes it once"},
		{"twice", "Twice"},
		{"never", "Never: both are refused"},
		{"conflict", "Once, and the second gets 409"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "double-submit")
		pair := exchangesOf(ran.to("/double-submit/pay"))
		if !bothCame(pair) || !bothCame(wentTo(ran.Bench, "/pay")) {
			return ""
		}
		here, native := paidIn(pair), answerTo(ran.Bench, "/paid")
		switch {
		case native != strconv.Itoa(here):
			return "" // the two do not agree
		case here == 2:
			return "twice"
		case here == 0:
			return "never"
		case pair[0].Status == http.StatusConflict || pair[1].Status == http.StatusConflict:
			return "conflict"
		}
		return "once"
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "double-submit")
		if ran == nil {
			return ""
		}
		return fmt.Sprintf("It was paid %s. With SCS by itself: %s payments.",
			times(paidIn(exchangesOf(ran.to("/double-submit/pay")))), answerTo(ran.Bench, "/paid"))
	},
	Because: "Each request popped from its own copy of the session. `pop` is one step in one request, and " +
		"nothing to the other.",
	Lacking: "The two requests did not meet. Run it again.",
}

var doubleCureCard = Card{
	ID: "double-cure", Title: "What makes it once", Paths: []string{"/double-submit/cure"},
	Ask: "Choose a way below. The form is sent twice at once again. Is it paid once?",
	Options: []Option{
		{"helps", "Yes: once"},
		{"twice", "No: twice"},
		{"never", "No: never"},
	},
	Observe: func(r Run) string {
		ran := ranBy(r.Record, "double-cure")
		if ran == nil || !bothCame(wentTo(ran.Bench, "/pay")) {
			return ""
		}
		switch answerTo(ran.Bench, "/paid") {
		case "1":
			return "helps"
		case "2":
			return "twice"
		case "0":
			return "never"
		}
		return ""
	},
	Headline: func(r Run) string {
		ran := ranBy(r.Record, "double-cure")
		if ran == nil {
			return ""
		}
		return fmt.Sprintf("%s: `%s` in the table of payments, after %s.",
			cureNamed(submitCures, ran.Choice).Says, answerTo(ran.Bench, "/paid"), slowest(wentTo(ran.Bench, "/pay")))
	},
	Because: "Each request decides by what it sees. What counts is whether the second can see what the first " +
		"has done: in its own copy it cannot.",
	Lacking: "The two requests did not meet. Run it again.",
	Onward:  "Try the others, too, and look at what each of them takes.",
}

// bothCame reports whether both requests have found the session.
func bothCame(pair []*xray.Exchange) bool {
	return len(pair) == 2 && pair[0].Known && pair[1].Known
}

// paidIn is how many of those requests have paid.
func paidIn(pair []*xray.Exchange) (n int) {
	for _, x := range pair {
		if x.Refused == "" && x.Status < http.StatusBadRequest {
			n++
		}
	}
	return n
}

// times says how often something was.
func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
