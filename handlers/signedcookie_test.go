package handlers

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/securecookie"

	"sessionlab/handlers/view"
	"sessionlab/handlers/xray"
)

func TestSignedCookieIsShownWhole(t *testing.T) {
	t.Parallel()
	v := newCookieLab(t).visitor()
	before := time.Now().Truncate(time.Second)
	page := v.run("/set", "key", "fname", "value", "Aman")
	value := v.token()

	whole := regexp.MustCompile(`data-whole>(.*?)</p>`).FindStringSubmatch(page.Body)
	if whole == nil || withoutTags(whole[1]) != value {
		t.Fatalf("the page shows %q of the cookie %q", whole, value)
	}
	outer, err := base64.URLEncoding.DecodeString(value)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(string(outer), "|", 3)
	seconds, err := strconv.ParseInt(parts[0], 10, 64)
	if at := time.Unix(seconds, 0); err != nil || at.Before(before) || at.After(time.Now()) ||
		len(parts[2]) != 32 {
		t.Fatalf("the cookie is not date, payload and signature: %q", parts)
	}
	payload, err := base64.URLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	head, data, _ := strings.Cut(string(payload), " ")
	millis, nonce, _ := strings.Cut(head, ".")
	text := page.text()
	for _, want := range []string{
		parts[0], "signed " + time.Unix(seconds, 0).Format(view.TimeOfDay), "payload" + millis + " the end, ",
		"random" + nonce + " new in each cookie, so that no two cookies are equal",
		fmt.Sprintf("%d bytes", len(data)), "HMAC-SHA256",
		fmt.Sprintf("%d of 4096 bytes", len("sessionname")+len(value)),
		"Whoever holds the cookie can read all of it",
		"No row exists", fmt.Sprintf("its %d bytes travel in the cookie", len(data)),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if want := fmt.Sprintf(`<progress max="4096" value="%d"`, len("sessionname")+
		len(value)); !strings.Contains(page.Body, want) {
		t.Errorf("no %s", want)
	}
	// The line runs from the cookie to memory and ends there.
	tiers := regexp.MustCompile(`<section class="(tier[^"]*)"`).FindAllStringSubmatch(page.Body, -1)
	if len(tiers) != 3 || tiers[0][1] != "tier carries" || tiers[1][1] != "tier cut" ||
		tiers[2][1] != "tier empty" {
		t.Errorf("tiers = %q", tiers)
	}
	if i := v.internals(); i.Row != nil || !i.Session.Exists || i.Cookie.Token != value {
		t.Errorf("internals = %+v, row %+v; want a session and no row", i.Session, i.Row)
	}
}

// A cookie that was signed before cookies had a random part opens its session, is shown as it is, and gets
// one when the session is saved.
func TestSignedCookieWithoutARandomPart(t *testing.T) {
	t.Setenv("SESSIONLAB_KEY", strings.Repeat("ab", 32))
	v := newCookieLab(t).visitor()
	signer := securecookie.New(bytes.Repeat([]byte{0xab}, 32), nil).SetSerializer(securecookie.NopEncoder{})
	end := time.Now().Add(time.Minute)
	data, err := xray.Codec.Encode(end, map[string]any{"fname": "Aman"})
	if err != nil {
		t.Fatal(err)
	}
	value, err := signer.Encode("sessionname", fmt.Appendf(nil, "%d %s", end.UnixMilli(), data))
	if err != nil {
		t.Fatal(err)
	}
	v.setToken(value)
	text := v.get("/internals").text()
	for _, want := range []string{
		fmt.Sprintf("payload%d the end, %s, and then the data;", end.UnixMilli(), end.Format(view.TimeOfDay)),
		"randomnone signed by an earlier version", "fname",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q: %s", want, text)
		}
	}
	saved := v.run("/set", "key", "lname", "value", "Roy").text()
	if !strings.Contains(saved, "new in each cookie") {
		t.Error("the next save has no random part")
	}
	if got := v.values(); !sameJSON(got, map[string]any{"fname": "Aman", "lname": "Roy"}) {
		t.Errorf("values = %v", got)
	}
}

