package engine

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alexedwards/scs/sqlite3store"

	"sessionlab/handlers/engine/enginetest"
)

// sessionData is as long as a session with two short values.
var sessionData = []byte(strings.Repeat("x", 159))

// durable is enginetest.Stores on a PostgreSQL that waits for the disk.
func durable(t testing.TB, _ string) func(testing.TB) string {
	return enginetest.PostgresStores(t, true)
}

// BenchmarkEngines measures the two operations that every page needs, engine by engine in
// one run: what counts is the ratio to the first one.
func BenchmarkEngines(b *testing.B) {
	for _, k := range Kinds {
		b.Run(k.Name, func(b *testing.B) {
			stores := enginetest.Stores
			if k.Name == "postgres" {
				stores = durable
			}
			s := openSubject(b, stores(b, k.Name)(b))
			data := strings.Repeat("x", 159) // a session with two short values
			tokens := make([]string, 1000)
			for i := range tokens {
				tokens[i] = s.put(b, newToken(), data, inAnHour())
			}
			b.Run("find", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					s.wantFound(b, tokens[i%len(tokens)], data)
				}
			})
			b.Run("commit", func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					s.put(b, tokens[i%len(tokens)], data, inAnHour())
				}
			})
		})
	}
}

// BenchmarkSQLite compares the engine with SCS's store on one plain connection in WAL mode.
func BenchmarkSQLite(b *testing.B) {
	e := openTestSQLite(b, "")
	db, err := sql.Open("sqlite", dsn(filepath.Join(b.TempDir(), "plain.db"),
		"_pragma=busy_timeout(5000)", "_pragma=journal_mode(WAL)", "_pragma=synchronous(NORMAL)"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	mustExec(b, db, `CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB NOT NULL, expiry REAL NOT NULL);
CREATE INDEX sessions_expiry_idx ON sessions(expiry)`)
	plain := sqlite3store.NewWithCleanupInterval(db, 0)

	tokens := make([]string, 1000)
	data := make([]byte, 160)
	for i := range tokens {
		tokens[i] = fmt.Sprintf("%043d", i*7919)
		mustCommit(b, e, tokens[i], string(data), inAnHour())
		if err := plain.Commit(tokens[i], data, inAnHour()); err != nil {
			b.Fatal(err)
		}
	}
	for _, bm := range []struct {
		name string
		op   func(token string) error
	}{
		{"find/plain", func(token string) error { _, _, err := plain.Find(token); return err }},
		{"find/engine", func(token string) error { _, _, err := e.FindCtx(b.Context(), token); return err }},
		{"find/logged", func(token string) error {
			_, _, err := e.FindCtx(WithLog(b.Context(), &Log{}), token)
			return err
		}},
		{"commit/plain", func(token string) error { return plain.Commit(token, data, inAnHour()) }},
		{"commit/engine", func(token string) error { return e.CommitCtx(b.Context(), token, data, inAnHour()) }},
		{"commit/logged", func(token string) error {
			return e.CommitCtx(WithLog(b.Context(), &Log{}), token, data, inAnHour())
		}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if err := bm.op(tokens[i%len(tokens)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkUsage asks every engine how much it keeps, with 50,000 sessions in it.
func BenchmarkUsage(b *testing.B) {
	const rows = 50_000
	for _, k := range Kinds {
		if k.InCookie {
			continue // nothing is kept
		}
		b.Run(k.Name, func(b *testing.B) {
			s := openSubject(b, enginetest.Stores(b, k.Name)(b))
			s.putMany(b, rows, string(sessionData), inAnHour())
			want := Usage{rows, rows * int64(len(sessionData))}
			for b.Loop() {
				if u, err := s.Usage(b.Context()); err != nil || u != want {
					b.Fatalf("usage = %+v, %v; want %+v", u, err, want)
				}
			}
		})
	}
}

// BenchmarkSynchronous compares commits that a power cut can take back (NORMAL, as the engine has it) with
// commits that wait for the disk (FULL), from one visitor and from 16 at once. ns/op is the time that
// passes for each commit, the median is how long one visitor waits, and the ratio is that of the medians.
func BenchmarkSynchronous(b *testing.B) {
	for _, visitors := range []int{1, 16} {
		var normal time.Duration
		for _, mode := range []struct{ name, value string }{{"NORMAL", "1"}, {"FULL", "2"}} {
			b.Run(fmt.Sprintf("%d/%s", visitors, mode.name), func(b *testing.B) {
				e := openTestSQLite(b, "")
				writer := e.all[0].db
				mustExec(b, writer, "PRAGMA synchronous = "+mode.name)
				var got string
				if err := writer.QueryRow("PRAGMA synchronous").Scan(&got); err != nil || got != mode.value {
					b.Fatalf("synchronous = %s, %v", got, err)
				}
				b.ResetTimer()
				took := commitAtOnce(b, e, visitors)
				median := took[len(took)/2]
				b.ReportMetric(micros(median), "median-µs")
				if mode.name == "NORMAL" {
					normal = median
				} else {
					b.ReportMetric(float64(median)/float64(normal), "x-NORMAL")
				}
			})
		}
	}
}

// commitAtOnce lets visitors commit b.N times, each their own session, and returns how long each commit took,
// sorted.
func commitAtOnce(b *testing.B, e *sqliteEngine, visitors int) []time.Duration {
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range visitors {
		wg.Go(func() {
			token := newToken()
			for {
				i := int(next.Add(1)) - 1
				if i >= b.N {
					return
				}
				start := time.Now()
				if err := e.CommitCtx(b.Context(), token, sessionData, inAnHour()); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(start)
			}
		})
	}
	wg.Wait()
	slices.Sort(took)
	return took
}

// micros is d in microseconds.
func micros(d time.Duration) float64 { return d.Seconds() * 1e6 }
