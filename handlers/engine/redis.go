package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// redisEngine keeps each session under a key of a Redis server, which removes the key when
// its time to live is over: an expired row is never seen, and there is nothing to sweep.
//
// SCS's goredisstore finds the sessions. It could commit and delete them too, but its commit
// is a plain SET, which brings back a session that was deleted meanwhile, and which keeps
// for ever what has expired already. So what changes something here is a script: Redis runs
// a script as one step.
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
	redisEnded   = "scs:ended:"   // and the token: nothing; it stays as long as a late request could know the token
	redisExpiry  = "scs:expiry"   // a sorted set of the tokens by expiry, so that a listing needs not visit all keys
)

const (
	// serverStart is how long a server may take to answer when it is opened.
	serverStart = 3 * time.Second
	// serverWait is the longest time that an operation waits for a server.
	serverWait = 5 * time.Second
)

// Times in the scripts are Unix milliseconds, by the clock of the server.
const (
	// A token that is in the sorted set without a key was removed by hand, or Redis needed
	// the memory, or it has expired just now: it does not come back either. A session that
	// was saved once has no version yet, and one of an earlier program has none either.
	luaCommit = `
local session, version, ended, expiry = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, data, at = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', ended) == 1 then return 0 end
if redis.call('SET', session, data, 'XX', 'PXAT', at) then -- a save: the session is there
	redis.call('INCR', version)
	redis.call('PEXPIREAT', version, at)
else
	if redis.call('ZSCORE', expiry, token) then return 0 end
	redis.call('SET', session, data, 'PXAT', at)
end
redis.call('ZADD', expiry, at, token)
return 1`

	luaDelete = `
local session, version, ended, expiry = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, late = ARGV[1], ARGV[2]
if redis.call('DEL', session) == 0 then return 0 end
redis.call('DEL', version)
redis.call('SET', ended, '', 'PX', late)
redis.call('ZREM', expiry, token)
return 1`

	luaCycle = `
local session, version, ended, expiry, fresh = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local token, late, freshToken, data, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('EXISTS', session) == 0 then return 0 end
redis.call('SET', fresh, data, 'PXAT', at)
redis.call('ZADD', expiry, at, freshToken)
redis.call('SET', ended, '', 'PX', late)
redis.call('ZREM', expiry, token)
redis.call('DEL', version)
return redis.call('DEL', session)`

	luaRow = `return {redis.call('GET', KEYS[1]), redis.call('PEXPIRETIME', KEYS[1]), redis.call('PTTL', KEYS[1])}`

	// The first of the returned numbers is how many sessions there are.
	luaRows = `
local prefix, limit = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local list = {redis.call('ZCOUNT', KEYS[1], now, '+inf')}
for _, token in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', now, 'LIMIT', 0, limit)) do
	local key = prefix .. token
	local size = redis.pcall('STRLEN', key) -- an error when somebody put something else there
	if type(size) == 'number' then table.insert(list, {token, size, redis.call('PEXPIRETIME', key)}) end
end
return list`

	// One page of the sorted set, and where the next one begins. A page may repeat what was on an earlier
	// one.
	luaTokens = `
local session, page, begin, count = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local scan = redis.call('ZSCAN', KEYS[1], page, 'COUNT', count)
local list = {scan[1]}
for i = 1, #scan[2], 2 do
	local token = scan[2][i]
	if string.sub(token, 1, #begin) == begin and redis.call('EXISTS', session .. token) == 1 then
		table.insert(list, token)
	end
end
return list`

	// The data is not read: of every save the version tells, and of most changes by hand the size or the end.
	// The keys are those of a session and of its version by turns.
	luaStamps = `
local list = {}
for i = 1, #KEYS, 2 do
	local session, version = KEYS[i], KEYS[i + 1]
	local size = redis.pcall('STRLEN', session)
	if type(size) ~= 'number' then size = -1 end -- somebody put something else there
	local saves = redis.call('MGET', version)[1] or '0'
	table.insert(list, {redis.call('PEXPIRETIME', session), size, saves})
end
return list`

	// One page of the sorted set, and where the next one begins. Of the keys it reads the lengths.
	luaUsage = `
local prefix, page, count = ARGV[1], ARGV[2], ARGV[3]
local rows, bytes = 0, 0
local scan = redis.call('ZSCAN', KEYS[1], page, 'COUNT', count)
for i = 1, #scan[2], 2 do
	local key = prefix .. scan[2][i]
	local size = redis.pcall('STRLEN', key)
	if type(size) == 'number' and (size > 0 or redis.call('EXISTS', key) == 1) then
		rows, bytes = rows + 1, bytes + size
	end
end
return {scan[1], rows, bytes}`
)

