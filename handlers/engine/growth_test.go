package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// sessionData is as long as a session with two short values.
var sessionData = []byte(strings.Repeat("x", 159))

// BenchmarkGrowth measures what pages and panels ask of the store, with more and more rows in it.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := openTestSQLite(b, "")
			tokens := enginetest.FillSQLite(b, e.path, n, inAnHour())
			mustExec(b, stranger(b, e.path), "PRAGMA wal_checkpoint(TRUNCATE)")
			size, err := os.Stat(e.path)
			if err != nil {
				b.Fatal(err)
			}
			watched := tokens[:min(100, len(tokens))] // the sessions of a class
			ctx := b.Context()
			for _, bm := range []struct {
				name string
				op   func(token string) error
			}{
				{"find", func(token string) error { _, _, err := e.FindCtx(ctx, token); return err }},
				{"commit", func(token string) error { return e.CommitCtx(ctx, token, sessionData, inAnHour()) }},
				{"commit-new", func(string) error { return e.CommitCtx(ctx, newToken(), sessionData, inAnHour()) }},
				{"rows-100", func(string) error { _, _, err := e.Rows(ctx, 100); return err }},
				{"stamps-100", func(string) error { _, err := e.Stamps(ctx, watched); return err }},
				{"version", func(string) error { _, err := e.Version(ctx); return err }},
			} {
				b.Run(bm.name, func(b *testing.B) {
					var took []time.Duration
					for i := 0; b.Loop(); i++ {
						start := time.Now()
						if err := bm.op(tokens[i*7919%len(tokens)]); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(start))
					}
					slices.Sort(took)
					b.ReportMetric(micros(took[len(took)/2]), "median-µs")
					b.ReportMetric(micros(took[len(took)*99/100]), "p99-µs")
					b.ReportMetric(float64(size.Size())/1e6, "file-MB")
				})
			}
		})
	}
}

// BenchmarkUsage asks every engine how much it keeps, with 50,000 sessions in it.
func BenchmarkUsage(b *testing.B) {
	const rows = 50_000
	for _, k := range kinds() {
		if k.inCookie {
			continue // nothing is kept
		}
		b.Run(k.name, func(b *testing.B) {
			s := openSubject(b, k, k.stores(b)(b))
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

// expiredRows is how many rows BenchmarkSweep sweeps.
const expiredRows = 500_000

// BenchmarkSweep sweeps half a million expired rows while somebody commits all the time: over the same engine, or from
// another process (here another engine on the same file, which shares nothing else with the first). Rows that expired
// lately are more work: each leaves a revoked token behind.
func BenchmarkSweep(b *testing.B) {
	for _, bm := range []struct {
		name  string
		ago   time.Duration
		other bool
	}{
		{"long-ago", 2 * time.Hour, false},
		{"lately", time.Minute, false},
		{"long-ago/other-process", 2 * time.Hour, true},
	} {
		b.Run(bm.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				e := openTestSQLite(b, "")
				enginetest.FillSQLite(b, e.path, expiredRows, time.Now().Add(-bm.ago))
				writer := e
				if bm.other {
					writer = openTestSQLite(b, e.path)
				}
				b.StartTimer()
				sweepBesideWriter(b, e, writer)
			}
		})
	}
}

// sweepBesideWriter sweeps e while writer commits, and reports how long the commits took. To compare, writer then
// commits alone for the same time: the longest of those waits is the machine's.
func sweepBesideWriter(b *testing.B, e, writer *sqliteEngine) {
	sweeping, stop := context.WithCancel(b.Context())
	beside := make(chan []time.Duration)
	go func() { beside <- commitUntil(sweeping, b, writer) }()
	start := time.Now()
	n, err := e.DeleteExpired(b.Context(), time.Now())
	elapsed := time.Since(start)
	stop()
	took := <-beside
	if err != nil || n != expiredRows {
		b.Fatalf("swept %d rows, %v", n, err)
	}

	b.StopTimer()
	alone, stop := context.WithTimeout(b.Context(), elapsed)
	defer stop()
	tookAlone := commitUntil(alone, b, writer)
	b.StartTimer()

	b.ReportMetric(float64(n)/elapsed.Seconds(), "rows/s")
	b.ReportMetric(float64(len(took))/elapsed.Seconds(), "commits/s")
	for when, took := range map[string][]time.Duration{"": took, "-alone": tookAlone} {
		over, _ := slices.BinarySearch(took, 100*time.Millisecond)
		b.ReportMetric(micros(took[len(took)*99/100]), "p99"+when+"-µs")
		b.ReportMetric(micros(took[len(took)-1]), "longest"+when+"-µs")
		b.ReportMetric(float64(len(took)-over), "over-100ms"+when)
	}
}

// commitUntil commits one session again and again until ctx ends, and returns how long each commit took, sorted.
func commitUntil(ctx context.Context, b *testing.B, e *sqliteEngine) (took []time.Duration) {
	for token := newToken(); ctx.Err() == nil; {
		start := time.Now()
		if err := e.CommitCtx(b.Context(), token, sessionData, inAnHour()); err != nil {
			b.Error(err)
			break
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took
}

// BenchmarkSynchronous compares commits that a power cut can take back (NORMAL, as the engine has it) with commits
// that wait for the disk (FULL), from one visitor and from 16 at once. ns/op is the time that passes for each commit,
// the median is how long one visitor waits, and the ratio is that of the medians.
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

// commitAtOnce lets visitors commit b.N times, each their own session, and returns how long each commit took, sorted.
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
