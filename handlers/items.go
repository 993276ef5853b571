package handlers

import (
	"context"
	"fmt"
	"maps"
	"strconv"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// itemsPageData is the data of items.html: what keys(), values() and items() return.
type itemsPageData struct {
	*page
	Keys   string // each as Python writes it
	Values string
	Items  string
	List   []xray.Value
	Loop   []string // what the loop of the notes prints, line by line
}

// itemsPage lists everything in the session, the framework's own entries included.
// SCS's Keys come sorted; Django keeps the order in which the keys were set. What is
// very long is cut, and says so.
func (l *Lab) itemsPage(ctx context.Context, p *page) (any, error) {
	const (
		most    = 16 << 10 // bytes that a call shows
		mostOne = 1 << 10  // of one value
	)
	var keys, values, items, loop []string
	all := map[string]any{}
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
		all[key] = value
	}
	size := 0
	for i, line := range loop {
		if size += len(line); size > most && i > 0 {
			loop = append(loop[:i], fmt.Sprintf("… and %d more", len(loop)-i))
			break
		}
	}
	return itemsPageData{
		page:   p,
		Keys:   "dict_keys([" + python.Join(keys, most) + "])",
		Values: "dict_values([" + python.Join(values, most) + "])",
		Items:  "dict_items([" + python.Join(items, most) + "])",
		List:   xray.Values(all),
		Loop:   loop,
	}, nil
}

var itemsLesson = &Lesson{
	Group: "Whole session", Name: "items", Short: "Items",
	Title: "List everything", Call: "session.items()",
	Django: `request.session.keys()
request.session.values()
request.session.items()

for key, value in request.session.items():
    print(key, value)`,
	Funcs: []string{"itemsPage"},
	Curl:  []string{"BASE/items"},
	Effects: []Effect{
		{Call: "keys() values() items()",
			Values: Cell{"same", "same"}, Row: Cell{"read", "same"},
			Token: Cell{"same", "same"}, Cookie: Cell{"not sent", "same"}},
	},

	Cards: []Card{{
		ID: "items",
		Ask: "You stored one name, called `set_expiry()` and `set_test_cookie()`. How many entries does " +
			"`items()` list?",
		Options: []Option{
			{"1", "One: the name"},
			{"2", "Two: the name and its expiry"},
			{"0", "None: the test cookie lives in the browser, the expiry in the row"},
			{"3", "Three: all of them are in one dictionary"},
		},
		Observe: func(r Run) string {
			_, expiry := r.Before[expiryKey]
			_, test := r.Before[testCookieKey]
			n := entries(maps.Keys(r.Before))
			if r.Path != "/items" || !expiry || !test || n != 3 {
				return "" // not prepared as the question says
			}
			return strconv.Itoa(n)
		},
		Because: "`set_expiry` keeps what it was given under `_session_expiry`, and the test cookie is a " +
			"key called `testcookie`. Both stand beside your own keys.",
	}},
}
