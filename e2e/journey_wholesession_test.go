package e2e

import (
	"net/http"
	"testing"
)

func items(t *testing.T, l *lab, v *visitor) {
	l.empty()
	v.says("main", "dict_items([])")
	ok(t, v.run("Run the four lines", "predict", "Only the name: it is all that you stored"))
	v.returns("dict_items([('_session_expiry', 400), ('fname', 'Aman'), ('testcookie', 'worked')])")
	v.says(landed, "Not this time.", "set_expiry()", "set_test_cookie()")
	v.saved(map[string]any{"fname": "Aman", "_session_expiry": 400, "testcookie": "worked"})
	ok(t, v.open("/items"))
	v.says("main", "dict_keys(['_session_expiry', 'fname', 'testcookie'])")
}

func setDefault(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Call it with 31"))
	v.says(landed, "It is 31.")
	r := v.saved(map[string]any{"age": 31})
	ok(t, v.run("Set if absent", "predict", "99, and 99 is saved", "key", "age", "value", "99"))
	v.returns("31")
	v.says(landed, "Not this time.")
	v.unsaved(r)
}

func pop(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Leave the message"))
	v.saved(map[string]any{"msg": "Profile saved"})
	ok(t, v.run("Pop it", "predict", "The default, and nothing is saved", "default", "nothing"))
	v.returns("Profile saved")
	v.says(landed+" [data-verdict]", "now press it again")
	r := v.saved(nil)
	ok(t, v.run("Pop it once more", "default", "nothing"))
	v.returns("nothing")
	v.says(landed, "Correct.")
	v.unsaved(r)
	status := v.run("Pop without a default", "predict", "It raises KeyError")
	v.refused(status, http.StatusNotFound, "KeyError: 'msg'")
	v.says(landed, "Correct.")
	v.unsaved(r)
}

func update(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 400")
	ok(t, v.run("Update all three", "predict", "Once, with all three",
		"key", "fname", "value", "Aman", "key", "lname", "value", "Roy", "key", "city", "value", "Pune"))
	v.says(landed, "Correct.", "Written to the store in this request: 1 time.")
	v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "city": "Pune"})
	ok(t, v.run("Update all three",
		"key", "fname", "value", "1", "key", "fname", "value", "2", "key", "fname", "value", "3"))
	v.saved(map[string]any{"fname": "3", "lname": "Roy", "city": "Pune"})
	ok(t, v.run("Update these two", "predict", "It stays as it is"))
	v.says(landed, "Correct.")
	r := v.saved(map[string]any{"fname": "Amy", "lname": "Roy", "city": "Pune", "age": 32})
	v.refused(v.run("Update these two", "value", "Eve", "value", "old"), http.StatusBadRequest, "Wrong type")
	v.unsaved(r)
}

func clearLesson(t *testing.T, l *lab, v *visitor) {
	v.open("/update")
	v.run("Update all three")
	first := v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "city": "Pune"})
	v.open("/clear")
	ok(t, v.run("Clear the session", "predict", "The session itself, now empty"))
	v.says(landed, "Correct.")
	r := v.saved(nil)
	if r.token != first.token {
		t.Error("the token has changed")
	}
	ok(t, v.run("Clear the session")) // saved even if it is empty
	if again := v.saved(nil); !again.deadline.After(r.deadline) {
		t.Error("clearing an empty session did not save it")
	}
	ok(t, v.run("Call set_expiry(60)"))
	v.saved(map[string]any{"_session_expiry": 60})
	ok(t, v.run("Clear it, with its expiry", "predict", "60 seconds, counted from now"))
	v.says(landed, "Not this time.")
	v.saved(nil)
}
