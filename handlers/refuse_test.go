package handlers

import (
	"errors"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"sessionlab/handlers/engine"
)

// TestErrorPageSendsAgain: what was typed is not lost with a request that would be taken a moment later.
// Where it would be refused again, and where it may have been done, there is nothing to press.
func TestErrorPageSendsAgain(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	sound := tl.engine.Engine
	v := tl.visitor()
	const value = `<"Aman">`
	form := []string{"key", "fname", "value", value, "card", "set", "predict", "set:new"}
	again := regexp.MustCompile(`(?s)<form method="post" action="/set#set">.*?Send it again</button></form>`)
	field := regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
	for _, tt := range []struct {
		err   error
		form  []string
		again bool
	}{
		{engine.ErrBusy, form, true}, {engine.ErrEnded, form, true}, {engine.ErrFull, form, true},
		{errors.New("broken"), form, true}, {engine.ErrTooLarge, form, false},
		{fmt.Errorf("%w: %w", engine.ErrUnavailable, engine.ErrUnsure), form, false},
		{engine.ErrBusy, append(form, "value", strings.Repeat("v", 17<<10)), false},
	} {
		tl.useEngine(faulty{sound, tt.err})
		found := again.FindString(v.post("/set", tt.form...).Body)
		if (found != "") != tt.again {
			t.Errorf("%v: the form that sends it again is %q, want one: %v", tt.err, found, tt.again)
		}
		if !tt.again {
			continue
		}
		var sent []string
		for _, m := range field.FindAllStringSubmatch(found, -1) {
			sent = append(sent, m[1], html.UnescapeString(m[2]))
		}
		tl.useEngine(sound)
		if page := v.run("/set", sent...); v.values()["fname"] != value ||
			!strings.Contains(page.Body, "Correct.") {
			t.Errorf("%v: sent again, the session holds %v", tt.err, v.values())
		}
		v.post("/flush")
	}
}