// Every page says what is so where the session is the cookie, and nothing of rows that do not exist.
func TestSignedCookieSentences(t *testing.T) {
	t.Parallel()
	v := newCookieLab(t).visitor()
	untrue := []string{
		"a token was made", "a row inserted", "its row was not written", "as long as the row lives",
		"The row does not know",
		"Flush deletes the row", "values, row and cookie", "under a new token", "the old row",
		"Same session, same token", "1 row", "0 rows",
		"Your old id is dead", "The old id dies", "The old one stays dead", "There is no way back",
		"stores the value on the server",
		"the row gets an end", "no row was written", "In the row", ", new token", "belongs to no live session",
	}
	for _, step := range []struct {
		method, path string
		fields       []string
		says         []string
	}{
		{"POST", "/set", []string{"key", "fname", "value", "Aman", "predict", "set:added"},
			[]string{"A session was made for it.", "so one was written into a cookie and signed. No row was made.",
				"Correct.", "new cookie", "securecookie.Encode", "signed: "}},
		{"POST", "/set", []string{"key", "lname", "value", "Roy", "predict", "set:same"},
			[]string{"Same session, in a new cookie.", "the whole of it was signed again", "Not this time.",
				"The one before. It still opens the session as it was", "securecookie.Decode"}},
		{"GET", "/get?key=fname&predict=get:same", nil,
			[]string{"no new cookie was signed and the clock went on", "genuine, ", "Correct."}},
		{"GET", "/get?key=fname", nil, []string{"The signature fitted"}},
		{"POST", "/cycle-key", []string{"predict", "cycle-key:values"},
			[]string{"The old cookie still works.", "There is no id that could change", "Correct.", "Decode",
				"Encode"}},
		{"POST", "/expiry", []string{"seconds", "60"},
			[]string{"Max-Age=60, which is also the end that is signed in it", "In the cookie"}},
		{"POST", "/expiry", []string{"seconds", "0", "predict", "expiry-close:age", "card", "expiry-close"},
			[]string{"The end that is signed in it does not know of that.", "Correct."}},
		{"GET", "/flush", nil, []string{"This will have your browser drop", "here and nowhere else",
			"A slow request can undo it"}},
		{"GET", "/cycle-key", nil, []string{"It still gets them"}},
		{"GET", "/flow?card=flow-again&read=x", nil, []string{"it is the session, signed", "Nothing is fetched"}},
		{"POST", "/update", []string{"key", "a", "value", "1", "key", "b", "value", "2", "predict", "update:once"},
			[]string{"into one cookie", "Correct."}},
		{"POST", "/clear", []string{"predict", "clear:empty"}, []string{"still carries the values", "Correct."}},
		{"POST", "/flush", []string{"predict", "flush:none"},
			[]string{"A copy of it still opens the session.", "The server had nothing to delete.", "nothing to delete",
				"Correct."}},
	} {
		var page answer
		if step.method == "POST" {
			page = v.run(step.path, step.fields...)
		} else {
			page = v.get(step.path)
		}
		text := page.text()
		for _, want := range step.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s %s %v does not say %q", step.method, step.path, step.fields, want)
			}
		}
		for _, wrong := range untrue {
			// The lessons' own notes speak of the other engines, and the code of what it does there.
			lesson, _, _ := strings.Cut(text, "The same thing in code")
			_, panel, _ := strings.Cut(text, "X-rayas of")
			if strings.Contains(lesson, wrong) || strings.Contains(panel, wrong) {
				t.Errorf("%s %s %v says %q", step.method, step.path, step.fields, wrong)
			}
		}
	}
}

// After a flush a copy of the cookie opens the session, as the page says; after a change of one character
// it opens nothing.
func TestSignedCookieCopies(t *testing.T) {
	t.Parallel()
	tl := newCookieLab(t)
	v, thief := tl.visitor(), tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	copied := v.token()
	v.run("/flush")
	thief.setToken(copied)
	if got := thief.values()["fname"]; got != "Aman" || v.token() != "" {
		t.Errorf("the copy opens %v, and the browser holds %q", got, v.token())
	}
	forged := []byte(copied)
	forged[len(forged)/2] ^= 1
	thief.setToken(string(forged))
	page := thief.get("/get?key=fname")
	if got := page.results(); !slices.Equal(got, []string{"None"}) ||
		!strings.Contains(page.text(), "Nothing in it is believed.") {
		t.Errorf("a forged cookie gives %q", got)
	}
}

// An expired cookie is told from a forged one, and shows nothing of what is in it.
func TestSignedCookieExpired(t *testing.T) {
	t.Parallel()
	tl := newCookieLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "top-secret")
	copied := v.token()
	tl.now = func() time.Time { return time.Now().Add(time.Hour) }
	v.setToken(copied)
	page := v.get("/internals")
	if text := page.text(); !strings.Contains(text, "The end that is signed in your cookie has passed") ||
		strings.Contains(text, "top-secret") || strings.Contains(text, copied) {
		t.Errorf("an expired cookie: %s", text)
	}
}

// With the longest cookie that a browser keeps, no page is over its weight, the cookie itself aside, and none
// overlooks a byte.
func TestSignedCookieOfFullLength(t *testing.T) {
	t.Parallel()
	tl := newCookieLab(t)
	v := tl.visitor()
	low, high := 100, 4000 // the longest value that is taken lies between
	for high-low > 1 {
		n := (low + high) / 2
		if v.post("/set", "key", "k", "value", strings.Repeat("x", n)).Status == http.StatusSeeOther {
			low = n
		} else {
			high = n
		}
	}
	v.run("/set", "key", "k", "value", strings.Repeat("x", low))
	if n := len("sessionname") + len(v.token()); n > 4096 || n < 4090 {
		t.Errorf("the longest cookie has %d bytes", n)
	}
	const assets = 18_600 // style sheet, script and icon, compressed
	for _, path := range append([]string{"/", "/internals"}, paths()...) {
		if page := v.get(path); page.Status != http.StatusOK || len(page.Body)+assets > 60_000+4096 {
			t.Errorf("GET %s = %d, %d bytes", path, page.Status, len(page.Body))
		}
	}
}

func paths() (list []string) {
	for _, lesson := range lessons {
		list = append(list, lesson.Path)
	}
	return list
}
