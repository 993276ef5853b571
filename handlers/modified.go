package handlers

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"sessionlab/handlers/python"
	"sessionlab/handlers/view"
)

// A change inside a stored value is no change of the session: neither Django nor SCS looks into it.
// Only storing under a key, removing one or setting a flag marks the session as modified.

// cart is Django's session.get('cart', {'n': 0}): the stored cart itself, not a copy,
// or a new one that is not stored.
func (l *Lab) cart(ctx context.Context) map[string]int {
	if cart, ok := l.sessions.Get(ctx, "cart").(map[string]int); ok {
		return cart
	}
	return map[string]int{"n": 0}
}

// changeInPlace adds one inside the cart and stops there. The session does not know, so
// nothing is saved. With the field also it stores a second key, and the hidden change
// is saved along with it.
func (l *Lab) changeInPlace(ctx context.Context, form url.Values) error {
	cart := l.cart(ctx)
	cart["n"]++
	if form.Has("also") {
		l.sessions.Put(ctx, "also", "stored in the same request")
	}
	returns(ctx, cart["n"])
	return nil
}

// changeAndAssign adds one and stores the cart under its key again, which marks the
// session.
func (l *Lab) changeAndAssign(ctx context.Context, _ url.Values) error {
	cart := l.cart(ctx)
	cart["n"]++
	l.sessions.Put(ctx, "cart", cart)
	returns(ctx, cart["n"])
	return nil
}

// changeAndFlag adds one in place and says so.
func (l *Lab) changeAndFlag(ctx context.Context, _ url.Values) error {
	cart := l.cart(ctx)
	cart["n"]++
	l.markModified(ctx)
	returns(ctx, cart["n"])
	return nil
}

// markModified is Django's session.modified = True. SCS has no such flag to set;
// setting the deadline, which save does anyway, marks the session as modified.
func (l *Lab) markModified(ctx context.Context) {
	l.sessions.SetDeadline(ctx, l.expiryDate(ctx))
}

// modifiedPageData is the data of modified.html.
type modifiedPageData struct {
	*page
	Cart map[string]int // as this request reads it; nil without one
}

func (l *Lab) modifiedPage(ctx context.Context, p *page) (any, error) {
	stored, _ := l.sessions.Get(ctx, "cart").(map[string]int)
	return modifiedPageData{p, stored}, nil
}

// CartText is the stored cart as Python writes it.
func (d modifiedPageData) CartText() string { return python.Str(d.Cart) }

// Next reports whether this request is the one after the run on view, and has a cart to show.
func (d modifiedPageData) Next() bool {
	return d.Cart != nil && d.shown.Card == "modified" && !d.shown.Prepares
}

// Pressed is the button of the last run: where it sent the form, or "also" for the one that goes to the same
// place as another and has the session saved.
func (d modifiedPageData) Pressed() string {
	run := d.Card("modified").Run
	switch {
	case run == nil:
		return ""
	case run.Path == "/modified/in-place" && run.Saved:
		return "also"
	}
	return run.Path
}

var modifiedLesson = &Lesson{
	Group: "Basics", Name: "modified", Short: "Modified",
	Title: "What counts as a change", Call: "session.modified",
	Django: `cart = request.session.get('cart', {'n': 0})
cart['n'] += 1                     # not saved
request.session['cart'] = cart     # saved
request.session.modified = True    # saved too`,
	Funcs: []string{"changeInPlace", "changeAndAssign", "changeAndFlag", "markModified",
		"cart"},
	Curl: []string{
		"-X POST BASE/modified/assign",
		"-X POST BASE/modified/in-place",
		"-d also=1 BASE/modified/in-place",
		"-X POST BASE/modified/flag",
	},

	Cards: []Card{{
		ID: "modified", LandsAtRun: true, Needs: []Need{needsCart()},
		Paths: []string{"/modified/in-place", "/modified/assign", "/modified/flag"},
		Ask:   "Choose a button. It adds 1 to `n`. What does the next request read?",
		Options: []Option{
			{"new", "The new number"},
			{"error", "Nothing: this request ends in an error"},
			{"none", "No cart at all"},
			{"old", "The old number"},
		},
		Observe: func(r Run) string {
			if !strings.HasPrefix(r.Path, "/modified/") {
				return ""
			}
			_, had := r.Before["cart"].(map[string]int)
			cart, stored := r.After["cart"].(map[string]int)
			switch {
			case r.Refused:
				return "error"
			case r.Returned == nil || !had:
				return ""
			case !stored:
				return "none"
			case strconv.Itoa(cart["n"]) == *r.Returned:
				return "new"
			}
			return "old"
		},
		Because: "A session watches its keys, not what is inside their values. Storing under a key marks it, " +
			"and so does the flag. Once it is marked, all of it is saved.",
		Lacking: "No cart was there to be changed. Store one, then press a button again.",
		Onward:  "Or press another button, and compare.",
	}},
}

// needsCart is the need of a cart to change.
func needsCart() Need {
	return Need{
		What: "a session with a `cart`.",
		State: func(now Now) (string, bool) {
			if cart, ok := now.Values["cart"].(map[string]int); ok {
				return "It is " + view.Quote(python.Str(cart)) + ".", true
			}
			return now.holds(), false
		},
		Prepare: Prepare{To: "/modified/assign", Button: "Store a cart"},
	}
}
