package engine

import (
	"context"
	"fmt"
	"os"
	"time"
)

// DeleteExpired removes the sessions that expired before t. It also forgets the deleted
// ones that no request can remember any more, and what a crash has left half written.
func (e *fileEngine) DeleteExpired(ctx context.Context, t time.Time) (removed int, err error) {
	names, err := e.names()
	if err != nil {
		return 0, fileError(err)
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return removed, err
		}
		switch kind, rest, _ := cutKind(name); kind {
		case sessionFile:
			swept, err := e.sweep(ctx, rest, t)
			if err != nil {
				return removed, err
			}
			if swept {
				removed++
			}
		case endedFile:
			err = e.forget(ctx, rest)
		case newFile:
			err = e.abandon(rest)
		}
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// sweep ends the session of token if it expired before t.
func (e *fileEngine) sweep(ctx context.Context, token string, t time.Time) (bool, error) {
	e.placing.Lock()
	defer e.placing.Unlock()
	info, ok, err := e.stat(ctx, sessionFile+token)
	if err != nil || !ok || !info.ModTime().Before(t) {
		return false, err
	}
	err = e.rename(ctx, sessionFile+token, endedFile+token)
	if absent, err := e.absent(err); absent || err != nil {
		return false, err
	}
	// Another process may have saved the session in between. Then it was not the expired
	// file that was taken, and it is put back. If that process has looked already, its
	// visitor is told that the session was ended: too much, but nothing is lost.
	info, ok, err = e.stat(ctx, endedFile+token)
	if err != nil || !ok {
		return false, err
	}
	if !info.ModTime().Before(t) {
		return false, fileError(e.rename(ctx, endedFile+token, sessionFile+token))
	}
	return true, e.bury(ctx, token)
}

// forget removes the mark of an ended session when its time has come. A session file
// beside it was left by a crash in the middle of a late commit.
func (e *fileEngine) forget(ctx context.Context, token string) error {
	info, ok, err := e.stat(ctx, endedFile+token)
	if err != nil || !ok {
		return err
	}
	if left := time.Until(info.ModTime()); left > lateRequest && info.Size() == 0 {
		// An earlier version remembered an end for as long as the session could have lived. A file with
		// data in it is not buried yet.
		return e.bury(ctx, token)
	} else if left > 0 {
		return nil
	}
	for _, name := range []string{sessionFile + token, endedFile + token} {
		if _, err := e.absent(e.remove(ctx, name)); err != nil {
			return err
		}
	}
	return nil
}

// abandon removes a new file that its writer has left long ago. rest is the part of its
// name that begins with the time.
func (e *fileEngine) abandon(rest string) error {
	var made int64
	if _, err := fmt.Sscanf(rest, "%d-", &made); err != nil || time.Since(time.Unix(made, 0)) < lateRequest {
		return nil
	}
	_, err := e.absent(os.Remove(e.path(newFile + rest)))
	return err
}
