package handlers

import (
	"math"
	"net/http"
	"testing"
	"time"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/xray"
)

// Whatever bytes stand in a row: its owner gets every page, with what can be decoded or with an empty
// session, and can begin anew.
func FuzzCodec(f *testing.F) {
	l := fuzzLab(f)
	h := l.Handler()
	pages := []string{"/", "/items", "/templates", "/expiry", "/modified", "/internals", "/get?key=k",
		"/sessions", "/flow", "/test-cookie"}
	for i, values := range []map[string]any{
		nil, {}, {"k": "v"}, {"k": 1, "f": 1.5, "b": true, "t": time.Unix(0, 0).UTC(), "l": []string{"a"},
			"m": map[string]int{"n": 1}},
		{"f": math.NaN()}, {"f": math.Inf(-1)}, {"c": complex(1, math.NaN())}, {"b": []byte{0, 255}},
		{"u": ^uint64(0)}, {"": ""}, {"k": "\xff\x00"},
		{expiryKey: -1}, {expiryKey: math.MaxInt}, {expiryKey: "9999-12-31T23:59:59-23:59"},
		{expiryKey: "0000-01-01T00:00:00Z"}, {expiryKey: "nonsense"}, {expiryKey: 1.5},
		{testCookieKey: 1}, {testCookieKey: []string{"a"}}, {"cart": "no cart"}, {"cart": map[string]int(nil)},
		{"cart": map[string]int{}},
		{"t": time.Date(9999, 12, 31, 23, 59, 59, 0, time.FixedZone("", -23*3600))},
		{"t": time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"t": time.Date(-1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 24*3600))},
		{"<script>": "</script><script>"},
	} {
		data, err := xray.Codec.Encode(time.Now(), values)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), data)
		f.Add(byte(i), data[:len(data)/2])
		f.Add(byte(i), append(data, data...))
	}
	f.Fuzz(func(t *testing.T, page byte, data []byte) {
		if len(data) > 64<<10 {
			t.Skip("long rows have a test of their own")
		}
		path := pages[int(page)%len(pages)]
		token := l.plant(t, append([]byte{}, data...)) // SQLite takes nil for NULL
		cookie := "sessionname=" + token
		_, values, err := xray.Codec.Decode(data)
		if err != nil {
			values = nil
		}
		wantPage(t, "GET "+path, serve(h, http.MethodGet, path, "", cookie), http.StatusOK)
		i := wantInternals(t, h, cookie)
		if !i.Session.Exists || len(i.Session.Values) != len(values) {
			t.Fatalf("shows %d values, want %d (%v)", len(i.Session.Values), len(values), err)
		}
		w := serve(h, http.MethodPost, "/set", "key=fresh&value=start", cookie)
		if w.Code != http.StatusSeeOther && !(w.Code == http.StatusRequestEntityTooLarge &&
			len(values) >= limits.MaxKeys) {
			t.Fatalf("POST /set = %d", w.Code)
		}
		wantPage(t, "GET "+path+" after a change", serve(h, http.MethodGet, path, "", cookie), http.StatusOK)
		if w := serve(h, http.MethodPost, "/clear", "", cookie); w.Code != http.StatusSeeOther {
			t.Fatalf("POST /clear = %d", w.Code)
		}
	})
}
