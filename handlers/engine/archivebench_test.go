package engine

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

// BenchmarkCommitWithRecord compares commits with a record of 3 KB with commits without, by turns in one run:
// x-plain is the ratio of the medians. So is x-noise, of the commits without a record and as many more of
// them: as far as that is from 1, nothing is measured.
func BenchmarkCommitWithRecord(b *testing.B) {
	for _, name := range archives {
		b.Run(name, func(b *testing.B) { benchmarkRecord(b, openArchive(b, enginetest.Stores(b, name)(b))) })
	}
	b.Run("postgres-durable", func(b *testing.B) {
		benchmarkRecord(b, openArchive(b, durable(b, postgresKind.Name)(b)))
	})
}

func benchmarkRecord(b *testing.B, a archive) {
	data := make([]byte, 3_000)
	rand.Read(data)
	tokens := a.putMany(b, 100, string(sessionData), inAnHour())
	var took [3][]time.Duration // without, with, without
	for i := 0; b.Loop(); i++ {
		for j := range took {
			kind := (i + j) % len(took)
			ctx := WithLog(context.Background(), &Log{})
			if kind == 1 {
				ctx, _ = recorded(ctx, string(data))
			}
			start := time.Now()
			if err := a.subject.CommitCtx(ctx, tokens[i%len(tokens)], sessionData, inAnHour()); err != nil {
				b.Fatal(err)
			}
			took[kind] = append(took[kind], time.Since(start))
		}
	}
	var medians [3]float64
	for kind := range took {
		slices.Sort(took[kind])
		medians[kind] = micros(took[kind][len(took[kind])/2])
	}
	b.ReportMetric(medians[0], "plain-µs")
	b.ReportMetric(medians[1], "record-µs")
	b.ReportMetric(medians[1]/medians[0], "x-plain")
	b.ReportMetric(medians[2]/medians[0], "x-noise")
}
