package handlers

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/limits"
)

func TestExpiryCountsFromEachSave(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	token := v.token()

	set := v.post("/expiry", "seconds", "100")
	if c := set.setCookie(); c == nil || c.Value != token || c.MaxAge != 100 ||
		!c.Expires.Equal(now.Add(100*time.Second).Truncate(time.Second).Add(time.Second)) {
		t.Errorf("Set-Cookie = %v, want the same token with 100 s", c)
	}
	i := v.internals()
	if !near(i.Row.Expiry, now.Add(100*time.Second)) {
		t.Errorf("row ends at %v, want 100 s after %v", i.Row.Expiry, now)
	}
	if got := v.values(); got[expiryKey] != 100.0 || got["fname"] != "Aman" || len(got) != 2 {
		t.Errorf("values = %v, want fname and %s = 100", got, expiryKey)
	}

	tl.at(now.Add(60 * time.Second))
	for range 3 {
		a := v.get("/expiry?card=expiry-getter&ask=get_expiry_age")
		if a.setCookie() != nil || a.results()[0] != "100" {
			t.Errorf("read: Set-Cookie %v, age %v; want none, and 100 as before", a.setCookie(), a.results())
		}
	}
	if got := v.internals(); !near(got.Row.Expiry, i.Row.Expiry) || string(got.Row.Data) != string(i.Row.Data) {
		t.Error("reading moved the end or rewrote the row")
	}

	// Any save counts anew, with the same value too.
	if c := v.post("/set", "key", "fname", "value", "Aman").setCookie(); c == nil || c.MaxAge != 100 {
		t.Errorf("Set-Cookie of a save = %v, want Max-Age=100", c)
	}
	if end := v.internals().Row.Expiry; !near(end, now.Add(160*time.Second)) {
		t.Errorf("after a save the row ends at %v, want 100 s after the save", end)
	}
}

func TestExpiryMakesASessionForANewVisitor(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "100")
	if got := v.values(); len(got) != 1 || got[expiryKey] != 100.0 || tl.rows() != 1 {
		t.Errorf("values = %v in %d rows, want the expiry alone in one", got, tl.rows())
	}
}

func TestExpiryAtBrowserClose(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	set := v.post("/expiry", "seconds", "0")
	if got := set.Header.Get("Set-Cookie"); got != "sessionname="+v.token()+"; Path=/; HttpOnly; SameSite=Lax" {
		t.Errorf("Set-Cookie = %q, want neither Max-Age nor Expires", got)
	}
	i := v.internals()
	if !near(i.Row.Expiry, now.Add(400*time.Second)) {
		t.Errorf("row ends at %v, want the cookie age, 400 s", i.Row.Expiry)
	}
	if !i.Session.ExpireAtBrowserClose || i.Session.ExpiryAge != 400 {
		t.Errorf("session = %+v, want browser close and age 400", i.Session)
	}
	// A later save keeps it so.
	got := v.post("/set", "key", "k", "value", "v").Header.Get("Set-Cookie")
	if strings.Contains(got, "Max-Age") || strings.Contains(got, "Expires") {
		t.Errorf("Set-Cookie of a later save = %q", got)
	}
}

func TestExpiryBackToTheDefault(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()

	// Without a session, and without a custom expiry, there is nothing to take back: nothing is saved.
	if a := v.post("/expiry", "seconds", ""); a.Status != http.StatusSeeOther || a.setCookie() != nil ||
		tl.rows() != 0 {
		t.Errorf("without a session: %d, Set-Cookie %v, %d rows", a.Status, a.setCookie(), tl.rows())
	}
	v.run("/set", "key", "k", "value", "v")
	before := v.internals().Row
	if a := v.post("/expiry", "seconds", ""); a.setCookie() != nil {
		t.Errorf("without a custom expiry: Set-Cookie %v", a.setCookie())
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) ||
		!after.Expiry.Equal(before.Expiry) {
		t.Error("without a custom expiry the row was written")
	}

	for _, custom := range [][2]string{{"seconds", "100"}, {"seconds", "0"},
		{"at", now.Add(time.Hour).Format(time.RFC3339)}} {
		v.run("/expiry", custom[0], custom[1])
		if c := v.post("/expiry", "seconds", "").setCookie(); c == nil || c.MaxAge != 400 {
			t.Errorf("after %v: Set-Cookie %v, want Max-Age=400", custom, c)
		}
		if got := v.values(); len(got) != 1 {
			t.Errorf("after %v: values %v, want k alone", custom, got)
		}
	}
	if end := v.internals().Row.Expiry; !near(end, now.Add(400*time.Second)) {
		t.Errorf("row ends at %v, want 400 s from now", end)
	}
}

func TestExpiryAtAFixedMomentIsNotMovedBySaves(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	moment := now.Truncate(time.Second).Add(90 * time.Second)
	if c := v.post("/expiry", "at", moment.UTC().Format(time.RFC3339)).setCookie(); c == nil || c.MaxAge != 90 ||
		!c.Expires.Equal(moment) {
		t.Errorf("Set-Cookie = %v, want 90 s, rounded up, until %v", c, moment)
	}
	if got := v.values()[expiryKey]; got != momentText(moment) {
		t.Errorf("%s = %v", expiryKey, got)
	}
	tl.at(now.Add(30 * time.Second))
	c := v.post("/set", "key", "k", "value", "v").setCookie()
	if c == nil || c.MaxAge != 60 || !c.Expires.Equal(moment) {
		t.Errorf("Set-Cookie of a later save = %v, want 60 s until %v", c, moment)
	}
	i := v.internals()
	if !near(i.Row.Expiry, moment) {
		t.Errorf("row ends at %v, want %v", i.Row.Expiry, moment)
	}
	if i.Session.ExpiryAge != 60 || i.Session.ExpireAtBrowserClose {
		t.Errorf("session = %+v, want the 60 s to the moment", i.Session)
	}
}

