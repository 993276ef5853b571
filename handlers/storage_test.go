package handlers

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/engine/enginetest"
)

// compareNow runs the lesson's experiment and returns what it found out.
func compareNow(t *testing.T, v *visitor, fields ...string) (comparison, answer) {
	t.Helper()
	a := v.post("/storage/compare", fields...)
	if a.Status != http.StatusSeeOther {
		t.Fatalf("POST /storage/compare = %d\n%s", a.Status, a.Body)
	}
	location := a.Header.Get("Location")
	_, id, _ := strings.Cut(location, "exchange=")
	x := v.lab.exchange(id, v.token())
	if x == nil {
		t.Fatal("the exchange is not kept")
	}
	c := compared(x.Detail)
	if c == nil {
		t.Fatalf("detail = %+v", x.Detail)
	}
	return *c, v.get(location)
}

func TestStorageComparesFourStores(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := v.internals().Row
	c, page := compareNow(t, v, "predict", "storage:cookie")

	if got := page.results(); !slices.Equal(got, []string{"still open after flush: cookie"}) {
		t.Errorf("results = %q", got)
	}
	if !strings.Contains(page.Body, "Correct.") {
		t.Error("the right prediction is not told so")
	}
	if len(c.Trials) != 4 || c.Sample {
		t.Fatalf("%d trials, sample %v", len(c.Trials), c.Sample)
	}
	for _, trial := range c.Trials {
		if trial.Replayed == trial.Ends {
			t.Errorf("%s: an old cookie opens it: %v; the table says that flush ends every copy: %v", trial.Name,
				trial.Replayed, trial.Ends)
		}
		// A signed cookie outlives the program only with its key, which a test does not set.
		if trial.Remembered != (trial.Restart && !trial.InCookie) {
			t.Errorf("%s: remembered %v after closing and opening; the table says %v", trial.Name, trial.Remembered,
				trial.Restart)
		}
		if !strings.Contains(trial.Start, "Aman") || trial.Size == 0 || len(trial.Said) == 0 {
			t.Errorf("%s: %d bytes, %q, said %q", trial.Name, trial.Size, trial.Start, trial.Said)
		}
		if want := trial.InCookie; (len(trial.Token) != 43) != want {
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
	c, page := compareNow(t, v, "predict", "storage:none")
	if !c.Sample || v.token() != "" || tl.rows() != 0 {
		t.Errorf("sample %v, token %q, %d rows; want the example and no session", c.Sample, v.token(), tl.rows())
	}
	if !strings.Contains(page.Body, "Not this time.") {
		t.Error("the wrong prediction is not told so")
	}
	for _, value := range c.Values {
		if value.Gob != value.Type {
			t.Errorf("gob turns %s of type %s into %s", value.Key, value.Type, value.Gob)
		}
		if want := map[string]string{"fname": "string", "lname": "string", "age": "int",
			"since": "TypeError"}[value.Key]; value.JSON != want {
			t.Errorf("JSON turns %s of type %s into %s, want %s", value.Key, value.Type, value.JSON, want)
		}
	}
}

// What Django's JSON gives back of every type that a form can store.
func TestThroughJSON(t *testing.T) {
	t.Parallel()
	values := map[string]any{"text": "a", "int": 31, "whole": 3.0, "tiny": 1e-7, "nan": math.NaN(), "yes": true,
		"list": []string{"a"}, "cart": map[string]int{"n": 1}, "time": time.Now()}
	b, types, err := throughJSON(values)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"text": "string", "int": "int", "whole": "float", "tiny": "float", "nan": "float",
		"yes":  "bool",
		"list": "list", "cart": "map", "time": "TypeError"}
	if !maps.Equal(types, want) {
		t.Errorf("types %v, want %v", types, want)
	}
	whole := `{"cart":{"n":1},"int":31,"list":["a"],"text":"a","tiny":1e-07,"whole":3.0,"yes":true}`
	if string(b) != whole {
		t.Errorf("JSON %s, want %s", b, want)
	}
}

func TestStorageOfMoreThanACookieHolds(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	v.run("/set", "key", "big", "value", strings.Repeat("x", 5000))
	c, page := compareNow(t, v, "predict", "storage:cookie")
	cookie := c.Trials[slices.IndexFunc(c.Trials, func(t storeTrial) bool { return t.InCookie })]
	if !strings.Contains(cookie.Err, "too large") || !strings.Contains(page.Body, "too large") {
		t.Errorf("the cookie took %d bytes: %q", cookie.Size, cookie.Err)
	}
	if !strings.Contains(page.Body, "Not judged yet.") {
		t.Error("a prediction cannot be judged when one store took nothing")
	}
}

func TestStorageLeavesNothingBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp) // Windows
	compareNow(t, newLab(t).visitor())
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("%v, %v is left", err, left)
	}
}

