package e2e

import (
	"net/http"
	"reflect"
	"testing"
	"time"
)

func flow(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Read x", "predict", "None, and no cookie is sent"))
	v.returns("None")
	v.says(landed, "Correct.", "There is none, so there is nothing to fetch.")
	l.empty()
	v.noCookie()

	ok(t, v.run("Store x = 1", "predict", "A cookie with a new session ID, and no value"))
	r := v.saved(map[string]any{"x": "1"})
	v.says(landed, "Correct.", "Your row is written")
	v.says("[data-card=flow]", "It returned None", "as you predicted")

	ok(t, v.run("Read x again", "predict", "The row again, with a later end"))
	v.returns("1")
	v.unsaved(r)
	v.says(landed, "Not this time.", "The ID exists")
	v.says("[data-card=flow]", "It returned None", "as you predicted")

	ok(t, v.run("Let Browser B come", "predict", "Nothing, and no cookie"))
	v.says(landed, "Correct.", "B now reads 2, and you read 1.", "was not touched")
	if rows := l.rows(); len(rows) != 2 || !reflect.DeepEqual(rows[v.cookie().Value], r) {
		t.Errorf("%d rows, and the visitor's is %v, before Browser B came %v", len(rows), rows[r.token], r)
	}
	v.says("[data-card=flow]", "It returned None", "as you predicted")
}

func set(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 400")
	l.empty()
	v.noCookie()
	v.says("#xray", "No session")
	ok(t, v.run("Set it", "key", "fname", "value", "Aman",
		"predict", "An ID is made, because there was none"))
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
		"list": {`["a", "b"]`, []string{"a", "b"}},
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
	ok(t, v.run("session.get(…)"))
	v.returns("None")
	l.empty()
	v.noCookie()
	v.refused(v.run("session[…]", "predict", "A KeyError"), http.StatusNotFound, "KeyError")
	v.says(landed, "Correct.")

	ok(t, v.press("[data-card=get-absent] .needs button"))
	r := v.saved(map[string]any{"fname": "Aman"})
	ok(t, v.run("Get it", "key", "fname", "default", "Guest",
		"predict", "What was there before, and nothing more"))
	v.returns("Aman")
	v.says(landed, "Correct.")
	v.unsaved(r)
}

func modified(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Store a cart"))
	r := v.saved(map[string]any{"cart": map[string]int{"n": 1}})
	ok(t, v.run("Change in place", "predict", "The old number"))
	v.returns("2")
	v.says(landed, "Correct.", "It read cart = {'n': 1}")
	v.unsaved(r)
	v.forget()
	ok(t, v.press("main button[name=also]"))
	v.returns("2")
	v.says(landed, "Not this time.", "It read cart = {'n': 2}")
	v.saved(map[string]any{"cart": map[string]int{"n": 2}, "also": "stored in the same request"})
	ok(t, v.run("Change and flag"))
	v.returns("3")
	v.saved(map[string]any{"cart": map[string]int{"n": 3}, "also": "stored in the same request"})
	ok(t, v.run("Assign the cart"))
	v.returns("4")
	v.saved(map[string]any{"cart": map[string]int{"n": 4}, "also": "stored in the same request"})
}

func deleteLesson(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Set lname to Roy"))
	first := v.saved(map[string]any{"lname": "Roy"})
	ok(t, v.run("Delete the key", "key", "lname"))
	r := v.saved(nil)
	if r.token != first.token {
		t.Error("the token has changed")
	}
	v.says(landed, "lname")
	v.refused(v.run("Delete it once more", "predict", "It raises KeyError"), http.StatusNotFound,
		"KeyError: 'lname'")
	v.says(landed, "Correct.")
	v.unsaved(r)
}
