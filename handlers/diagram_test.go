package handlers

import (
	"strings"
	"testing"
)

// TestBacktick: in a key it is a character, and no mark of code.
func TestBacktick(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	const shown = "<code>a`&lt;i&gt;`b</code>"
	if a := v.run("/set", "key", "a`<i>`b", "value", "v"); !strings.Contains(a.Body, shown+" is stored.") {
		t.Errorf("the headline does not show the key as %s", shown)
	}
	a := v.post("/pop", "key", "no`<i>`ne")
	if !strings.Contains(a.Body, "<code>no`&lt;i&gt;`ne</code>. In Django") {
		t.Error("the page of the KeyError does not show the key")
	}
}
