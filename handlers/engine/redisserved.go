package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Again connects once more.
func (e *redisEngine) Again() (Engine, error) {
	options := e.options
	return newRedis(&options), nil
}

// Forget removes the keys of tokens in one transaction, which nobody takes down.
func (e *redisEngine) Forget(ctx context.Context, tokens ...string) error {
	ctx, cancel := bounded(WithLog(ctx, nil))
	defer cancel()
	_, err := e.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, token := range tokens {
			pipe.Del(ctx, redisSession+token, redisVersion+token, redisEnded+token)
			pipe.ZRem(ctx, redisExpiry, token)
			pipe.Eval(ctx, luaForget, recordKeys(token), token)
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
