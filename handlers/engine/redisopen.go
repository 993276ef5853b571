package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alexedwards/scs/goredisstore"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// openRedis opens the Redis server at address, a URL.
func openRedis(ctx context.Context, address string) (Engine, error) {
	options, err := redis.ParseURL(address)
	if err != nil {
		// What is wrong is not told: the error would repeat a part of the address, and that may be the
		// password.
		return nil, errors.New("session store in Redis: the address cannot be read: " +
			"use redis://[[USER]:PASSWORD@]HOST[:PORT][/NUMBER]")
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
	if err == nil {
		err = keepScript.Load(ctx, e.client).Err()
	}
	return redisError(err)
}
