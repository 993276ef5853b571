package engine

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
)

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

// isDial says whether err is about making a connection, over which nothing was sent then.
func isDial(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}
