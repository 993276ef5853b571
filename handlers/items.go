package handlers

import (
	"context"
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
}

// itemsPage lists everything in the session, the framework's own entries included. SCS's Keys come
// sorted; Django keeps the order in which the keys were set.
func (l *Lab) itemsPage(ctx context.Context, p *page) (any, error) {
	var keys, values, items []string
	all := map[string]any{}
	for _, key := range l.sessions.Keys(ctx) {
		value := l.sessions.Get(ctx, key)
		keys = append(keys, pythonString(key))
		values = append(values, pythonRepr(value))
		items = append(items, "("+pythonString(key)+", "+pythonRepr(value)+")")
		all[key] = value
	}
	return itemsPageData{
		page:   p,
		Keys:   "dict_keys([" + strings.Join(keys, ", ") + "])",
		Values: "dict_values([" + strings.Join(values, ", ") + "])",
		Items:  "dict_items([" + strings.Join(items, ", ") + "])",
		List:   xray.Values(all),
	}, nil
}

// pythonRepr writes a value as Python's repr would.
func pythonRepr(value any) string {
	if s, ok := value.(string); ok {
		return pythonString(s)
	}
	return pythonText(value)
}

var itemsQuestions []Question
