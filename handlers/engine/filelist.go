package engine

import (
	"context"
	"io/fs"
	"os"
	"strings"
)

// Rows returns the sessions that live longest, and how many there are. It asks the file
// system about every session, but reads none.
func (e *fileEngine) Rows(ctx context.Context, limit int) ([]Row, int, error) {
	var rows []Row
	err := e.sessions(ctx, func(token string, info fs.FileInfo) { rows = append(rows, e.row(token, info)) })
	if err != nil {
		return nil, 0, err
	}
	return latest(rows, limit), len(rows), nil
}

// Tokens calls f with the tokens of the files that there are now. It asks the file system about every
// session, as Rows does.
func (e *fileEngine) Tokens(ctx context.Context, prefix string, f func(tokens []string) error) error {
	var tokens []string
	err := e.sessions(ctx, func(token string, _ fs.FileInfo) {
		if strings.HasPrefix(token, prefix) {
			tokens = append(tokens, token)
		}
	})
	if err != nil {
		return err
	}
	return inBatches(ctx, tokens, f)
}

// Usage asks the file system how long each session is.
func (e *fileEngine) Usage(ctx context.Context) (u Usage, err error) {
	err = e.sessions(ctx, func(_ string, info fs.FileInfo) {
		u.Rows++
		u.Bytes += info.Size()
	})
	return u, err
}

// sessions calls f for each session with what the file system tells about its file.
func (e *fileEngine) sessions(ctx context.Context, f func(token string, info fs.FileInfo)) error {
	names, err := e.names()
	if err != nil {
		return fileError(err)
	}
	ended := map[string]bool{}
	for _, name := range names {
		if kind, token, _ := cutKind(name); kind == endedFile {
			ended[token] = true
		}
	}
	for _, name := range names {
		kind, token, _ := cutKind(name)
		if kind != sessionFile || ended[token] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		info, err := os.Lstat(e.path(name))
		if absent, err := e.absent(err); err != nil {
			return err
		} else if !absent {
			f(token, info)
		}
	}
	return nil
}