// TestExpiryMomentForms: RFC 3339 of any zone, and what a datetime-local field sends, which is the
// server's local time.
func TestExpiryMomentForms(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	moment := now.Add(3 * time.Hour).Truncate(time.Minute)
	for _, text := range []string{
		moment.UTC().Format(time.RFC3339),
		moment.In(time.FixedZone("IST", 19800)).Format(time.RFC3339),
		moment.Local().Format("2006-01-02T15:04:05"),
		moment.Local().Format("2006-01-02T15:04"),
	} {
		v := tl.visitor()
		v.run("/expiry", "at", text)
		if end := v.internals().Row.Expiry; !near(end, moment) {
			t.Errorf("at=%s ends at %v, want %v", text, end, moment)
		}
	}
}

// TestExpiryMomentKeepsItsMicroseconds: as Python's datetime does; what is finer is cut off.
func TestExpiryMomentKeepsItsMicroseconds(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	second := now.Add(3 * time.Hour).UTC().Truncate(time.Second)
	for given, kept := range map[string]string{
		".5Z": ".500000+00:00", ".123456Z": ".123456+00:00", ".000001Z": ".000001+00:00",
		".1234569Z": ".123456+00:00", ".000000Z": "+00:00", "Z": "+00:00",
	} {
		v := tl.visitor()
		date := second.Format("2006-01-02T15:04:05")
		page := v.run("/expiry", "at", date+given)
		if got := v.values()[expiryKey]; got != date+kept {
			t.Errorf("at=…%s is kept as %v, want …%s", given, got, kept)
		}
		end, err := time.Parse(time.RFC3339Nano, date+kept)
		if err != nil {
			t.Fatal(err)
		}
		if i := v.internals(); !near(i.Row.Expiry, end) || !i.Session.ExpiryDate.Equal(end) {
			t.Errorf("at=…%s ends at %v in the row and %v by get_expiry_date()", given, i.Row.Expiry,
				i.Session.ExpiryDate)
		}
		asked := v.get("/expiry?card=expiry-getter&ask=get_expiry_date").results()
		shown := end.UTC().Format(time.RFC3339Nano)
		if !slices.Contains(page.results(), shown) || len(asked) == 0 || asked[0] != shown {
			t.Errorf("at=…%s: the page says %v, and asked by itself %v", given, page.results(), asked)
		}
	}
}

func TestExpiryLimits(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	for _, tt := range []struct {
		field, value string
		age          time.Duration
	}{
		{"seconds", "1", time.Second},
		{"seconds", "31536000", limits.MaxAge},
		{"at", now.Truncate(time.Second).Add(time.Second).Format(time.RFC3339), 750 * time.Millisecond},
		{"at", now.Truncate(time.Second).Add(limits.MaxAge).Format(time.RFC3339),
			limits.MaxAge - 250*time.Millisecond},
	} {
		v := tl.visitor()
		a := v.post("/expiry", tt.field, tt.value)
		if c := a.setCookie(); a.Status != http.StatusSeeOther || c == nil ||
			c.MaxAge != int((tt.age+time.Second-1)/time.Second) {
			t.Errorf("%s=%s = %d, Set-Cookie %v", tt.field, tt.value, a.Status, c)
		}
	}
}

func TestExpiryRefusesWhatIsNoExpiry(t *testing.T) {
	t.Parallel()
	tl, now := newClockLab(t)
	v := tl.visitor()
	v.run("/expiry", "seconds", "100")
	before := v.internals().Row
	tl.at(now.Add(time.Second))
	var bad [][]string
	for _, s := range []string{"-1", "-5", "1.5", "1e3", "ten", " 10", "0x10", "31536001",
		"99999999999999999999", "None"} {
		bad = append(bad, []string{"seconds", s})
	}
	for _, s := range []string{"", "tomorrow", "2026-13-01T00:00:00Z", "2001-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z",
		now.Format(time.RFC3339), // past by a fraction of a second
		now.Add(limits.MaxAge + 2*time.Second).Format(time.RFC3339)} {
		bad = append(bad, []string{"at", s})
	}
	bad = append(bad, nil, []string{"other", "1"})
	for _, fields := range bad {
		a := v.post("/expiry", fields...)
		if a.Status != http.StatusBadRequest || a.setCookie() != nil ||
			!strings.Contains(a.Body, "Nothing was changed") {
			t.Errorf("%v = %d, Set-Cookie %v, want a page with 400", fields, a.Status, a.setCookie())
		}
	}
	// The query is no part of the form.
	if a := v.post("/expiry?seconds=5"); a.Status != http.StatusBadRequest {
		t.Errorf("seconds in the query = %d, want 400", a.Status)
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) ||
		!after.Expiry.Equal(before.Expiry) {
		t.Error("a refused expiry changed the row")
	}
	if a := tl.visitor().post("/expiry", "seconds", "-1"); a.setCookie() != nil || tl.rows() != 1 {
		t.Error("a refused expiry made a session")
	}
}
