package engine

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"sessionlab/handlers/engine/enginetest"
)

// markOf returns until when the store of s remembers that the session of token was ended, as somebody else
// sees it.
func markOf(t *testing.T, s subject, token string) (until time.Time, ok bool) {
	t.Helper()
	var err error
	switch e := s.Engine.(type) {
	case *memoryEngine:
		until, ok = e.ended[token]
		return until, ok
	case *sqliteEngine:
		var julian float64
		err = stranger(t, e.path).QueryRow("SELECT until FROM revoked WHERE token = ?", token).Scan(&julian)
		until = julianTime(julian)
	case *fileEngine:
		var info fs.FileInfo
		if info, err = os.Stat(e.path(endedFile + token)); err == nil {
			until = info.ModTime()
		}
	case *redisEngine:
		until, err = redisMark(t, redisClient(t, s), token)
	case *postgresEngine:
		client := enginetest.PostgresClient(t, s.url)
		err = client.QueryRow(t.Context(), "SELECT until FROM revoked WHERE token = $1", token).Scan(&until)
	}
	if isAbsent(err) {
		return time.Time{}, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return until, true
}

func redisMark(t *testing.T, client *redis.Client, token string) (time.Time, error) {
	left, err := client.PExpireTime(t.Context(), redisEnded+token).Result()
	if err == nil && left == redisGone {
		err = redis.Nil
	}
	return time.UnixMilli(left.Milliseconds()), err
}

// isAbsent says whether err is how some store says that there is nothing.
func isAbsent(err error) bool {
	return slices.ContainsFunc([]error{fs.ErrNotExist, sql.ErrNoRows, redis.Nil, pgx.ErrNoRows},
		func(absent error) bool { return errors.Is(err, absent) })
}

// setMark moves the mark of token to another time, as if the session had been ended at another time.
func setMark(t *testing.T, s subject, token string, until time.Time) {
	t.Helper()
	var err error
	switch e := s.Engine.(type) {
	case *memoryEngine:
		e.ended[token] = until
	case *sqliteEngine:
		mustExec(t, stranger(t, e.path), "UPDATE revoked SET until = julianday(?) WHERE token = ?",
			until.UTC().Format(sqliteTime), token)
	case *fileEngine:
		err = os.Chtimes(e.path(endedFile+token), until, until)
	case *redisEngine:
		err = redisClient(t, s).PExpireAt(t.Context(), redisEnded+token, until).Err()
	case *postgresEngine:
		client := enginetest.PostgresClient(t, s.url)
		_, err = client.Exec(t.Context(), "UPDATE revoked SET until = $2 WHERE token = $1", token, until)
	}
	if err != nil {
		t.Fatal(err)
	}
}
