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
	r, ok := order.record(token, statement(text, said...))
	var kept *redis.Cmd
	if ok {
		kept = pipe.EvalSha(ctx, keepScript.Hash(), keepKeys(r), keepArgs(r)...)
	}
	pipe.Exec(ctx) // each command has its own error, and that of the record is not the session's
	if ok && saved.Err() == nil && redis.HasErrorPrefix(kept.Err(), "NOSCRIPT") {
		// The server was started anew, or somebody took its scripts away. From now on it has this one again.
		_ = e.Keep(ctx, r)
	}
	return changed(saved)
}

// keepScript is luaKeep as the server remembers it: it is long, and each save has it.
var keepScript = redis.NewScript(luaKeep)

func keepKeys(r Record) []string {
	return append([]string{redisSession + r.Token}, recordKeys(r.Token)...)
}

// The end of a record stands before its ID.
func keepArgs(r Record) []any { return []any{r.Token, redisEnd(r.end()) + r.ID, r.Data, redisRecords} }

// redisEnd returns t in thirteen digits.
func redisEnd(t time.Time) string {
	const latest = 1e13 - 1 // in the year 2286
	return fmt.Sprintf("%013d", min(redisTime(t), latest))
}

// Keep runs the script that keeps a record. One of no session has a key of its own.
func (e *redisEngine) Keep(ctx context.Context, r Record) error {
	if err := r.checkSize(); err != nil {
		return err
	}
	if r.Token == "" {
		return e.set(ctx, redisLoose, redisLooseEnds, looseRecords, r.ID, r.Data, r.end())
	}
	return redisError(e.eval(ctx, luaKeep, keepKeys(r), keepArgs(r)...).Err())
}

// set keeps data under prefix and name. ends is the sorted set of all that has this prefix, at most so many.
func (e *redisEngine) set(
	ctx context.Context, prefix, ends string, most int, name string, data []byte, until time.Time,
) error {
	return redisError(e.eval(ctx, luaSet, []string{prefix + name, ends},
		name, data, redisTime(until), prefix, most).Err())
}

// Records reads the IDs alone.
func (e *redisEngine) Records(ctx context.Context, token string) ([]string, error) {
	if token == "" {
		return nil, nil
	}
	ids, err := e.eval(ctx, luaRecords, []string{redisSession + token, redisRecords + token}).StringSlice()
	return ids, redisError(err)
}

// RecordData reads the data that is asked for.
func (e *redisEngine) RecordData(
	ctx context.Context, token string, ids []string,
) (map[string][]byte, error) {
	found := map[string][]byte{}
	if len(ids) == 0 {
		return found, nil
	}
	if token == "" {
		return found, e.looseData(ctx, ids, found)
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	keys := []string{redisSession + token, redisRecords + token}
	reply, err := e.eval(ctx, luaRecordData, keys, args...).StringSlice()
	for i := 0; i+1 < len(reply); i += 2 {
		found[reply[i]] = []byte(reply[i+1])
	}
	return found, redisError(err)
}

// looseData adds to found the records of no session.
func (e *redisEngine) looseData(ctx context.Context, ids []string, found map[string][]byte) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = redisLoose + id
	}
	reply, err := e.client.MGet(ctx, keys...).Result()
	for i, data := range reply {
		if data, ok := data.(string); ok {
			found[ids[i]] = []byte(data)
		}
	}
	return redisError(err)
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
	if err := checkNote(data); err != nil {
		return err
	}
	return e.set(ctx, redisNote, redisNotes, allNotes, key, data, until)
}

// DropNote removes a key.
func (e *redisEngine) DropNote(ctx context.Context, key string) error {
	return redisError(e.eval(ctx, luaDropNote, []string{redisNote + key, redisNotes}, key).Err())
}
