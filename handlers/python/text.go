package python

import (
	"strings"
	"unicode/utf8"
)

// text is a source, line by line.
type text []string

// unknown is an [Unknown] at a line, from 1, and a column, in bytes from 0.
func (t text) unknown(line, column int, says, instead string) *Unknown {
	line = min(max(line, 1), len(t))
	whole := t[line-1]
	before := whole[:min(max(column, 0), len(whole))]
	return &Unknown{Line: line, Column: utf8.RuneCountInString(before) + 1, Says: says, Instead: instead,
		Text: clip(whole, 2*MaxShown)}
}

// line is a line without the space around it, bounded, for a traceback.
func (t text) line(n int) string {
	if n < 1 || n > len(t) {
		return ""
	}
	return clip(strings.TrimSpace(t[n-1]), 2*MaxShown)
}

// clip cuts a text to most characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for i := range s {
		if most--; most < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
