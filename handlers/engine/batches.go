package engine

import (
	"context"
	"slices"
)

const (
	// lookBatch is about how many sessions an engine asks its store about in one go. Between two goes others
	// have the connection, or the server.
	lookBatch = 250
	// sweepBatch is how many rows a sweep removes in one go. Between two goes others write.
	sweepBatch = 250
)

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

// inOrder calls f with all tokens of a table, some at a time. next returns those that come after a token,
// fewer than lookBatch where there are no more. Each batch is complete before f gets it, so f may write.
func inOrder(next func(after string) ([]string, error), f func(tokens []string) error) error {
	for after := ""; ; {
		tokens, err := next(after)
		if err == nil && len(tokens) > 0 {
			err = f(tokens)
		}
		if err != nil || len(tokens) < lookBatch {
			return err
		}
		after = tokens[len(tokens)-1]
	}
}

// stampsOf returns the stamps that add adds for each batch of tokens.
func stampsOf(
	ctx context.Context, tokens []string, add func(batch []string, stamps map[string]Stamp) error,
) (map[string]Stamp, error) {
	stamps := map[string]Stamp{}
	err := inBatches(ctx, tokens, func(batch []string) error { return add(batch, stamps) })
	if err != nil {
		return nil, err
	}
	return stamps, nil
}

// sweepAll calls sweep, which removes at most sweepBatch rows and returns how many, until nothing is left to
// remove. In between it calls rest.
func sweepAll(sweep func() (int, error), rest func()) (removed int, err error) {
	for {
		n, err := sweep()
		if err != nil {
			return removed, err
		}
		removed += n
		if n < sweepBatch {
			return removed, nil
		}
		rest()
	}
}
