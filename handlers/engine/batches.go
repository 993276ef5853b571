package engine

import (
	"cmp"
	"context"
	"slices"
)

// lookBatch is about how many sessions an engine asks its store about in one go. Between two goes others have
// the connection, or the server.
const lookBatch = 250

// inBatches calls f with tokens, some at a time, until ctx ends or f fails.
func inBatches(ctx context.Context, tokens []string, f func(tokens []string) error) error {
	for batch := range slices.Chunk(tokens, lookBatch) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(batch); err != nil {
			return err
		}
	}
	return nil
}

// latest returns at most limit of rows, the latest expiry first. It sorts rows.
func latest(rows []Row, limit int) []Row {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(b.Expiry.Compare(a.Expiry), cmp.Compare(a.Token, b.Token))
	})
	return rows[:min(max(limit, 0), len(rows))]
}
