package xray

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// copies are two copies of the program on one store, by what keeps their exchanges. In memory there is one.
type copies struct {
	eng      engine.Engine
	one, two Keeper
}

var keeperLimits = Limits{Total: 1000, PerSession: 20, Bytes: 8 << 20, Ownerless: 10}

// eachKeeper runs test over each place where exchanges are kept.
func eachKeeper(t *testing.T, test func(t *testing.T, c copies)) {
	t.Parallel()
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		eng, _ := openStore(t, "")
		h := NewHistory(keeperLimits)
		test(t, copies{eng, h, h})
	})
	for _, name := range []string{"redis", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eng, err := engine.Open(t.Context(), enginetest.Stores(t, name)(t), "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { eng.Close() })
			archive := eng.(engine.Archive)
			test(t, copies{eng, NewShared(archive, keeperLimits), NewShared(archive, keeperLimits)})
		})
	}
}

// visit is a request that found the session of sent, "" for none.
func (c copies) visit(t *testing.T, method, path, sent string) (context.Context, *Exchange, Recorder) {
	t.Helper()
	x := NewExchange(request(method, path), "", "", time.Now())
	x.Sent = sent
	ctx, r := WithExchange(t.Context(), x), Recorder{c.eng}
	if sent != "" {
		if _, _, err := r.FindCtx(ctx, sent); err != nil {
			t.Fatal(err)
		}
		if x.Known {
			x.Token = sent
		}
	}
	x.Foresee(http.StatusSeeOther, path+"?exchange="+x.ID)
	return ctx, x, r
}

// end completes x and has k keep it.
func end(t *testing.T, k Keeper, x *Exchange, cookie *http.Cookie) *Exchange {
	t.Helper()
	status, location := http.StatusSeeOther, x.Path+"?exchange="+x.ID
	if x.reads() {
		status, location = http.StatusOK, ""
	}
	x.Close(status, location, cookie, time.Now())
	if err := k.Add(t.Context(), x); err != nil {
		t.Fatal(err)
	}
	return x
}

// save is a request that stores values in the session of token.
func (c copies) save(t *testing.T, k Keeper, token string, values map[string]any) *Exchange {
	t.Helper()
	ctx, x, r := c.visit(t, http.MethodPost, "/set", token)
	until := time.Now().Add(time.Hour)
	cookie := &http.Cookie{Name: "sessionname", Value: token, MaxAge: 3600}
	x.ForeseeSave(cookie, until)
	if err := r.CommitCtx(ctx, token, encoded(t, values), until); err != nil {
		t.Fatal(err)
	}
	x.Token, x.Deadline = token, until
	return end(t, k, x, cookie)
}

