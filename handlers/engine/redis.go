package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/redis/go-redis/v9"
)

// redisEngine keeps each session under a key of a Redis server, which removes the key when
// its time to live is over: an expired row is never seen, and there is nothing to sweep.
//
// FindCtx of SCS's goredisstore finds the sessions. Its CommitCtx is a plain SET, which brings
// back a session that was deleted meanwhile, and which keeps for ever what has expired already.
// So what changes something here is a script: Redis runs a script as one step. SessionStore.save
// of Django's cache backend takes two: cache.get to see that the session is there, and cache.set.
type redisEngine struct {
	client  *redis.Client
	store   *goredisstore.RedisStore
	addr    string
	options redis.Options // as they were given
}

// The keys. The first is goredisstore's.
const (
	redisSession = "scs:session:" // and the token: the data
	redisVersion = "scs:version:" // and the token: how often the session was saved since its first time
	redisEnded   = "scs:ended:"   // and the token: nothing; it stays as long as a late request may know of it
	redisExpiry  = "scs:expiry"   // a sorted set of the tokens by expiry: a listing need not visit all keys
)

// The keys of what is kept beside the sessions: see redisarchive.go.
const (
	// redisRecords and the token: a hash of the records of a session. n is how many it had, and places are
	// numbered by the rest of that: id5 is the end and the ID of the record there, data5 its data.
	redisRecords   = "scs:records:"
	redisAges      = "scs:recordages"  // a sorted set of the tokens by the time of their latest record
	redisSizes     = "scs:recordsizes" // a hash of the tokens with the room their records take; * is all of it
	redisLoose     = "scs:record:"     // and the ID of a record of no session: its data
	redisLooseEnds = "scs:recordends"  // a sorted set of these IDs by their end
	redisNote      = "scs:note:"       // and the key of a note: its data
	redisNotes     = "scs:notes"       // a sorted set of the keys of notes by their end
)

// Kind is what is true of this engine.
func (e *redisEngine) Kind() Kind { return redisKind }

// FindCtx returns what is kept under token. Redis knows when it has expired.
func (e *redisEngine) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	b, found, err := e.store.FindCtx(ctx, token)
	return b, found, redisError(err)
}

// CommitCtx keeps b under token until expiry. A session that has expired already is not kept.
func (e *redisEngine) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return e.save(ctx, token, luaCommit, redisKeys(token), token, b, redisTime(expiry))
}

// DeleteCtx deletes what is kept under token, if anything is.
func (e *redisEngine) DeleteCtx(ctx context.Context, token string) error {
	keys := append(redisKeys(token), recordKeys(token)...)
	err := changed(e.eval(ctx, luaDelete, keys, token, lateRequest.Milliseconds()))
	if errors.Is(err, ErrEnded) {
		return nil
	}
	return err
}

// Cycle moves the session and its records in one script.
func (e *redisEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	keys := append(redisKeys(old), recordKeys(old)...)
	keys = append(keys, redisSession+fresh, redisRecords+fresh)
	return e.save(ctx, fresh, luaCycle, keys, old, lateRequest.Milliseconds(), fresh, b, redisTime(expiry))
}

// redisKeys returns the keys that a change of the session of token touches.
func redisKeys(token string) []string {
	return []string{redisSession + token, redisVersion + token, redisEnded + token, redisExpiry}
}

// redisTime returns t as the scripts want it. Redis has no time before 1970.
func redisTime(t time.Time) int64 { return max(t.UnixMilli(), 1) }

// changed is what became of a script that returns how many sessions it changed. If that is 0, the session was
// ended.
func changed(cmd *redis.Cmd) error {
	n, err := cmd.Int()
	if err == nil && n == 0 {
		return ErrEnded
	}
	return redisError(err)
}

// eval runs a script.
func (e *redisEngine) eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return e.client.Eval(ctx, script, keys, args...)
}

// Row returns what is kept under token.
func (e *redisEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	key := redisSession + token
	reply, err := e.eval(ctx, luaRow, []string{key}).Slice()
	if err != nil {
		return Row{}, false, redisError(err)
	}
	data, ok := reply[0].(string)
	if !ok {
		return Row{}, false, nil
	}
	return Row{Token: token, Data: []byte(data), Size: len(data), Expiry: fromRedisTime(reply[1].(int64)),
		Place: key, Clock: fmt.Sprintf("PTTL answers %d ms", reply[2])}, true, nil
}

// What PEXPIRETIME says instead of a time.
const (
	redisGone  = -2 // there is no such key
	redisNever = -1 // the key does not expire: somebody made it by hand
)

// fromRedisTime returns the time that PEXPIRETIME says.
func fromRedisTime(millis int64) time.Time {
	if millis == redisNever {
		return never
	}
	return time.UnixMilli(millis)
}

