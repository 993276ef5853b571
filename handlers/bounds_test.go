package handlers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"sessionlab/handlers/limits"
)

// A class of 200 behind one address never meets a limit: 40 join in the same moment, everybody has a live
// panel and clicks at once through what takes most.
func TestAClassMeetsNoLimit(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	tl.watch()
	const class, together = 200, 40
	clicks := [][]string{
		{"/set", "key", "fname", "value", "Aman"}, {"/flush"}, {"/set", "key", "fname", "value", "Aman"},
		{"/cycle-key"}, {"/clear-expired/plant"}, {"/set", "key", "text", "value", strings.Repeat("x", 2000)},
		{"/expiry", "seconds", "31536000"}, {"/clear"},
	}
	var visitors []*visitor
	var refused sync.Map
	each := func(from int, f func(*visitor)) {
		for batch := range slices.Chunk(visitors[from:], together) {
			var wg sync.WaitGroup
			for _, v := range batch {
				wg.Go(func() { f(v) })
			}
			wg.Wait()
		}
	}
	for range class {
		visitors = append(visitors, tl.visitor())
	}
	each(0, func(v *visitor) {
		for _, click := range clicks[:1] {
			v.click(&refused, click)
		}
	})
	streams := make([]*eventStream, class)
	for i, v := range visitors {
		streams[i] = v.stream()
	}
	for i := range streams {
		streams[i].session("the first state", func(i internals) bool { return i.Session.Exists })
	}
	for _, click := range clicks[1:] {
		each(0, func(v *visitor) { v.click(&refused, click) })
	}
	refused.Range(func(what, _ any) bool { t.Error(what); return true })
}

// click posts and opens the page that it leads to. What is not a page as usual goes into refused.
func (v *visitor) click(refused *sync.Map, post []string) {
	a := v.post(post[0], post[1:]...)
	if a.Status != http.StatusSeeOther {
		refused.Store(fmt.Sprintf("POST %s = %d", post[0], a.Status), true)
		return
	}
	if page := v.get(a.Header.Get("Location")); page.Status != http.StatusOK {
		refused.Store(fmt.Sprintf("GET %s = %d", a.Header.Get("Location"), page.Status), true)
	}
}

func TestLimitOfKeys(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	var pairs []string
	for i := range 200 {
		pairs = append(pairs, "key", fmt.Sprintf("k%03d", i), "value", "v")
	}
	v.run("/update", pairs...)
	before := v.internals().Row
	for _, post := range [][]string{{"/set", "key", "one-more", "value", "v"},
		{"/setdefault", "key", "one-more", "value", "v"},
		{"/update", "key", "one-more", "value", "v"}, {"/expiry", "seconds", "10"}, {"/test-cookie/set"}} {
		a := v.post(post[0], post[1:]...)
		if a.Status != http.StatusRequestEntityTooLarge || a.setCookie() != nil ||
			!strings.Contains(a.Body, "200 keys") {
			t.Errorf("%v over the limit = %d, Set-Cookie %v; want a page that names the limit", post, a.Status,
				a.setCookie())
		}
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) ||
		!after.Expiry.Equal(before.Expiry) {
		t.Error("the row was changed")
	}
	v.run("/set", "key", "k000", "value", "changed") // still usable
	v.run("/delete", "key", "k001")
	v.run("/set", "key", "one-more", "value", "v")
	if got := len(v.values()); got != 200 {
		t.Errorf("%d keys, want 200", got)
	}
	a := tl.visitor().post("/update", append(pairs, "key", "one-more", "value", "v")...)
	if a.Status != http.StatusRequestEntityTooLarge || tl.rows() != 1 {
		t.Errorf("201 pairs at once = %d, %d rows", a.Status, tl.rows())
	}
}