// openRedis opens the Redis server at address, a URL.
func openRedis(ctx context.Context, address string) (Engine, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		// What is wrong is not told: the error would repeat a part of the address, and that may be the password.
		return nil, errors.New("session store in Redis: the address cannot be read: use redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER]")
	}
	e := newRedis(options)
	if err := e.start(ctx); err != nil {
		e.Close()
		return nil, fmt.Errorf("session store in Redis at %s: %w", e.addr, err)
	}
	return e, nil
}

func newRedis(options *redis.Options) *redisEngine {
	logging.Disable()       // every failure reaches the caller; go-redis would print it as well
	options.MaxRetries = -1 // a Cycle that was done and is tried again looks as if it had come too late
	options.DialerRetries = 1
	options.DialTimeout = serverStart
	options.ReadTimeout = serverWait
	options.WriteTimeout = serverWait
	options.PoolTimeout = serverWait
	options.ContextTimeoutEnabled = true
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	e := &redisEngine{options: *options, addr: options.Addr}
	e.client = redis.NewClient(options)
	e.client.AddHook(redisLog{})
	e.store = goredisstore.New(e.client)
	return e
}

// start finds out whether the server answers, and knows what the scripts use.
func (e *redisEngine) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, serverStart)
	defer cancel()
	err := e.client.PExpireTime(ctx, redisSession).Err()
	if err != nil && strings.HasPrefix(err.Error(), "ERR unknown command") {
		return errors.New("it is too old: Redis 7 or Valkey is needed")
	}
	return redisError(err)
}

// Name returns "redis".
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
	return e.change(ctx, luaCommit, redisKeys(token), token, b, redisTime(expiry))
}

// DeleteCtx deletes what is kept under token, if anything is.
func (e *redisEngine) DeleteCtx(ctx context.Context, token string) error {
	err := e.change(ctx, luaDelete, redisKeys(token), token, lateRequest.Milliseconds())
	if errors.Is(err, ErrEnded) {
		return nil
	}
	return err
}

// Cycle moves the session in one script.
func (e *redisEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	keys := append(redisKeys(old), redisSession+fresh)
	return e.change(ctx, luaCycle, keys, old, lateRequest.Milliseconds(), fresh, b, redisTime(expiry))
}

// redisKeys returns the keys that a change of the session of token touches.
func redisKeys(token string) []string {
	return []string{redisSession + token, redisVersion + token, redisEnded + token, redisExpiry}
}

// redisTime returns t as the scripts want it. Redis has no time before 1970.
func redisTime(t time.Time) int64 { return max(t.UnixMilli(), 1) }

// change runs a script that returns how many sessions it changed. If it returns 0, the
// session was ended.
func (e *redisEngine) change(ctx context.Context, script string, keys []string, args ...any) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	n, err := e.client.Eval(ctx, script, keys, args...).Int()
	if err == nil && n == 0 {
		return ErrEnded
	}
	return redisError(err)
}