// Rows returns the sessions that live longest, and how many there are.
func (e *redisEngine) Rows(ctx context.Context, limit int) ([]Row, int, error) {
	reply, err := e.eval(ctx, luaRows, []string{redisExpiry}, redisSession, max(limit, 0)).Slice()
	if err != nil {
		return nil, 0, redisError(err)
	}
	var rows []Row
	total := int(reply[0].(int64))
	for _, item := range reply[1:] {
		item := item.([]any)
		token, size, at := item[0].(string), item[1].(int64), item[2].(int64)
		if at == redisGone {
			total-- // removed by hand
			continue
		}
		rows = append(rows,
			Row{Token: token, Size: int(size), Expiry: fromRedisTime(at), Place: redisSession + token})
	}
	return latest(rows, limit), total, nil
}

// pages calls f with the pages of a sorted set, from "0" on. f returns which page comes next, "0" after the
// last.
func pages(ctx context.Context, f func(page string) (next string, err error)) error {
	for page := "0"; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, err := f(page)
		if err != nil || next == "0" {
			return err
		}
		page = next
	}
}

// Tokens goes through the sorted set, a page at a time.
func (e *redisEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	seen := map[string]bool{}
	return pages(ctx, func(page string) (string, error) {
		reply, err := e.eval(ctx, luaTokens, []string{redisExpiry},
			redisSession, page, prefix, lookBatch).StringSlice()
		if err != nil {
			return "", redisError(err)
		}
		next, tokens := reply[0], reply[1:]
		tokens = slices.DeleteFunc(tokens, func(token string) bool { return seen[token] })
		for _, token := range tokens {
			seen[token] = true
		}
		return next, inBatches(ctx, tokens, f)
	})
}

// DeleteExpired removes nothing: Redis has done so. It forgets the tokens of the sessions
// that are gone, when no request can remember them any more, and the room that their records took.
func (e *redisEngine) DeleteExpired(ctx context.Context, _ time.Time) (int, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	until := strconv.FormatInt(redisTime(time.Now().Add(-lateRequest)), 10)
	err := e.client.ZRemRangeByScore(ctx, redisExpiry, "-inf", until).Err()
	if err == nil {
		err = e.client.Eval(ctx, luaTidy, []string{redisAges, redisSizes}, redisRecords, lookBatch).Err()
	}
	return 0, redisError(err)
}

// Version returns a number made of what Redis counts: the changes of any client since the
// last snapshot, the time of that snapshot, and the keys that were removed without one.
func (e *redisEngine) Version(ctx context.Context) (int64, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	info, err := e.client.Info(ctx, "persistence", "stats").Result()
	if err != nil {
		return 0, redisError(err)
	}
	// A key that has expired is counted when Redis removes it, up to a tenth of a second
	// later. The sorted set knows at once.
	now := strconv.FormatInt(time.Now().UnixMilli(), 10)
	alive, err := e.client.ZCount(ctx, redisExpiry, now, "+inf").Result()
	if err != nil {
		return 0, redisError(err)
	}
	hash := fnv.New64a()
	fmt.Fprintln(hash, alive)
	for line := range strings.Lines(info) {
		switch name, _, _ := strings.Cut(line, ":"); name {
		case "rdb_changes_since_last_save", "rdb_last_save_time", "expired_keys", "evicted_keys":
			hash.Write([]byte(line))
		}
	}
	return int64(hash.Sum64()), nil
}

// Stamps returns the stamps of the tokens that have a session.
func (e *redisEngine) Stamps(ctx context.Context, tokens []string) (map[string]Stamp, error) {
	return stampsOf(ctx, tokens, func(batch []string, stamps map[string]Stamp) error {
		return e.stamp(ctx, batch, stamps)
	})
}

// stamp adds the stamps of tokens to stamps.
func (e *redisEngine) stamp(ctx context.Context, tokens []string, stamps map[string]Stamp) error {
	keys := make([]string, 0, 2*len(tokens))
	for _, token := range tokens {
		keys = append(keys, redisSession+token, redisVersion+token)
	}
	reply, err := e.eval(ctx, luaStamps, keys).Slice()
	if err != nil {
		return redisError(err)
	}
	for i, item := range reply {
		item := item.([]any)
		at, size := item[0].(int64), item[1].(int64)
		if at == redisGone || size < 0 {
			continue
		}
		saves, _ := strconv.ParseUint(item[2].(string), 10, 64) // 0 if somebody put something else there
		// No data of Redis has 2³² bytes.
		stamps[tokens[i]] = Stamp{Expiry: fromRedisTime(at).UnixMilli(), Sum: saves<<32 | uint64(size)}
	}
	return nil
}

// Usage goes through the sorted set, a page at a time. A session that comes or goes meanwhile may be counted
// or not.
func (e *redisEngine) Usage(ctx context.Context) (u Usage, err error) {
	err = pages(ctx, func(page string) (string, error) {
		reply, err := e.eval(ctx, luaUsage, []string{redisExpiry}, redisSession, page, lookBatch).Slice()
		if err != nil {
			return "", redisError(err)
		}
		u.Rows, u.Bytes = u.Rows+int(reply[1].(int64)), u.Bytes+reply[2].(int64)
		return reply[0].(string), nil
	})
	if err != nil {
		return Usage{}, err
	}
	return u, nil
}

// Ping says whether the server answers.
func (e *redisEngine) Ping(ctx context.Context) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return redisError(e.client.Ping(ctx).Err())
}

// Close closes all connections.
func (e *redisEngine) Close() error { return e.client.Close() }
