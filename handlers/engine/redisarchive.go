package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// recordKeys returns the keys that hold the records of token, and what is known of all records.
func recordKeys(token string) []string {
	return []string{redisRecords + token, redisAges, redisSizes}
}

// save runs a script that saves the session of token. The record of ctx goes out right behind it, as a script
// of its own that looks whether the session is there: both are one round trip.
func (e *redisEngine) save(
	ctx context.Context, token, script string, keys []string, args ...any,
) error {
	order := orderOf(ctx)
	if order == nil {
		return changed(e.eval(ctx, script, keys, args...))
	}
	ctx, cancel := bounded(ctx)
	defer cancel()
	pipe := e.client.Pipeline()
	saved := pipe.Eval(ctx, script, keys, args...)
	text, said := redisText(saved)
	if r, ok := order.record(token, statement(text, said...)); ok {
		pipe.Eval(ctx, luaKeep, keepKeys(r), keepArgs(r)...)
	}
	pipe.Exec(ctx) // each command has its own error, and that of the record is not the session's
	return changed(saved)
}

func keepKeys(r Record) []string {
	return append([]string{redisSession + r.Token}, recordKeys(r.Token)...)
}

func keepArgs(r Record) []any { return []any{r.Token, r.ID, r.Data, redisEnd(r.end()), redisRecords} }

// redisEnd returns t in the thirteen digits in which the scripts keep the end of a record.
func redisEnd(t time.Time) string {
	const latest = 1e13 - 1 // in the year 2286
	return fmt.Sprintf("%013d", min(redisTime(t), latest))
}

// Keep runs the script that keeps a record.
func (e *redisEngine) Keep(ctx context.Context, r Record) error {
	if err := checkSize(r.Data); err != nil {
		return err
	}
	return redisError(e.eval(ctx, luaKeep, keepKeys(r), keepArgs(r)...).Err())
}

// Records reads the fields with the IDs alone.
func (e *redisEngine) Records(ctx context.Context, token string) ([]string, error) {
	if token == "" {
		return nil, nil
	}
	ids, err := e.eval(ctx, luaRecords, []string{redisSession + token, redisRecords + token}).StringSlice()
	return ids, redisError(err)
}

// RecordData reads the fields that are asked for.
func (e *redisEngine) RecordData(
	ctx context.Context, token string, ids []string,
) (map[string][]byte, error) {
	args := []any{token}
	for _, id := range ids {
		args = append(args, id)
	}
	reply, err := e.eval(ctx, luaRecordData, []string{redisSession + token, redisRecords + token},
		args...).StringSlice()
	if err != nil {
		return nil, redisError(err)
	}
	found := map[string][]byte{}
	for i := 0; i+1 < len(reply); i += 2 {
		found[reply[i]] = []byte(reply[i+1])
	}
	return found, nil
}

// Note reads a key.
func (e *redisEngine) Note(ctx context.Context, key string) ([]byte, bool, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	data, err := e.client.Get(ctx, redisNote+key).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, false, nil
	}
	return data, err == nil, redisError(err)
}

// SetNote sets a key with an end, which Redis removes then.
func (e *redisEngine) SetNote(ctx context.Context, key string, data []byte, until time.Time) error {
	if err := checkSize(data); err != nil {
		return err
	}
	return redisError(e.eval(ctx, luaSetNote, []string{redisNote + key, redisNotes},
		key, data, redisTime(until), redisNote).Err())
}

// DropNote removes a key.
func (e *redisEngine) DropNote(ctx context.Context, key string) error {
	return redisError(e.eval(ctx, luaDropNote, []string{redisNote + key, redisNotes}, key).Err())
}
