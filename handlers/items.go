package handlers

import (
	"context"
	"strconv"
	"strings"

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

	Verdict *verdict // nil without a prediction
}

// itemsPage lists everything in the session, the framework's own entries included. SCS's Keys come
// sorted; Django keeps the order in which the keys were set.
func (l *Lab) itemsPage(ctx context.Context, p *page) (any, error) {
	var keys, values, items, loop []string
	all := map[string]any{}
	for _, key := range l.sessions.Keys(ctx) {
		value := l.sessions.Get(ctx, key)
		keys = append(keys, python.Repr(key))
		values = append(values, python.Repr(value))
		items = append(items, "("+python.Repr(key)+", "+python.Repr(value)+")")
		loop = append(loop, key+" : "+python.Str(value))
		all[key] = value
	}
	return itemsPageData{
		page:    p,
		Keys:    "dict_keys([" + strings.Join(keys, ", ") + "])",
		Values:  "dict_values([" + strings.Join(values, ", ") + "])",
		Items:   "dict_items([" + strings.Join(items, ", ") + "])",
		List:    xray.Values(all),
		Loop:    loop,
		Verdict: l.judge(xray.From(ctx)),
	}, nil
}

var itemsQuestions = []Question{{
	ID:  "items",
	Ask: "You stored one name, called `set_expiry()` and `set_test_cookie()`. How many entries does `items()` list?",
	Options: []Option{
		{"1", "One: the name"},
		{"2", "Two: the name and its expiry"},
		{"0", "None: the test cookie lives in the browser, the expiry in the row"},
		{"3", "Three: all of them are in one dictionary"},
	},
	Observe: func(x *xray.Exchange) string {
		entries := x.Before(strict)
		_, expiry := entries[expiryKey]
		_, test := entries[testCookieKey]
		if x.Path != "/items" || !expiry || !test || len(entries) != 3 {
			return "" // not prepared as the question says
		}
		return strconv.Itoa(len(entries))
	},
	Because: "`set_expiry` keeps what it was given under `_session_expiry`, and the test cookie is a key called `testcookie`. Both stand beside your own keys.",
}}
