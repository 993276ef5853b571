package view

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// signed returns a cookie of the engine that holds value under the key fname.
func signed(t *testing.T, value string) string {
	t.Helper()
	eng, err := engine.Open(t.Context(), "cookie:sessionname", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eng.Close() })
	end := time.Now().Add(400 * time.Second)
	data, err := xray.Codec.Encode(end, map[string]any{"fname": value})
	if err != nil {
		t.Fatal(err)
	}
	var log engine.Log
	if err := eng.CommitCtx(engine.WithLog(t.Context(), &log), "a-token", data, end); err != nil {
		t.Fatal(err)
	}
	return log.Cookie
}

// The pieces of the value are those of its parts: each begins in the character that holds its first bit.
func TestSignedCookie_Pieces(t *testing.T) {
	t.Parallel()
	for _, fname := range []string{"A", "Am", "Ama", "Aman"} { // three ways in which parts and characters meet
		value := signed(t, fname)
		c := newSignedCookie("sessionname", value)
		if c == nil || c.Date+c.Payload+c.Signature != value {
			t.Fatalf("pieces of %q: %+v", value, c)
		}
		outer, _ := base64.URLEncoding.DecodeString(value)
		for _, piece := range []struct {
			from int    // the piece's first character
			part string // how the decoded value goes on from there, but for the byte that is split
		}{{len(c.Date), string(outer[11:])}, {len(c.Date) + len(c.Payload), string(outer[len(outer)-32:])}} {
			first := piece.from * 6 / 8 // the byte in which the character begins
			if at := len(outer) - len(piece.part); first != at && first+1 != at {
				t.Errorf("a piece begins in byte %d and its part at %d", first, at)
			}
		}
	}
	others := []string{"", "garbage", "MTIzNDU", strings.Repeat("x", 100),
		base64.URLEncoding.EncodeToString([]byte("1|!|3"))}
	for _, other := range others {
		if c := newSignedCookie("sessionname", other); c != nil {
			t.Errorf("%q is taken for a signed cookie: %+v", other, c)
		}
	}
}

// A new cookie looks new: its colour and bars come from the signature, and not from the date with which
// every cookie begins. A masked one keeps its colour.
func TestToken_CookiesLookDifferent(t *testing.T) {
	t.Parallel()
	hues, patterns, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	const saves = 30
	for i := range saves {
		token := signed(t, strconv.Itoa(i))
		hues[Hue(token)], patterns[Bars(token)], names[shorten(token)] = true, true, true
		masked := xray.Mask(token)
		if Hue(masked) != Hue(token) || Bars(masked) != Bars(token) || shorten(masked) != shorten(token) {
			t.Errorf("%s looks different when it is masked", token)
		}
	}
	if len(hues) < 3 || len(patterns) < saves-1 || len(names) != saves {
		t.Errorf("%d saves gave %d colours, %d patterns and %d names", saves, len(hues), len(patterns), len(names))
	}
	for _, odd := range []string{"…", "…a", "", "a…", strings.Repeat("=", 60), strings.Repeat("ä", 30)} {
		if n := Hue(odd); len(n) != 1 && n != "none" || Bars(odd) == "" {
			t.Errorf("%q has the colour %q", odd, n)
		}
	}
}
