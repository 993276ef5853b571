package python

import (
	"regexp"
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

// shell begins a command, as notes have it.
var shell = regexp.MustCompile(`^\s*(\$ |(python3? )?(\./)?manage\.py |curl |pip3? install )`)

// foreign refuses what stands in notes beside Python and is none: a template, or a command.
func (t text) foreign() error {
	for i, line := range t {
		begins := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(begins, "{%") || strings.HasPrefix(begins, "{{ "):
			return t.unknown(i+1, strings.Index(line, "{"), "This is a template, and no view.",
				"The lesson Templates renders the templates of the notes on your session.")
		case shell.MatchString(line):
			return t.unknown(i+1, len(line)-len(strings.TrimLeft(line, " ")),
				"This is a command for a shell, and no view.",
				"What `manage.py clearsessions` does, `request.session.clear_expired()` does in a view.")
		case begins != "":
			return nil
		}
	}
	return nil
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