// Row returns what is kept under token.
func (e *redisEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	key := redisSession + token
	reply, err := e.client.Eval(ctx, luaRow, []string{key}).Slice()
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
	ctx, cancel := bounded(ctx)
	defer cancel()
	reply, err := e.client.Eval(ctx, luaRows, []string{redisExpiry}, redisSession, max(limit, 0)).Slice()
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
		rows = append(rows, Row{Token: token, Size: int(size), Expiry: fromRedisTime(at), Place: redisSession + token})
	}
	return latest(rows, limit), total, nil
}

// Tokens goes through the sorted set, a page at a time.
func (e *redisEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	seen := map[string]bool{}
	for page := "0"; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, tokens, err := e.tokens(ctx, page, prefix)
		if err != nil {
			return redisError(err)
		}
		tokens = slices.DeleteFunc(tokens, func(token string) bool { return seen[token] })
		for _, token := range tokens {
			seen[token] = true
		}
		if err := inBatches(ctx, tokens, f); err != nil || next == "0" {
			return err
		}
		page = next
	}
}

// tokens returns those tokens on one page of the sorted set that begin with prefix, and the page after it,
// "0" after the last.
func (e *redisEngine) tokens(ctx context.Context, page, prefix string) (next string, list []string, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	reply, err := e.client.Eval(ctx, luaTokens, []string{redisExpiry},
		redisSession, page, prefix, lookBatch).StringSlice()
	if err != nil {
		return "", nil, err
	}
	return reply[0], reply[1:], nil
}

// DeleteExpired removes nothing: Redis has done so. It forgets the tokens of the sessions
// that are gone, when no request can remember them any more.
func (e *redisEngine) DeleteExpired(ctx context.Context, _ time.Time) (int, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	until := strconv.FormatInt(redisTime(time.Now().Add(-lateRequest)), 10)
	return 0, redisError(e.client.ZRemRangeByScore(ctx, redisExpiry, "-inf", until).Err())
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
	alive, err := e.client.ZCount(ctx, redisExpiry, strconv.FormatInt(time.Now().UnixMilli(), 10), "+inf").Result()
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
	stamps := map[string]Stamp{}
	for batch := range slices.Chunk(tokens, lookBatch) {
		if err := e.stamp(ctx, batch, stamps); err != nil {
			return nil, redisError(err)
		}
	}
	return stamps, nil
}

// stamp adds the stamps of tokens to stamps.
func (e *redisEngine) stamp(ctx context.Context, tokens []string, stamps map[string]Stamp) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	keys := make([]string, 0, 2*len(tokens))
	for _, token := range tokens {
		keys = append(keys, redisSession+token, redisVersion+token)
	}
	reply, err := e.client.Eval(ctx, luaStamps, keys).Slice()
	if err != nil {
		return err
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
	for page := "0"; ; {
		if err := ctx.Err(); err != nil {
			return Usage{}, err
		}
		var one Usage
		if page, one, err = e.usage(ctx, page); err != nil {
			return Usage{}, redisError(err)
		}
		u.Rows, u.Bytes = u.Rows+one.Rows, u.Bytes+one.Bytes
		if page == "0" {
			return u, nil
		}
	}
}

// usage returns what is kept of the sessions on one page of the sorted set, and the page after it, "0" after
// the last.
func (e *redisEngine) usage(ctx context.Context, page string) (next string, u Usage, err error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	reply, err := e.client.Eval(ctx, luaUsage, []string{redisExpiry}, redisSession, page, lookBatch).Slice()
	if err != nil {
		return "", Usage{}, err
	}
	return reply[0].(string), Usage{Rows: int(reply[1].(int64)), Bytes: reply[2].(int64)}, nil
}

// Again connects once more.
func (e *redisEngine) Again() (Engine, error) {
	options := e.options
	return newRedis(&options), nil
}

// Forget removes the keys of tokens in one transaction.
func (e *redisEngine) Forget(ctx context.Context, tokens ...string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	_, err := e.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, token := range tokens {
			pipe.Del(ctx, redisSession+token, redisVersion+token, redisEnded+token)
			pipe.ZRem(ctx, redisExpiry, token)
		}
		return nil
	})
	return redisError(err)
}

