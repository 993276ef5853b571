package handlers

import (
	"net/http"
	"strings"
	"testing"
)

func TestSet(t *testing.T) {
	t.Parallel()
	lab := newLab(t)
	for _, tt := range []struct {
		name, value, kind string
		want              any
		typeName          string
	}{
		{"text by default", "Aman", "", "Aman", "string"},
		{"an int", "31", "int", 31.0, "int"},
		{"a float", "3.5", "float", 3.5, "float"},
		{"a bool", "True", "bool", true, "bool"},
		{"a time", "2026-11-22T14:30:00Z", "time", "2026-11-22T14:30:00Z", "time"},
		{"empty text", "", "string", "", "string"},
		{"text that looks like HTML", "<b>Aman</b>", "string", "<b>Aman</b>", "string"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := lab.in(t).visitor()
			page := v.run("/set", "key", "k", "value", tt.value, "type", tt.kind)
			if page.Status != http.StatusOK || strings.Contains(page.Body, "<b>Aman</b>") {
				t.Errorf("page = %d, or its values are not escaped", page.Status)
			}
			got := v.internals().Session.Values
			if len(got) != 1 || got[0].Key != "k" || got[0].Type != tt.typeName || got[0].Value != tt.want {
				t.Errorf("values = %+v, want k: %s %v", got, tt.typeName, tt.want)
			}
		})
	}
}
