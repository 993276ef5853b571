package handlers

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"sessionlab/handlers/xray"
)

// itemsPageData is the data of items.html: what keys(), values() and items() return.
type itemsPageData struct {
	*page
	Keys   string // each as Python writes it
	Values string
	Items  string
	List   []xray.Value

	Verdict *verdict // nil without a prediction
}

// itemsPage lists everything in the session, the framework's own entries included. SCS's Keys come
// sorted; Django keeps the order in which the keys were set.
func (l *Lab) itemsPage(ctx context.Context, p *page) (any, error) {
	var keys, values, items []string
	all := map[string]any{}
	for _, key := range l.sessions.Keys(ctx) {
		value := l.sessions.Get(ctx, key)
		keys = append(keys, pythonRepr(key))
		values = append(values, pythonRepr(value))
		items = append(items, "("+pythonRepr(key)+", "+pythonRepr(value)+")")
		all[key] = value
	}
	return itemsPageData{
		page:    p,
		Keys:    "dict_keys([" + strings.Join(keys, ", ") + "])",
		Values:  "dict_values([" + strings.Join(values, ", ") + "])",
		Items:   "dict_items([" + strings.Join(items, ", ") + "])",
		List:    xray.Values(all),
		Verdict: l.judge(xray.From(ctx)),
	}, nil
}

// pythonRepr writes a value as Python's repr would. A time, which Django's JSON could not keep at
// all, is written as RFC 3339.
func pythonRepr(value any) string {
	switch v := value.(type) {
	case string:
		return pythonEscapes.Replace(pythonString(v))
	case float64:
		return pythonFloat(v)
	case []string:
		list := make([]string, len(v))
		for i, s := range v {
			list[i] = pythonRepr(s)
		}
		return "[" + strings.Join(list, ", ") + "]"
	case map[string]int:
		var entries []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			entries = append(entries, fmt.Sprintf("%s: %d", pythonRepr(key), v[key]))
		}
		return "{" + strings.Join(entries, ", ") + "}"
	}
	return pythonText(value)
}

// pythonFloat writes 3 as 3.0, and uses an exponent where Python does: below 0.0001 and from 1e16 on.
func pythonFloat(f float64) string {
	size := math.Abs(f)
	switch {
	case math.IsInf(f, 0) || math.IsNaN(f):
		return strings.ToLower(strings.TrimPrefix(fmt.Sprint(f), "+"))
	case size != 0 && size < 1e-4 || size >= 1e16:
		return strconv.FormatFloat(f, 'e', -1, 64)
	case f == math.Trunc(f):
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// pythonEscapes are the line breaks and tabs that Python's repr does not print as they are.
var pythonEscapes = strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`)

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
