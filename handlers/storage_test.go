package handlers

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sessionlab/handlers/engine"
)

// compared runs the lesson's experiment and returns what it found out.
func compared(t *testing.T, v *visitor, fields ...string) (comparison, answer) {
	t.Helper()
	a := v.post("/storage/compare", fields...)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("POST /storage/compare = %d\n%s", a.Status, a.Body)
	}
	location := a.Header.Get("Location")
	_, id, _ := strings.Cut(location, "exchange=")
	x := v.lab.history.Get(id, v.token())
	if x == nil {
		t.Fatal("the exchange is not kept")
	}
	c, ok := x.Detail.(comparison)
	if !ok {
		t.Fatalf("detail = %T", x.Detail)
	}
	return c, v.get(location)
}

func TestStorageComparesFourStores(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.internals().Row
	c, page := compared(t, v, "predict", "storage:cookie")

	if got := page.results(); !slices.Equal(got, []string{"still open after flush: cookie"}) {
		t.Errorf("results = %q", got)
	}
	if !strings.Contains(page.Body, "It was so.") {
		t.Error("the right prediction is not told so")
	}
	if len(c.Trials) != 4 || c.Sample {
		t.Fatalf("%d trials, sample %v", len(c.Trials), c.Sample)
	}
	for _, trial := range c.Trials {
		if trial.Replayed == trial.Ends {
			t.Errorf("%s: an old cookie opens it: %v; the table says that flush ends every copy: %v", trial.Name, trial.Replayed, trial.Ends)
		}
		// A signed cookie outlives the program only with its key, which a test does not set.
		if trial.Remembered != (trial.Restart && trial.Name != "cookie") {
			t.Errorf("%s: remembered %v after closing and opening; the table says %v", trial.Name, trial.Remembered, trial.Restart)
		}
		if !strings.Contains(trial.Start, "Aman") || trial.Size == 0 || len(trial.Said) == 0 {
			t.Errorf("%s: %d bytes, %q, said %q", trial.Name, trial.Size, trial.Start, trial.Said)
		}
		if want := trial.Name == "cookie"; (len(trial.Token) != 43) != want {
			t.Errorf("%s: the browser carries %d characters", trial.Name, len(trial.Token))
		}
	}
	after := v.internals().Row
	if string(after.Data) != string(before.Data) || !after.Expiry.Equal(before.Expiry) {
		t.Error("the visitor's own session was written")
	}
}

func TestStorageWithoutASessionUsesTheExample(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	c, page := compared(t, v, "predict", "storage:none")
	if !c.Sample || v.token() != "" || tl.rows() != 0 {
		t.Errorf("sample %v, token %q, %d rows; want the example and no session", c.Sample, v.token(), tl.rows())
	}
	if !strings.Contains(page.Body, "It was not.") {
		t.Error("the wrong prediction is not told so")
	}
	for _, value := range c.Values {
		if value.Gob != value.Type {
			t.Errorf("gob turns %s of type %s into %s", value.Key, value.Type, value.Gob)
		}
		if same := value.Type == "string"; (value.JSON == value.Type) != same {
			t.Errorf("JSON turns %s of type %s into %s", value.Key, value.Type, value.JSON)
		}
	}
}

func TestStorageOfMoreThanACookieHolds(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "big", "value", strings.Repeat("x", 5000))
	c, page := compared(t, v, "predict", "storage:cookie")
	cookie := c.Trials[slices.IndexFunc(c.Trials, func(t storeTrial) bool { return t.Name == "cookie" })]
	if !strings.Contains(cookie.Err, "too large") || !strings.Contains(page.Body, "too large") {
		t.Errorf("the cookie took %d bytes: %q", cookie.Size, cookie.Err)
	}
	if !strings.Contains(page.Body, "could not tell") {
		t.Error("a prediction cannot be judged when one store took nothing")
	}
}

func TestStorageKindsAreTheEngines(t *testing.T) {
	t.Parallel()
	for i, kind := range storeKinds {
		if i >= len(engine.Schemes) || !strings.HasPrefix(kind.URL, kind.Name) {
			t.Errorf("%s: address %s", kind.Name, kind.URL)
		}
	}
	if len(storeKinds) != 6 {
		t.Errorf("%d kinds, want six", len(storeKinds))
	}
}

func TestStorageLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	v := newLab(t).visitor()
	compared(t, v)
	left, err := filepath.Glob(filepath.Join(dir, "sessionlab-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
}