func TestLimitOfBytes(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	full := strings.Repeat("x", 64<<10)
	for _, key := range []string{"a", "b", "c"} {
		v.run("/set", "key", key, "value", full)
	}
	before := v.internals().Row
	a := v.post("/set", "key", "d", "value", full) // the values alone are 256 KiB then
	if a.Status != http.StatusRequestEntityTooLarge || a.setCookie() != nil ||
		!strings.Contains(a.Body, "256 KiB") {
		t.Errorf("over 256 KiB = %d, Set-Cookie %v; want a page that names the limit", a.Status, a.setCookie())
	}
	if a := v.post("/set", "key", "d", "value", full+"x"); a.Status != http.StatusRequestEntityTooLarge ||
		!strings.Contains(a.Body, "64 KiB") {
		t.Errorf("a value over 64 KiB = %d", a.Status)
	}
	if after := v.internals().Row; string(after.Data) != string(before.Data) ||
		!after.Expiry.Equal(before.Expiry) {
		t.Error("the row was changed")
	}
	v.run("/set", "key", "d", "value", full[:60<<10]) // what still fits
	fits := 60<<10 + limits.MaxSessionBytes - v.internals().Row.Size
	v.run("/set", "key", "d", "value", full[:fits])
	if got := v.internals().Row.Size; got != limits.MaxSessionBytes {
		t.Errorf("the row has %d bytes, want all of the %d that are allowed", got, limits.MaxSessionBytes)
	}
	if a := v.post("/set", "key", "d", "value", full[:fits+1]); a.Status != http.StatusRequestEntityTooLarge ||
		v.internals().Row.Size != limits.MaxSessionBytes {
		t.Errorf("one byte more = %d, and the row has %d bytes", a.Status, v.internals().Row.Size)
	}
}

// Large answers that nobody takes hold so many bytes and no more. Ordinary pages go on, and the room comes
// back when the readers are given up.
func TestLargeAnswersHaveRoom(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	v.run("/set", "key", "a", "value", strings.Repeat("x", 60<<10))
	v.run("/set", "key", "b", "value", strings.Repeat("x", 60<<10))
	size := len(v.get("/internals.json").Body)
	if size <= limits.SmallAnswer {
		t.Fatalf("the answer has %d bytes, and is no large one", size)
	}
	leaving := func(n int) (leave func()) { // as if all but n were under way
		t.Helper()
		until(t, "there is room", func() (ok bool) { // an answer that was read may still be counted
			var err error
			leave, err = tl.answers.Enter(t.Context(), int64(limits.MaxAnswers-n))
			return err == nil
		})
		return leave
	}
	const slack = 100 // its times are not always of the same length
	leave := leaving(size + slack)
	if a := v.get("/internals.json"); a.Status != http.StatusOK {
		t.Errorf("the last that has room = %d", a.Status)
	}
	leave()
	leave = leaving(size - slack)
	limited(t, v.get("/internals.json"), http.StatusServiceUnavailable, "at most 64 MiB of them")
	if a := v.get("/set"); a.Status != http.StatusOK {
		t.Errorf("an ordinary page = %d", a.Status)
	}
	leave()
	if a := v.get("/internals.json"); a.Status != http.StatusOK {
		t.Errorf("when there is room again = %d", a.Status)
	}
}

// A list has so many entries, and one that an earlier version took is shown cut, on every page.
func TestLongLists(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	for _, path := range []string{"/set", "/setdefault", "/update"} {
		v.run(path, "key", "list"+path[1:], "value", strings.Repeat(",", limits.MaxListEntries-1), "type", "list")
		a := v.post(path, "key", "more", "value", strings.Repeat(",", limits.MaxListEntries), "type", "list")
		if a.Status != http.StatusRequestEntityTooLarge || !strings.Contains(a.Body, "at most 1000 entries") {
			t.Errorf("POST %s of 1001 entries = %d", path, a.Status)
		}
	}
	long := map[string]any{"list": make([]string, 65_000), "text": strings.Repeat("'", limits.MaxValueBytes)}
	v = tl.holding(long)
	for _, path := range tl.addresses(http.MethodGet) {
		if path == "/internals/events" {
			continue
		}
		a := v.get(path)
		if limit := 200 << 10; path != "/internals.json" && len(a.Body) > limit {
			t.Errorf("GET %s of a long list has %d bytes, want at most %d", path, len(a.Body), limit)
		}
	}
	for _, result := range v.get("/items").results()[1:] {
		if !strings.Contains(result, "… and 64") || !strings.Contains(result, "(65536 bytes)") {
			t.Errorf("/items does not say what it leaves out: %.200q", result)
		}
	}
	wantText(t, v.get("/set"), "and 64829 more]")
}
