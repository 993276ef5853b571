package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

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
