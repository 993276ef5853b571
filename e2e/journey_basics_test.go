package e2e

import (
	"net/http"
	"testing"
	"time"
)

func flow(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Read x"))
	v.returns("None")
	l.empty()
	v.noCookie()

	ok(t, v.run("Store x = 1"))
	r := v.saved(map[string]any{"x": "1"})
	v.open("/flow")
	ok(t, v.run("Read x"))
	v.returns("1")
	v.unsaved(r)
	v.says("main", "The ID exists")
}

func set(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 400")
	l.empty()
	v.noCookie()
	v.says("#xray", "No session")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman",
		"predict", "A token is made, because there was none"))
	r := v.saved(map[string]any{"fname": "Aman"})
	v.says(landed, "fname", "Correct.")
	v.says("#xray", "fname", "Aman", "inserted", r.token[:4]+"…"+r.token[len(r.token)-4:])
	if _, sent := v.posted(); sent != "" {
		t.Errorf("the first POST came with a cookie: %s", sent)
	}

	// The second write: the same token, which the browser has sent back.
	ok(t, v.run("Set it", "key", "lname", "value", "Roy", "predict", "The value is added to it"))
	second := v.saved(map[string]any{"fname": "Aman", "lname": "Roy"})
	v.says(landed, "lname", "Not this time.")
	if _, sent := v.posted(); second.token != r.token || sent != "sessionname="+r.token {
		t.Errorf("the token went from %s to %s, and the browser sent %s", r.token, second.token, sent)
	}
	if !second.deadline.After(r.deadline) {
		t.Errorf("the write did not move the expiry from %s", r.deadline)
	}

	for kind, want := range map[string]struct {
		text  string
		value any
	}{
		"int": {"31", 31}, "float": {"0.5", 0.5}, "bool": {"true", true},
		"time": {"2026-01-31T12:00:00Z", time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)},
	} {
		ok(t, v.run("Set it", "key", "typed", "value", want.text, "type", kind))
		v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "typed": want.value})
		v.says("#xray", "typed", kind)
	}

	before := l.rows()[r.token]
	status := v.run("Set it", "key", "_session_expiry", "value", "1", "type", "string")
	v.refused(status, http.StatusBadRequest, "Reserved key")
	v.unsaved(before)
}

func getLesson(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Get it", "key", "fname", "default", "Guest"))
	v.returns("Guest")
	ok(t, v.run("Get it plain"))
	v.returns("None")
	l.empty()
	v.noCookie()
	v.refused(v.run("Use brackets"), http.StatusNotFound, "KeyError")

	v.open("/set")
	v.run("Set it", "key", "fname", "value", "Aman")
	r := v.saved(map[string]any{"fname": "Aman"})
	v.open("/get")
	ok(t, v.run("Get it", "key", "fname", "default", "Guest",
		"predict", "What it held before, and nothing more"))
	v.returns("Aman")
	v.says(landed, "Correct.")
	v.unsaved(r)
}

func modified(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Assign the cart"))
	r := v.saved(map[string]any{"cart": map[string]int{"n": 1}})
	ok(t, v.run("Change in place"))
	v.returns("2")
	v.unsaved(r)
	v.forget()
	ok(t, v.press("main button[name=also]"))
	v.returns("2")
	v.saved(map[string]any{"cart": map[string]int{"n": 2}, "also": "stored in the same request"})
	ok(t, v.run("Change and flag"))
	v.returns("3")
	v.saved(map[string]any{"cart": map[string]int{"n": 3}, "also": "stored in the same request"})
}

func deleteLesson(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Set lname to Roy"))
	first := v.saved(map[string]any{"lname": "Roy"})
	v.open("/delete")
	ok(t, v.run("Delete the key", "key", "lname"))
	r := v.saved(nil)
	if r.token != first.token {
		t.Error("the token has changed")
	}
	v.says(landed, "lname")
	v.refused(v.run("Delete the key", "key", "lname"), http.StatusNotFound, "KeyError: 'lname'")
	v.unsaved(r)
}
