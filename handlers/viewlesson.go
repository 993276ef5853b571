package handlers

import "sessionlab/handlers/python"

var viewLesson = &Lesson{
	Group: "Whole session", Name: "view", Short: "A view of your own",
	Title: "A view of your own", Call: "def view(request):",
	Curl: []string{
		"--data-urlencode \"code=request.session['n'] = request.session.get('n', 0) + 1\" BASE/view",
		"--data-urlencode \"code=return request.session['n']\" BASE/view",
	},
	Cards: []Card{nestedCard, ownCard},
}

// nestedCard is about nestedView.
var nestedCard = Card{
	ID: "view", Paths: []string{"/view"}, Needs: []Need{needsCart()},
	Ask: "You run this view. What does the next request read in `cart['n']`?",
	Options: []Option{
		{"same", "The old number"},
		{"one", "One more"},
		{"two", "Two more"},
		{"error", "A `KeyError`"},
	},
	Observe: func(r Run) string {
		before, had := cartOf(r.Before)
		after, has := cartOf(r.After)
		switch {
		case r.Path != "/view" || !had || r.Refused:
			return ""
		case !has:
			return "error"
		}
		return map[int]string{0: "same", 1: "one", 2: "two"}[after-before]
	},
	Because: "Lines 3 and 4 changed the dict inside `cart`. The session only sees what you assign to it, so " +
		"`modified` stayed False and nothing was saved.",
	Lacking: "No cart was there to be changed. Store one above, then run it again.",
}

// cartOf is the number in the cart of a session; false where there is none.
func cartOf(values map[string]any) (int, bool) {
	cart, ok := python.Thaw(values["cart"]).(*python.Dict)
	if !ok {
		return 0, false
	}
	v, ok, _ := cart.Get("n") // text is always a key
	n, isInt := python.Int(v)
	return n, ok && isInt
}

// ownCard is about any other view.
var ownCard = Card{
	ID:  "view-own",
	Ask: "You run this view. What becomes of your session in the store?",
	Options: []Option{
		{"saved", "It is saved"},
		{"unmarked", "Nothing: the view does not mark it"},
		{"raised", "Nothing: the view raises an exception"},
		{"gone", "It is deleted"},
	},
	Observe: func(r Run) string {
		switch {
		case r.Path != "/view":
			return ""
		case r.Ended:
			return "gone"
		case r.Saved:
			return "saved"
		case r.Record.Raised:
			return "raised"
		case r.Refused:
			return ""
		}
		return "unmarked"
	},
	Because: "After the view Django looks at `modified`. If it is True, and nothing was raised, the whole " +
		"session is saved. `flush()` deletes at once.",
	Lacking: "It did not run to its end.",
}
