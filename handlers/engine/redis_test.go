package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sessionlab/handlers/engine/enginetest"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	store := enginetest.RedisStores(t)
	for _, tt := range []struct {
		name string
		run  func(*testing.T, subject, *redis.Client)
	}{
		{"what is removed by hand does not come back", testRedisRemovedByHand},
		{"a time to live set by hand is shown", testRedisTimeToLive},
		{"something else under a key hurts nobody else", testRedisOddKey},
		{"what nobody remembers is forgotten", testRedisForgets},
		{"a session is not kept beyond its expiry", testRedisExpiry},
		{"stamps and usage read no data", testRedisReadsNoData},
		{"the version ends with the session", testRedisVersionEnds},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openSubject(t, store(t))
			tt.run(t, s, redisClient(t, s))
		})
	}
}

func testRedisRemovedByHand(t *testing.T, s subject, client *redis.Client) {
	token := s.put(t, newToken(), "data", inAnHour())
	client.Del(t.Context(), redisSession+token)
	s.wantEnded(t, token)
	if rows, total, err := s.Rows(t.Context(), 10); len(rows) != 0 || total != 0 || err != nil {
		t.Errorf("rows = %v, %d, %v; want none", rows, total, err)
	}
}

func testRedisTimeToLive(t *testing.T, s subject, client *redis.Client) {
	token := s.put(t, newToken(), "data", inAnHour())
	at := time.Now().Add(5 * time.Minute).Truncate(time.Millisecond)
	before, err := s.Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client.PExpireAt(t.Context(), redisSession+token, at)
	rows, _, err := s.Rows(t.Context(), 10)
	if err != nil || len(rows) != 1 || !rows[0].Expiry.Equal(at) {
		t.Errorf("rows = %v, %v; want the expiry %v", rows, err, at)
	}
	if after, err := s.Version(t.Context()); after == before || err != nil {
		t.Errorf("version = %d, %v, as before", after, err)
	}
}

func testRedisOddKey(t *testing.T, s subject, client *redis.Client) {
	token := s.put(t, newToken(), "data", inAnHour())
	odd := s.put(t, newToken(), "data", inAnHour())
	client.Del(t.Context(), redisSession+odd)
	client.HSet(t.Context(), redisSession+odd, "a", "b")
	if _, _, err := s.FindCtx(t.Context(), odd); err == nil || errors.Is(err, ErrUnavailable) {
		t.Errorf("find: %v; want an error about the row", err)
	}
	rows, _, err := s.Rows(t.Context(), 10)
	if err != nil || len(rows) != 1 || rows[0].Token != token {
		t.Errorf("rows = %v, %v; want the other one", rows, err)
	}
	stamps, err := s.Stamps(t.Context(), []string{token, odd})
	if err != nil || len(stamps) != 1 {
		t.Errorf("stamps = %v, %v; want that of the other one", stamps, err)
	}
}

func testRedisForgets(t *testing.T, s subject, client *redis.Client) {
	s.put(t, newToken(), "data", time.Now().Add(-2*time.Hour))
	young := s.put(t, newToken(), "data", aMinuteAgo())
	alive := s.put(t, newToken(), "data", inAnHour())
	if _, err := s.DeleteExpired(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(client.ZRange(t.Context(), redisExpiry, 0, -1).Val(), " ")
	if want := young + " " + alive; got != want {
		t.Errorf("in the sorted set: %v; want %v", got, want)
	}
}

func testRedisExpiry(t *testing.T, s subject, client *redis.Client) {
	for _, expiry := range []time.Time{aMinuteAgo(), {}, time.Unix(0, 0)} {
		token := s.put(t, newToken(), "data", expiry)
		saved := newToken()
		for _, expiry := range []time.Time{inAnHour(), inAnHour(), expiry} {
			s.put(t, saved, "data", expiry)
		}
		keys := []string{redisSession + token, redisSession + saved, redisVersion + saved}
		if n := client.Exists(t.Context(), keys...).Val(); n != 0 {
			t.Errorf("a session that expired at %v is kept", expiry)
		}
	}
}

func testRedisReadsNoData(t *testing.T, s subject, client *redis.Client) {
	token := s.put(t, newToken(), strings.Repeat("x", 250_000), inAnHour())
	s.put(t, token, strings.Repeat("y", 250_000), inAnHour())
	if err := client.ConfigResetStat(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	if stamps, err := s.Stamps(t.Context(), []string{token}); err != nil || len(stamps) != 1 {
		t.Errorf("stamps = %v, %v", stamps, err)
	}
	if u, err := s.Usage(t.Context()); err != nil || u != (Usage{1, 250_000}) {
		t.Errorf("usage = %+v, %v", u, err)
	}
	ran := client.Info(t.Context(), "commandstats").Val()
	for _, want := range []string{"cmdstat_strlen:", "cmdstat_pexpiretime:"} {
		if !strings.Contains(ran, want) {
			t.Errorf("there is no %s in %s", want, ran)
		}
	}
	for _, command := range []string{"get", "getrange", "getex", "dump"} {
		if strings.Contains(ran, "cmdstat_"+command+":") {
			t.Errorf("%s was run: %s", command, ran)
		}
	}
}

func testRedisVersionEnds(t *testing.T, s subject, client *redis.Client) {
	versions := func() []string { return client.Keys(t.Context(), redisVersion+"*").Val() }
	token, fresh := newToken(), newToken()
	for range 3 {
		s.put(t, token, "data", inAnHour())
	}
	session := client.PExpireTime(t.Context(), redisSession+token).Val()
	version := client.PExpireTime(t.Context(), redisVersion+token).Val()
	if session <= 0 || session != version {
		t.Errorf("the session ends at %v and its version at %v", session, version)
	}
	if err := s.Cycle(t.Context(), token, fresh, []byte("data"), inAnHour()); err != nil {
		t.Fatal(err)
	}
	if left := versions(); len(left) != 0 {
		t.Errorf("after a cycle there is %v", left)
	}
	s.put(t, fresh, "data", inAnHour())
	s.end(t, fresh)
	if left := versions(); len(left) != 0 {
		t.Errorf("after a delete there is %v", left)
	}
	forgotten := newToken()
	s.put(t, forgotten, "data", inAnHour())
	s.put(t, forgotten, "data", inAnHour())
	if err := s.Engine.(Served).Forget(t.Context(), token, fresh, forgotten); err != nil {
		t.Fatal(err)
	}
	if left := client.Keys(t.Context(), "*").Val(); len(left) != 0 {
		t.Errorf("what was to be forgotten is %v", left)
	}
}

func TestRedis_ServerGoesAway(t *testing.T) {
	t.Parallel()
	server := enginetest.RedisServer(t)
	testServerGoesAway(t, server, openSubject(t, "redis://"+server.Addr))
}

// A server that refuses the password, and one that is gone while it is used, are errors without it.
func TestRedis_HidesThePassword(t *testing.T) {
	t.Parallel()
	server := enginetest.RedisServer(t)
	client := redisClient(t, subject{url: "redis://" + server.Addr})
	if err := client.ConfigSet(t.Context(), "requirepass", "hidden").Err(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), "redis://:hidden-too@"+server.Addr, "")
	if err == nil || !strings.Contains(err.Error(), "WRONGPASS") || strings.Contains(err.Error(), "hidden") {
		t.Errorf("with a wrong password: %v", err)
	}
	s := openSubject(t, "redis://:hidden@"+server.Addr)
	token := s.put(t, newToken(), "data", inAnHour())
	server.Stop()
	_, _, err = s.FindCtx(t.Context(), token)
	if !errors.Is(err, ErrUnavailable) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("without the server: %v", err)
	}
}

