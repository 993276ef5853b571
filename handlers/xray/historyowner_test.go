package xray

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestHistory_IsBoundToTheSessionAfterIt(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	old, fresh, other := token("old"), token("new"), token("other")
	x := made(old)
	h.Add(t.Context(), x)
	for _, stranger := range []string{"", other, old[:42], old + "x"} {
		if get(h, x.ID, stranger) != nil {
			t.Errorf("the session %q gets the exchange of another", stranger)
		}
	}
	if get(h, x.ID, old) != x {
		t.Error("its own session does not get it")
	}

	cycled := made(old)
	cycled.Token, cycled.Cycled = fresh, true
	h.Add(t.Context(), cycled)
	if got, want := ids(of(h, fresh)), []string{cycled.ID, x.ID}; !slices.Equal(got, want) {
		t.Errorf("after cycle_key Of(new) = %v, want %v", got, want)
	}
	if get(h, x.ID, fresh) != x || get(h, cycled.ID, fresh) != cycled {
		t.Error("the history did not go along with cycle_key")
	}
	if get(h, x.ID, old) != nil || get(h, cycled.ID, old) != nil || len(of(h, old)) != 0 {
		t.Error("the holder of the old id still sees the session's history")
	}
}

func TestHistory_FlushKeepsNoValuesAndNoToken(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	dead := token("dead")
	before := made(dead)
	h.Add(t.Context(), before)
	x := flushed(t, eng, dead)
	h.Add(t.Context(), x)

	if get(h, before.ID, dead) != nil || len(of(h, dead)) != 0 || slices.Contains(h.Tokens(), dead) {
		t.Error("exchanges of the session that was ended are still kept")
	}
	if got, want := x.Removed, []string{"age", "pin"}; !slices.Equal(got, want) {
		t.Errorf("removed keys = %q, want %q", got, want)
	}
	if x.Before() != nil || x.After() != nil {
		t.Errorf("before %v, after %v; want nothing", x.Before(), x.After())
	}
	if all := fmt.Sprintf("%+v %+v", x, x.SetCookie); strings.Contains(all, dead) ||
		strings.Contains(all, "S3CRET") {
		t.Errorf("the exchange of a flush holds the dead token or a value:\n%s", all)
	}
	if x.Sent != Mask(dead) || x.Steps[1].Statements[0].Args[0] != Mask(dead) {
		t.Errorf("sent %q, deleted %q; want both as %q", x.Sent, x.Steps[1].Statements[0].Args[0], Mask(dead))
	}
	if get(h, x.ID, "") != x {
		t.Error("the page after a flush does not find its exchange")
	}
}

// A request that was still running when its session was flushed is filed after the flush.
func TestHistory_LateRequestKeepsNoValuesAndNoToken(t *testing.T) {
	t.Parallel()
	eng, _ := openStore(t, "")
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	dead, secret := token("dead"), "S3CRET"
	late := made(dead)
	late.Method, late.Returned, late.Note = http.MethodPost, &secret, secret
	if err := late.SetDetail("test", secret); err != nil {
		t.Fatal(err)
	}
	late.Found = encoded(t, map[string]any{"pin": secret})
	late.Committed = encoded(t, nil)
	sent := &http.Cookie{Name: "sessionname", Value: dead, MaxAge: 400}
	late.Close(http.StatusSeeOther, "/pop?exchange="+late.ID, sent, time.Now())
	h.Add(t.Context(), flushed(t, eng, dead))
	h.Add(t.Context(), late)

	if get(h, late.ID, "") != late || len(of(h, dead)) != 0 {
		t.Error("the late exchange is not there for the one who made it, or belongs to a session that is gone")
	}
	all, err := late.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(all), dead) || strings.Contains(string(all), secret) {
		t.Errorf("the late exchange holds the dead token or a value:\n%s", all)
	}
	if sent.Value != dead {
		t.Error("the cookie that is being sent was changed")
	}
}

func TestHistory_DropSession(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	a, b := made(token("a")), made(token("b"))
	h.Add(t.Context(), a)
	h.Add(t.Context(), b)
	h.DropSession("")
	h.DropSession(token("a"))
	h.DropSession(token("a"))
	if get(h, a.ID, token("a")) != nil || get(h, b.ID, token("b")) != b {
		t.Error("want exactly the exchanges of a dropped")
	}
	if got := h.Tokens(); !slices.Equal(got, []string{token("b")}) {
		t.Errorf("Tokens() = %q", got)
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"":                                "…",
		"short secret":                    "…",
		"0123456789abcdef0123456789abcde": "…",
		"AbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ": "Abcd…NOPQ",
		// a session that is its own cookie
		"MTc2NDEwODkwMnxhYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg9fQ1Zw": "…eg9fQ1Zw",
	}
	for in, want := range tests {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// A page that runs an experiment without a session names its exchange, so that the next form can say what it
// came after.
func TestHistory_KeepsWhatACardReadWithoutASession(t *testing.T) {
	t.Parallel()
	h := NewHistory(Limits{Total: 100, PerSession: 20, Bytes: 1 << 20, Ownerless: 10})
	text := "typed"
	x := &Exchange{ID: "read", Method: http.MethodGet, Card: "get", Key: "k", Returned: &text, Typed: true}
	h.Add(t.Context(), x)
	if x.Returned == nil || x.Key != "k" {
		t.Error("the page of the request itself has lost what it read")
	}
	if kept := get(h, "read", ""); kept == nil || kept.Returned != nil || kept.Key != "" || !kept.Withheld {
		t.Errorf("kept for whoever knows its ID: %+v, want it without what was typed", kept)
	}

	for name, x := range map[string]*Exchange{
		"a page that ran nothing": {ID: "page", Method: http.MethodGet, Card: "get"},
		"a read of no card":       {ID: "curl", Method: http.MethodGet, Returned: &text},
	} {
		h.Add(t.Context(), x)
		if get(h, x.ID, "") != nil {
			t.Errorf("%s is kept, and nobody knows its ID", name)
		}
	}
}