// checkTrial runs the experiment on a lab whose store is a server with other people's sessions, and looks
// into the server with a client of its own: nothing there may be different after it.
func checkTrial(t *testing.T, tl *testLab, kind engine.Kind) {
	dump := map[string]func(*testing.T, string) string{"redis": dumpRedis, "postgres": dumpPostgres}[kind.Name]
	other, v := tl.visitor(), tl.visitor()
	other.run("/set", "key", "mine", "value", "stays")
	v.run("/set", "key", "fname", "value", "Aman")
	before := dump(t, tl.store)
	if !strings.Contains(before, v.token()) || !strings.Contains(before, other.token()) {
		t.Fatalf("the server holds %s", before)
	}
	c, page := compareNow(t, v, "predict", "storage:cookie")
	if after := dump(t, tl.store); after != before {
		t.Errorf("the server holds %s\nand before it was %s", after, before)
	}
	if len(c.Trials) != 5 || c.Trials[4].Name != kind.Name {
		t.Fatalf("%d trials, the last on %s", len(c.Trials), c.Trials[len(c.Trials)-1].Name)
	}
	trial := c.Trials[4]
	if trial.Replayed || !trial.Remembered || trial.Size == 0 || len(trial.Said) == 0 ||
		trial.Persistence == "" || !strings.Contains(trial.Start, "Aman") {
		t.Errorf("trial = %+v", trial)
	}
	text, label := page.text(), tl.engine.Kind().Label
	for _, want := range []string{label + "43 characters", "there, for a new connection", trial.Persistence,
		"Correct.", "Signed cookie"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if a := v.get("/storage"); !strings.Contains(a.text(), "and "+label+", on which this lab runs, once more") {
		t.Error("the page does not say what will be tried")
	}
}

// A Redis that does not let its settings be read is compared all the same.
func TestStorageOnAServerThatDoesNotTell(t *testing.T) {
	t.Parallel()
	store := enginetest.Stores(t, "redis")(t)
	client := redisClient(t, store)
	if err := client.Do(t.Context(), "ACL", "SETUSER", "default", "-config").Err(); err != nil {
		t.Fatal(err)
	}
	c, _ := compareNow(t, newLabOn(t, store).visitor())
	if trial := c.Trials[len(c.Trials)-1]; trial.Persistence != "it does not tell" || !trial.Remembered {
		t.Errorf("trial = %+v", trial)
	}
}

// The password of a server is on no page and in no line of the log, also when the server goes away.
func TestStorePasswordIsShownNowhere(t *testing.T) {
	t.Parallel()
	server := enginetest.RedisServer(t)
	client := redisClient(t, "redis://"+server.Addr)
	if err := client.ConfigSet(t.Context(), "requirepass", "S3CRET").Err(); err != nil {
		t.Fatal(err)
	}
	tl := newLabOn(t, "redis://:S3CRET@"+server.Addr)
	v := tl.visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	_, page := compareNow(t, v)
	answers := []answer{page}
	for _, stopped := range []bool{false, true} {
		if stopped {
			server.Stop()
		}
		for _, path := range []string{"/set", "/storage", "/settings", "/sessions", "/internals", "/internals.json",
			"/healthz"} {
			a := v.get(path)
			if gone := a.Status == http.StatusServiceUnavailable; gone != stopped {
				t.Errorf("GET %s = %d", path, a.Status)
			}
			answers = append(answers, a)
		}
		if a := v.post("/storage/compare"); (a.Status == http.StatusServiceUnavailable) != stopped {
			t.Errorf("POST /storage/compare = %d", a.Status)
		}
	}
	for _, a := range answers {
		if strings.Contains(a.Body, "S3CRET") {
			t.Errorf("a page shows it: %s", a.Body)
		}
	}
	if log := tl.log.String(); strings.Contains(log, "S3CRET") || !strings.Contains(log, "level=ERROR") {
		t.Errorf("the log: %s", log)
	}
}

// A trial that the server breaks off leaves nothing behind either.
func TestStorageTrialThatFails(t *testing.T) {
	t.Parallel()
	store := enginetest.Stores(t, "redis")(t)
	v := newLabOn(t, store).visitor()
	v.run("/set", "key", "fname", "value", "Aman")
	before := dumpRedis(t, store)
	client := redisClient(t, store)
	client.ConfigSet(t.Context(), "maxmemory", "1")
	if a := v.post("/storage/compare"); a.Status != http.StatusInsufficientStorage ||
		!strings.Contains(a.Body, "Nothing was changed") {
		t.Errorf("on a full server: %d", a.Status)
	}
	client.ConfigSet(t.Context(), "maxmemory", "0")
	if after := dumpRedis(t, store); after != before {
		t.Errorf("the server holds %s\nand before it was %s", after, before)
	}
}

func redisClient(t *testing.T, store string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(store)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}

// dumpRedis returns every key of the database with its bytes and its end.
func dumpRedis(t *testing.T, store string) string {
	t.Helper()
	client := redisClient(t, store)
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(keys)
	var all strings.Builder
	for _, key := range keys {
		if strings.HasPrefix(key, "scs:record") {
			continue // the experiment is an exchange of its visitor, and kept as one
		}
		data, err := client.Dump(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&all, "%s %x %d\n", key, data, client.PExpireTime(t.Context(), key).Val())
	}
	return all.String()
}

// dumpPostgres returns every row of both tables.
func dumpPostgres(t *testing.T, store string) (all string) {
	t.Helper()
	const query = `SELECT coalesce(string_agg(line, E'\n' ORDER BY line), '') FROM
		(SELECT sessions::text FROM sessions UNION ALL SELECT revoked::text FROM revoked) AS lines (line)`
	if err := enginetest.PostgresClient(t, store).QueryRow(t.Context(), query).Scan(&all); err != nil {
		t.Fatal(err)
	}
	return all
}
