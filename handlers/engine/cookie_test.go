package engine

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// These tests set an environment variable, so they do not run in parallel.

func TestCookie_Key(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	open := func(text string) subject {
		t.Helper()
		t.Setenv("SESSIONLAB_KEY", text)
		return openSubject(t, "cookie:")
	}
	first := open(hex.EncodeToString(key))
	token := first.put(t, newToken(), "data", inAnHour())
	for _, encode := range []func([]byte) string{
		hex.EncodeToString, base64.StdEncoding.EncodeToString, base64.RawURLEncoding.EncodeToString,
	} {
		text := encode(key)
		s := open(text)
		s.wantFound(t, token, "data")
		if got := s.Engine.(*cookieEngine).Notice(); got != "" {
			t.Errorf("notice = %q; want none with a given key", got)
		}
	}
	for range 2 { // a key made at start is another one each time
		s := open("")
		s.wantAbsent(t, token)
		if got := s.Engine.(*cookieEngine).Notice(); !strings.Contains(got, "SESSIONLAB_KEY") {
			t.Errorf("notice = %q; want the variable's name in it", got)
		}
	}
	for _, text := range []string{
		"short", "not hexadecimal, nor base64", hex.EncodeToString(key[:31]),
		base64.StdEncoding.EncodeToString(key[:31]),
	} {
		t.Setenv("SESSIONLAB_KEY", text)
		_, err := Open(t.Context(), "cookie:", "")
		if err == nil || strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "SESSIONLAB_KEY") {
			t.Errorf("open with the key %q: %v; want an error that names the variable, not its value", text, err)
		}
	}
}

func TestCookie_TamperedValuesStandForNothing(t *testing.T) {
	s := openSubject(t, "cookie:")
	token := s.put(t, newToken(), "data", inAnHour())
	for i := range token {
		for _, c := range "AQgw_" {
			if changed := token[:i] + string(c) + token[i+1:]; changed != token {
				s.wantAbsent(t, changed)
				s.wantRow(t, changed, false)
			}
		}
		s.wantAbsent(t, token[:i])
		s.wantAbsent(t, token[:i]+"\n"+token[i:])
	}
	s.wantAbsent(t, token+"=")
	s.wantFound(t, token, "data")

	// A cookie of another name is another cookie.
	s = openSubject(t, "cookie:other")
	s.wantAbsent(t, token)
}

// TestCookie_IsReadable shows that signing hides nothing.
func TestCookie_IsReadable(t *testing.T) {
	s := openSubject(t, "cookie:")
	expiry := inAnHour()
	token := s.put(t, newToken(), "my secret", expiry)
	outer, err := base64.URLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := base64.URLEncoding.DecodeString(strings.Split(string(outer), "|")[1])
	if err != nil || !strings.HasSuffix(string(inner), " my secret") {
		t.Errorf("the cookie says %q, %v", inner, err)
	}
}

// Two sessions with the same values are two sessions: whatever is remembered of one cookie must not
// be shown to the holder of the other.
func TestCookie_NoTwoAreEqual(t *testing.T) {
	s := openSubject(t, "cookie:")
	expiry := inAnHour()
	tokens := make([]string, 50)
	for i := range tokens {
		tokens[i] = s.put(t, newToken(), "data", expiry)
		s.wantFound(t, tokens[i], "data")
	}
	slices.Sort(tokens)
	if n := len(slices.Compact(tokens)); n != len(tokens) {
		t.Errorf("%d commits of the same data gave %d different cookies", len(tokens), n)
	}
}

// What is signed need not be what this version signs: cookies without a random part are out there.
func TestCookie_PayloadFormats(t *testing.T) {
	s := openSubject(t, "cookie:")
	e := s.Engine.(*cookieEngine)
	expiry := inAnHour().Truncate(time.Millisecond)
	millis := expiry.UnixMilli()
	for _, tt := range []struct {
		name, payload string
		want          string // "-" when it stands for nothing
	}{
		{"as before there was a random part", fmt.Sprintf("%d data", millis), "data"},
		{"as before, with data that looks like more", fmt.Sprintf("%d 1.x y", millis), "1.x y"},
		{"as before, without data", fmt.Sprintf("%d ", millis), ""},
		{"with a random part", fmt.Sprintf("%d.AAAAAAAAAAAAAAAAAAAAAA data", millis), "data"},
		{"without a space", fmt.Sprint(millis), "-"},
		{"without an end", ".AAAAAAAAAAAAAAAAAAAAAA data", "-"},
		{"with an end that is no number", "soon.AAAA data", "-"},
		{"empty", "", "-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token, err := e.signer.Encode(e.name, []byte(tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "-" {
				s.wantAbsent(t, token)
				s.wantRow(t, token, false)
				return
			}
			s.wantFound(t, token, tt.want)
			row, _, err := s.Row(t.Context(), token)
			if err != nil || !row.Expiry.Equal(expiry) {
				t.Errorf("the row ends at %v, %v; want %v", row.Expiry, err, expiry)
			}
		})
	}
}

func TestCookie_Limit(t *testing.T) {
	s := openSubject(t, "cookie:")
	largest := 0
	for n := 0; ; n++ {
		token, err := s.tryPut(newToken(), strings.Repeat("x", n), inAnHour())
		if err != nil {
			if !errors.Is(err, ErrTooLarge) || token == "" {
				t.Errorf("%d bytes: %v; want %v", n, err, ErrTooLarge)
			}
			break
		}
		if got := len("sessionname") + len(token); got > 4096 {
			t.Fatalf("%d bytes make a cookie of %d", n, got)
		}
		s.wantFound(t, token, strings.Repeat("x", n))
		largest = n
	}
	if largest < 2000 {
		t.Errorf("at most %d bytes fit", largest)
	}
	t.Logf("at most %d bytes fit", largest)
}

func TestCookie_NobodyTakesIt(t *testing.T) {
	s := openSubject(t, "cookie:")
	if err := s.CommitCtx(t.Context(), "", []byte("data"), time.Now()); err == nil {
		t.Error("a commit without a log succeeded, and the session is lost")
	}
}