func TestRedis_Full(t *testing.T) {
	t.Parallel()
	server := enginetest.RedisServer(t)
	s := openSubject(t, "redis://"+server.Addr)
	client := redisClient(t, s)
	token := s.put(t, newToken(), "data", inAnHour())
	client.ConfigSet(t.Context(), "maxmemory", "1")
	if _, err := s.tryPut(token, "more", inAnHour()); !errors.Is(err, ErrFull) {
		t.Errorf("commit: %v; want %v", err, ErrFull)
	}
	fresh := newToken()
	if err := s.Cycle(t.Context(), token, fresh, []byte("moved"), inAnHour()); !errors.Is(err, ErrFull) {
		t.Errorf("cycle: %v; want %v", err, ErrFull)
	}
	s.wantFound(t, token, "data")
	s.wantRow(t, fresh, false)
	ended := newToken()
	client.ConfigSet(t.Context(), "maxmemory", "0")
	s.put(t, ended, "data", inAnHour())
	client.ConfigSet(t.Context(), "maxmemory", "1")
	s.end(t, ended) // who logs out must be able to
	client.ConfigSet(t.Context(), "maxmemory", "0")
	s.wantEnded(t, ended)
	s.put(t, token, "more", inAnHour())
}

// A server that takes a command and does not answer may do it later.
func TestRedis_DoesNotAnswer(t *testing.T) {
	t.Parallel()
	server := enginetest.RedisServer(t)
	s := openSubject(t, "redis://"+server.Addr)
	client := redisClient(t, s)
	token := s.put(t, newToken(), "data", inAnHour())
	if err := client.Do(t.Context(), "CLIENT", "PAUSE", "60000", "WRITE").Err(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err := s.CommitCtx(ctx, token, []byte("other"), inAnHour())
	if !errors.Is(err, ErrUnsure) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("commit: %v; want %v", err, ErrUnsure)
	}
	if err := client.Do(t.Context(), "CLIENT", "UNPAUSE").Err(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	err = s.CommitCtx(t.Context(), token, []byte("other"), inAnHour())
	if errors.Is(err, ErrUnsure) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("commit without a server: %v; want %v, and that it is sure", err, ErrUnavailable)
	}
}

// What opens a connection carries the password, and is no part of an operation.
func TestRedis_TakesDownNoPassword(t *testing.T) {
	t.Parallel()
	for _, args := range [][]any{
		{"auth", "S3CRET"}, {"AUTH", "user", "S3CRET"}, {"hello", 3, "auth", "user", "S3CRET"},
	} {
		var log Log
		ctx := WithLog(t.Context(), &log)
		ran := false
		run := redisLog{}.ProcessHook(func(context.Context, redis.Cmder) error { ran = true; return nil })
		if err := run(ctx, redis.NewStatusCmd(ctx, args...)); err != nil || !ran || len(log.Statements) != 0 {
			t.Errorf("%v: ran %v, %v, taken down %v; want nothing taken down", args, ran, err, log.Statements)
		}
	}
}
