package handlers

import (
	"context"
	"net/url"
)

// A change inside a stored value is no change of the session: neither Django nor SCS looks into it.
// Only storing under a key marks the session as modified.

// cart returns the stored cart itself, not a copy. Without one it returns a new cart, which is not
// stored: session.get('cart', {'n': 1}).
func (l *Lab) cart(ctx context.Context) map[string]int {
	if cart, ok := l.sessions.Get(ctx, "cart").(map[string]int); ok {
		return cart
	}
	return map[string]int{"n": 1}
}

// changeInPlace adds one inside the cart and stops there. The session does not know, so nothing is
// saved. With the field also it stores a second key, and the hidden change is saved along with it.
func (l *Lab) changeInPlace(ctx context.Context, form url.Values) error {
	cart := l.cart(ctx)
	cart["n"]++
	if form.Has("also") {
		l.sessions.Put(ctx, "also", "stored in the same request")
	}
	returns(ctx, cart["n"])
	return nil
}

// changeAndAssign adds one and stores the cart under its key again, which is a change.
func (l *Lab) changeAndAssign(ctx context.Context, _ url.Values) error {
	cart := l.cart(ctx)
	if l.sessions.Exists(ctx, "cart") {
		cart["n"]++
	}
	l.sessions.Put(ctx, "cart", cart)
	returns(ctx, cart["n"])
	return nil
}

// changeAndFlag adds one in place and says so: Django's session.modified = True. SCS has no such
// flag to set; setting the deadline marks the session as modified.
func (l *Lab) changeAndFlag(ctx context.Context, _ url.Values) error {
	cart := l.cart(ctx)
	cart["n"]++
	l.sessions.SetDeadline(ctx, l.sessions.Deadline(ctx))
	returns(ctx, cart["n"])
	return nil
}

// modifiedPageData is the data of modified.html.
type modifiedPageData struct {
	*page
	Cart map[string]int // as stored; nil without one
}

func (l *Lab) modifiedPage(ctx context.Context, p *page) (any, error) {
	stored, _ := l.sessions.Get(ctx, "cart").(map[string]int)
	return modifiedPageData{p, stored}, nil
}

var modifiedQuestions []Question
