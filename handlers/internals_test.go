package handlers

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestInternalsContract: every field by name and type, as the contract has them.
func TestInternalsContract(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	for _, f := range [][3]string{{"s", "text", "string"}, {"i", "31", "int"}, {"f", "1.5", "float"},
		{"b", "true", "bool"},
		{"t", "2026-11-22T14:30:00Z", "time"}, {"l", "a,b", "list"}} {
		v.run("/set", "key", f[0], "value", f[1], "type", f[2])
	}
	v.run("/test-cookie/set")
	v.run("/expiry", "seconds", "600")
	a := v.get("/internals.json")
	if a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("Content-Type = %q", a.Header.Get("Content-Type"))
	}
	row := tl.raw()[0]
	token := v.token()
	end := now.Add(600 * time.Second)
	got := decodeJSON(t, a.Body)
	expiry, julian := takeTime(t, got, "row", "expiry"), take(t, got, "row", "expiry_julian").(float64)
	if !near(expiry, end) || julian != row.julian {
		t.Errorf("row ends at %v (%v), want %v (%v)", expiry, julian, end, row.julian)
	}
	if date := takeTime(t, got, "session", "expiry_date"); !date.Equal(end) {
		t.Errorf("expiry_date = %v, want %v", date, end)
	}
	want := decodeJSON(t, fmt.Sprintf(`{
		"engine": "sqlite",
		"cookie": {"name": "sessionname", "received": true, "token": %q},
		"session": {"exists": true, "token": %[1]q, "is_empty": false, "test_cookie_worked": true,
			"expiry_age": 600,
			"expire_at_browser_close": false, "cookie_age": 400, "values": [
			{"key": "_session_expiry", "type": "int", "value": 600},
			{"key": "b", "type": "bool", "value": true},
			{"key": "f", "type": "float", "value": 1.5},
			{"key": "i", "type": "int", "value": 31},
			{"key": "l", "type": "list", "value": ["a", "b"]},
			{"key": "s", "type": "string", "value": "text"},
			{"key": "t", "type": "time", "value": "2026-11-22T14:30:00Z"},
			{"key": "testcookie", "type": "string", "value": "worked"}]},
		"row": {"token": %[1]q, "size": %[2]d, "data": %[3]q}}`, token, len(row.data),
		base64.StdEncoding.EncodeToString([]byte(row.data))))
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("internals = %v\nwant %v", got, want)
	}
}

// TestInternalsContractWithoutASession: row is null, values is an empty list.
func TestInternalsContractWithoutASession(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	stale := strings.Repeat("A", 43)
	for _, tt := range []struct {
		name, header, token string
	}{
		{"no cookie", "other=1", ""},
		{"an unknown cookie", "sessionname=" + stale, stale},
	} {
		got := decodeJSON(t, tl.send(http.MethodGet, "/internals.json", "Cookie", tt.header).Body)
		if date := takeTime(t, got, "session", "expiry_date"); !date.Equal(now.Add(400 * time.Second)) {
			t.Errorf("%s: expiry_date = %v", tt.name, date)
		}
		want := decodeJSON(t,
			fmt.Sprintf(`{"engine": "sqlite", "cookie": {"name": "sessionname", "received": %v, "token": %q},
			"session": {"exists": false, "token": "", "values": [], "is_empty": true, "test_cookie_worked": false,
				"expiry_age": 400,
				"expire_at_browser_close": false, "cookie_age": 400},
			"row": null}`, tt.token != "", tt.token))
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: internals = %v\nwant %v", tt.name, got, want)
		}
	}
}

func decodeJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

// take removes an entry, which has to be there.
func take(t *testing.T, m map[string]any, section, name string) any {
	t.Helper()
	fields, _ := m[section].(map[string]any)
	value, ok := fields[name]
	if !ok {
		t.Fatalf("%s has no %s: %v", section, name, m)
	}
	delete(fields, name)
	return value
}

func takeTime(t *testing.T, m map[string]any, section, name string) time.Time {
	t.Helper()
	text, _ := take(t, m, section, name).(string)
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatalf("%s.%s: %v", section, name, err)
	}
	return moment
}
