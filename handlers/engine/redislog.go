package engine

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisLog takes down the commands that a client sends.
type redisLog struct{}

// DialHook changes nothing.
func (redisLog) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook takes down the scripts that go out together, each with its answer. The answers come
// together too: the time is that of the first. Nothing else is taken down: what opens a connection goes out
// like this as well, and carries the password.
func (redisLog) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		start := time.Now()
		err := next(ctx, cmds)
		for _, cmd := range cmds {
			if log := logFrom(ctx); strings.HasPrefix(cmd.Name(), "eval") && !log.full() {
				text, args := redisText(cmd)
				log.note(start, text, args, redisRows(cmd), cmd.Err())
				start = time.Now()
			}
		}
		return err
	}
}

// ProcessHook takes down one command. HELLO is left out: it belongs to the connection, not
// to the operation that happens to come first. So does AUTH, which follows where a server
// does not know HELLO, and which carries the password.
func (redisLog) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if name := cmd.Name(); name == "hello" || name == "auth" {
			return next(ctx, cmd)
		}
		text, args := redisText(cmd)
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

// redisText returns a command as the log has it: a script belongs to the text, and its keys to the arguments.
func redisText(cmd redis.Cmder) (text string, args []any) {
	text, args = strings.ToUpper(cmd.Name()), cmd.Args()[1:]
	if text != "EVAL" && text != "EVALSHA" {
		return text, args
	}
	return text + " " + strings.TrimSpace(args[0].(string)), args[1:]
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
