package handlers

import (
	"context"
	"fmt"
	"maps"
	"net/url"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// itemsPageData is the data of items.html: what keys(), values() and items() return.
type itemsPageData struct {
	*page
	listing
	List []xray.Value
}

// listing is what a session lists, each call's answer as Python writes it.
type listing struct {
	Keys, Values, Items string
	Loop                []string // what the loop of the notes prints, line by line
}

// itemsPage lists what is in the session whenever the page is opened. It only reads.
func (l *Lab) itemsPage(ctx context.Context, p *page) (any, error) {
	return itemsPageData{page: p, listing: l.list(ctx), List: xray.Values(maps.Collect(l.values(ctx)))}, nil
}

// Kept are the entries that the card's last run left; none before the first.
func (d itemsPageData) Kept() []xray.Value {
	if run := d.Card("items").Run; run != nil {
		return xray.Values(run.After)
	}
	return nil
}

// list is everything in the session, the framework's own entries included. SCS's Keys
// come sorted; Django keeps the order in which the keys were set. What is very long is
// cut, and says so.
func (l *Lab) list(ctx context.Context) listing {
	const (
		most    = 16 << 10 // bytes that a call shows
		mostOne = 1 << 10  // of one value
	)
	var keys, values, items, loop []string
	for _, key := range l.sessions.Keys(ctx) {
		value := l.sessions.Get(ctx, key)
		text := python.Brief(value, mostOne)
		keys = append(keys, python.Repr(key))
		values = append(values, text)
		items = append(items, "("+python.Repr(key)+", "+text+")")
		if s, ok := value.(string); ok && len(s) <= mostOne {
			text = s // print shows text without quotes
		}
		loop = append(loop, key+" : "+text)
	}
	size := 0
	for i, line := range loop {
		if size += len(line); size > most && i > 0 {
			loop = append(loop[:i], fmt.Sprintf("… and %d more", len(loop)-i))
			break
		}
	}
	return listing{
		Keys:   "dict_keys([" + python.Join(keys, most) + "])",
		Values: "dict_values([" + python.Join(values, most) + "])",
		Items:  "dict_items([" + python.Join(items, most) + "])",
		Loop:   loop,
	}
}

// storeAndList is a view of four lines: it stores a name, gives the session an expiry
// of its own, sets the test cookie, and then asks for items().
func (l *Lab) storeAndList(ctx context.Context, form url.Values) error {
	l.sessions.Put(ctx, "fname", "Aman")
	if err := l.setExpiry(ctx, url.Values{"seconds": {"400"}}); err != nil {
		return err
	}
	if err := l.setTestCookie(ctx, form); err != nil {
		return err
	}
	returns(ctx, l.list(ctx).Items)
	return nil
}

var itemsLesson = &Lesson{
	Group: "Whole session", Name: "items", Short: "Items",
	Title: "List everything", Call: "session.items()",
	Django: `request.session.keys()
request.session.values()
request.session.items()

for key, value in request.session.items():
    print(key, value)`,
	Funcs: []string{"storeAndList", "list"},
	Curl:  []string{"BASE/items", "-X POST BASE/items/store"},
	Effects: []Effect{
		{Call: "keys() values() items()",
			Values: Cell{"same", "same"}, Row: Cell{"read", "same"},
			Token: Cell{"same", "same"}, Cookie: Cell{"not sent", "same"}},
	},

	Cards: []Card{{
		ID: "items", Paths: []string{"/items/store"},
		Ask: "A view runs four lines. Which of the first three does `items()` list?",
		Options: []Option{
			{"name", "Only the name: it is all that you stored"},
			{"expiry", "The name and the expiry"},
			{"test", "The name and the test cookie"},
			{"all", "All three"},
		},
		Observe: func(r Run) string {
			if r.Path != "/items/store" || !r.Saved {
				return ""
			}
			_, expiry := r.After[expiryKey]
			_, test := r.After[testCookieKey]
			switch {
			case expiry && test:
				return "all"
			case expiry:
				return "expiry"
			case test:
				return "test"
			}
			return "name"
		},
		Because: "`set_expiry` keeps what it was given as `_session_expiry`, and the test cookie is a key " +
			"named `testcookie`. Both stand beside your own keys.",
		Onward: "`items()` in a template lists them too: show one key, not all.",
	}},
}
