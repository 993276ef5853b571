package e2e

import (
	"net/http"
	"testing"
)

func items(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("List everything"))
	l.empty()
	v.run("Store it")
	v.open("/items")
	v.run("Set the expiry")
	v.open("/items")
	v.run("Set the test cookie")
	r := v.saved(map[string]any{"fname": "Aman", "_session_expiry": 400, "testcookie": "worked"})
	v.open("/items")
	ok(t, v.run("List everything"))
	v.says(landed, "fname", "Aman", "_session_expiry", "400", "testcookie", "worked")
	v.unsaved(r)
}

func setDefault(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Call it with 31"))
	v.returns("31")
	r := v.saved(map[string]any{"age": 31})
	ok(t, v.run("Set if absent", "key", "age", "value", "99"))
	v.returns("31")
	v.unsaved(r)
}

func pop(t *testing.T, l *lab, v *visitor) {
	v.allow("status of 404")
	ok(t, v.run("Leave the message"))
	var message string
	for _, r := range l.rows() {
		message, _ = r.values["msg"].(string)
	}
	if message == "" {
		t.Fatal("no message was left")
	}
	v.open("/pop")
	ok(t, v.run("Pop it"))
	v.returns(message)
	r := v.saved(nil)
	ok(t, v.run("Pop it", "default", "nothing"))
	v.returns("nothing")
	v.unsaved(r)
	v.refused(v.run("Pop without a default"), http.StatusNotFound, "KeyError")
	v.unsaved(r)
}

func update(t *testing.T, l *lab, v *visitor) {
	ok(t, v.run("Update all three",
		"key", "fname", "value", "Aman", "key", "lname", "value", "Roy", "key", "city", "value", "Pune"))
	v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "city": "Pune"})
	ok(t, v.run("Update all three",
		"key", "fname", "value", "1", "key", "fname", "value", "2", "key", "fname", "value", "3"))
	v.saved(map[string]any{"fname": "3", "lname": "Roy", "city": "Pune"})
}

func clearLesson(t *testing.T, l *lab, v *visitor) {
	v.open("/update")
	v.run("Update all three")
	first := v.saved(map[string]any{"fname": "Aman", "lname": "Roy", "city": "Pune"})
	v.open("/clear")
	ok(t, v.run("Clear the session"))
	r := v.saved(nil)
	if r.token != first.token {
		t.Error("the token has changed")
	}
	ok(t, v.run("Clear the session")) // saved even if it is empty
	if again := v.saved(nil); !again.deadline.After(r.deadline) {
		t.Error("clearing an empty session did not save it")
	}
}