// sees checks which exchanges a copy keeps of the session of token, the latest first.
func sees(t *testing.T, k Keeper, token string, want ...*Exchange) {
	t.Helper()
	list, err := k.Of(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(list); !slices.Equal(got, ids(want)) {
		t.Errorf("of %.8s… it keeps %v, want %v", token, got, ids(want))
	}
	for _, x := range want {
		if got, err := k.Get(t.Context(), x.ID, token); err != nil || got == nil || got.Path != x.Path {
			t.Errorf("%s is %+v, %v", x.ID, got, err)
		}
	}
}

// hides checks that a copy shows x to nobody who comes with one of tokens.
func hides(t *testing.T, k Keeper, x *Exchange, tokens ...string) {
	t.Helper()
	for _, token := range tokens {
		if got, err := k.Get(t.Context(), x.ID, token); got != nil || err != nil {
			t.Errorf("%.8s… gets %+v, %v", token, got, err)
		}
	}
}

// What one copy has saved the other shows, as it was: the SQL and the states too. Only durations that were
// not over when the record was written are missing.
func TestKeeper_AnyCopyShowsAnyExchange(t *testing.T) {
	eachKeeper(t, func(t *testing.T, c copies) {
		a, b := token("a"), token("b")
		first := c.save(t, c.one, a, map[string]any{"fname": "Aman"})
		second := c.save(t, c.two, a, map[string]any{"fname": "Roy"})
		for _, k := range []Keeper{c.one, c.two, c.one} {
			sees(t, k, a, second, first)
			hides(t, k, first, "", b, a[:42], a+"x")
			sees(t, k, b)
			sees(t, k, "")
		}
		got, _ := c.two.Get(t.Context(), first.ID, a)
		if got.Status != http.StatusSeeOther || got.Location != first.Location || got.SetCookie.Value != a ||
			got.Known || got.Token != a || !got.Deadline.Equal(first.Deadline) || got.After()["fname"] != "Aman" {
			t.Errorf("the other copy has %+v", got)
		}
		for i, s := range got.Steps {
			want := first.Steps[i]
			if s.Kind != want.Kind || s.Token != want.Token || len(s.Statements) == 0 ||
				s.Statements[0].Text != want.Statements[0].Text || s.Statements[0].Rows != want.Statements[0].Rows ||
				!slices.Equal(s.Statements[0].Args, want.Statements[0].Args) {
				t.Errorf("step %d is\n%+v, want\n%+v", i, s, want)
			}
		}
	})
}

// What changed nothing is found everywhere too, and what only read is not.
func TestKeeper_WithoutASave(t *testing.T) {
	eachKeeper(t, func(t *testing.T, c copies) {
		a := token("a")
		saved := c.save(t, c.one, a, map[string]any{"fname": "Aman"})
		_, x, _ := c.visit(t, http.MethodPost, "/pop", a)
		popped := end(t, c.one, x, nil)
		sees(t, c.two, a, popped, saved)
		_, x, _ = c.visit(t, http.MethodGet, "/get", a)
		read := end(t, c.one, x, nil)
		sees(t, c.one, a, read, popped, saved)
		if c.one != c.two {
			sees(t, c.two, a, popped, saved)
		}
	})
}

// A session that gets a new ID takes its exchanges along, in every copy, and the old ID shows nothing.
func TestKeeper_CycleTakesAllAlong(t *testing.T) {
	eachKeeper(t, func(t *testing.T, c copies) {
		old, fresh := token("old"), token("new")
		first := c.save(t, c.one, old, map[string]any{"fname": "Aman"})
		sees(t, c.two, old, first)
		ctx, x, r := c.visit(t, http.MethodPost, "/cycle-key", old)
		until, cookie := time.Now().Add(time.Hour), &http.Cookie{Name: "sessionname", Value: fresh, MaxAge: 3600}
		x.ForeseeSave(cookie, until)
		if err := r.Cycle(ctx, old, fresh, x.Found, until); err != nil {
			t.Fatal(err)
		}
		x.Token, x.Deadline = fresh, until
		cycled := end(t, c.one, x, cookie)
		for _, k := range []Keeper{c.two, c.one} {
			sees(t, k, fresh, cycled, first)
			hides(t, k, first, old, "")
			sees(t, k, old)
		}
		if got, _ := c.two.Get(t.Context(), cycled.ID, fresh); !got.Cycled || got.Sent != old {
			t.Errorf("the other copy has %+v", got)
		}
	})
}

// After a flush nothing is left of what the session had, in any copy. The flush itself is found by its
// address, with the names of the keys and without a value or a whole ID.
func TestKeeper_FlushLeavesNoValues(t *testing.T) {
	eachKeeper(t, func(t *testing.T, c copies) {
		dead := token("dead")
		before := c.save(t, c.one, dead, map[string]any{"pin": "S3CRET"})
		ctx, x, r := c.visit(t, http.MethodPost, "/flush", dead)
		if err := r.DeleteCtx(ctx, dead); err != nil {
			t.Fatal(err)
		}
		x.Token, x.Ended = "", true
		flushed := end(t, c.one, x, &http.Cookie{Name: "sessionname", MaxAge: -1})
		for _, k := range []Keeper{c.one, c.two} {
			hides(t, k, before, "", dead)
			sees(t, k, dead)
			got, err := k.Get(t.Context(), flushed.ID, "")
			if err != nil || got == nil || !slices.Equal(got.Removed, []string{"pin"}) {
				t.Fatalf("the flush is %+v, %v", got, err)
			}
			all, err := got.Encode()
			if err != nil || strings.Contains(string(all), dead) || strings.Contains(string(all), "S3CRET") {
				t.Errorf("the flush holds the dead ID or a value: %s", all)
			}
		}
	})
}

// A request whose session was ended while it ran, through another copy, leaves nothing of it.
func TestKeeper_LateRequest(t *testing.T) {
	eachKeeper(t, func(t *testing.T, c copies) {
		dead := token("dead")
		before := c.save(t, c.one, dead, map[string]any{"pin": "S3CRET"})
		ctx, x, r := c.visit(t, http.MethodPost, "/set", dead)
		if err := c.eng.DeleteCtx(t.Context(), dead); err != nil {
			t.Fatal(err)
		}
		until := time.Now().Add(time.Hour)
		x.ForeseeSave(&http.Cookie{Name: "sessionname", Value: dead}, until)
		if err := r.CommitCtx(ctx, dead, encoded(t, map[string]any{"pin": "S3CRET"}), until); err == nil {
			t.Fatal("a session that was ended was saved")
		}
		x.Late()
		x.Refused = "SessionInterrupted"
		x.Close(http.StatusBadRequest, "", nil, time.Now())
		if err := c.one.Add(t.Context(), x); err != nil {
			t.Fatal(err)
		}
		for _, k := range []Keeper{c.one, c.two} {
			hides(t, k, x, "", dead)
			sees(t, k, dead)
		}
		hides(t, c.one, before, "", dead)
		if x.Found != nil || x.Token != "" {
			t.Errorf("the late request holds %+v", x)
		}
	})
}

// Of a session the latest twenty are kept, and reading pushes none of them out.
func TestKeeper_Bounded(t *testing.T) {
	eachKeeper(t, func(t *testing.T, c copies) {
		a := token("a")
		var all []*Exchange
		for range keeperLimits.PerSession + 5 {
			all = append([]*Exchange{c.save(t, c.one, a, map[string]any{"n": len(all)})}, all...)
		}
		sees(t, c.two, a, all[:keeperLimits.PerSession]...)
		hides(t, c.two, all[len(all)-1], a)
		if c.one == c.two {
			return // in memory what reads is counted together with the rest
		}
		for range 3 * keeperLimits.PerSession {
			_, x, _ := c.visit(t, http.MethodGet, "/get", a)
			end(t, c.two, x, nil)
		}
		list, err := c.two.Of(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		did := slices.DeleteFunc(slices.Clone(list), (*Exchange).reads)
		if len(list) != 2*keeperLimits.PerSession || !slices.Equal(ids(did), ids(all[:keeperLimits.PerSession])) {
			t.Errorf("beside many reads %d are kept, %d of them saved something", len(list), len(did))
		}
	})
}

// What an older or newer version of the program has kept is passed over.
func TestShared_OtherVersions(t *testing.T) {
	eachKeeper(t, func(t *testing.T, c copies) {
		archive, ok := c.eng.(engine.Archive)
		if !ok {
			return
		}
		a := token("a")
		mine := c.save(t, c.one, a, map[string]any{"fname": "Aman"})
		for id, data := range map[string]string{"other": `{"Version":99}`, "broken": "\x00"} {
			r := engine.Record{ID: id, Token: a, Data: []byte(data), Until: time.Now().Add(time.Hour)}
			if err := archive.Keep(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		sees(t, c.two, a, mine)
		if got, err := c.two.Get(t.Context(), "other", a); got != nil || err != nil {
			t.Errorf("another version's exchange is %+v, %v", got, err)
		}
	})
}