// Persistence returns the settings that decide what a restart of the server loses. A server may refuse to
// tell them.
func (e *redisEngine) Persistence(ctx context.Context) (string, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	var said []string
	for _, name := range []string{"appendonly", "save"} {
		values, err := e.client.ConfigGet(ctx, name).Result()
		if _, answered := errors.AsType[redis.Error](err); answered {
			return "it does not tell", nil
		} else if err != nil {
			return "", redisError(err)
		}
		said = append(said, fmt.Sprintf("%s %q", name, values[name]))
	}
	return strings.Join(said, ", "), nil
}

// Ping says whether the server answers.
func (e *redisEngine) Ping(ctx context.Context) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	return redisError(e.client.Ping(ctx).Err())
}

// Close closes all connections.
func (e *redisEngine) Close() error { return e.client.Close() }

// Find is FindCtx without a context, as SCS's Store asks for.
func (e *redisEngine) Find(token string) ([]byte, bool, error) {
	return e.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (e *redisEngine) Commit(token string, b []byte, expiry time.Time) error {
	return e.CommitCtx(context.Background(), token, b, expiry)
}

// Delete is DeleteCtx without a context.
func (e *redisEngine) Delete(token string) error {
	return e.DeleteCtx(context.Background(), token)
}

// bounded returns a context for talking to a server. It ends with the deadline of ctx, or
// after serverWait. It outlives the request, for breaking off a write would leave open
// whether it happened.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(serverWait)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(end) {
		end = deadline
	}
	return context.WithDeadline(context.WithoutCancel(ctx), end)
}

// redisError adds to an error of Redis what it means for the caller.
func redisError(err error) error {
	if err == nil {
		return nil
	}
	_, answered := errors.AsType[redis.Error](err)
	meaning := ErrUnavailable
	switch code, _, _ := strings.Cut(err.Error(), " "); {
	case errors.Is(err, redis.ErrPoolTimeout), code == "BUSY":
		meaning = ErrBusy
	case code == "OOM":
		meaning = ErrFull
	case code == "WRONGTYPE":
		return err // somebody put something else under the key: that is not the store's fault
	case !answered && !isDial(err):
		meaning = errUnanswered
	}
	return fmt.Errorf("%w: %w", meaning, oneLine(err))
}

// errUnanswered is what became of a statement that a server got and did not answer.
var errUnanswered = fmt.Errorf("%w: %w", ErrUnavailable, ErrUnsure)

// isDial says whether err is about making a connection, over which nothing was sent then.
func isDial(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

// redisLog takes down the commands that a client sends.
type redisLog struct{}

// DialHook changes nothing.
func (redisLog) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook changes nothing: what is sent several commands at once belongs to no exchange.
func (redisLog) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook takes down one command. HELLO is left out: it belongs to the connection, not
// to the operation that happens to come first. So does AUTH, which follows where a server
// does not know HELLO, and which carries the password.
func (redisLog) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if name := cmd.Name(); name == "hello" || name == "auth" {
			return next(ctx, cmd)
		}
		args := cmd.Args()[1:]
		text := strings.ToUpper(cmd.Name())
		if text == "EVAL" {
			text += " " + strings.TrimSpace(args[0].(string))
			args = args[1:]
		}
		done := say(ctx, text, args...)
		err := next(ctx, cmd)
		if errors.Is(err, redis.Nil) {
			done(0, nil)
			return err
		}
		done(redisRows(cmd), err)
		return err
	}
}

// redisRows returns how many rows a command found or changed: the number that it returned,
// if it returned one.
func redisRows(cmd redis.Cmder) int64 {
	if cmd.Err() != nil {
		return 0
	}
	if cmd, ok := cmd.(*redis.Cmd); ok {
		if n, ok := cmd.Val().(int64); ok {
			return n
		}
	}
	return 1
}
