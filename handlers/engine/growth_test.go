package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

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

// expiredRows is how many rows BenchmarkSweep sweeps.
const expiredRows = 500_000

// BenchmarkSweep sweeps half a million expired rows while somebody commits all the time: over the same
// engine, or from another process (here another engine on the same file, which shares nothing else with
// the first). Rows that expired lately are more work: each leaves a revoked token behind.
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

// sweepBesideWriter sweeps e while writer commits, and reports how long the commits took. To compare,
// writer then commits alone for the same time: the longest of those waits is the machine's.
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

// commitUntil commits one session again and again until ctx ends, and returns how long each commit took,
// sorted.
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
