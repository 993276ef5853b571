package launch

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sessionlab/handlers/engine/enginetest"
)

// Store is where the sessions of one run are.
type Store struct {
	URL    string             // for -store
	files  string             // its directory; "" where it has none of ours
	server *enginetest.Server // its own, nil where it has none
}

// OpenStore makes a fresh store of that kind below dir: sqlite, memory, file, cookie, redis or postgres. Of
// another text it is the URL: that store is used as it is. The caller closes it.
func OpenStore(ctx context.Context, kind, dir string) (*Store, error) {
	files := filepath.Join(dir, "store")
	if err := os.Mkdir(files, 0o711); err != nil {
		return nil, err
	}
	s, log := &Store{files: files}, filepath.Join(dir, "server.log")
	switch kind {
	case "sqlite":
		s.URL = "sqlite:" + filepath.Join(files, "sessions.db")
	case "file", "file:":
		s.URL = "file:" + filepath.Join(files, "sessions")
	case "memory", "memory:", "cookie", "cookie:":
		s.URL, s.files = strings.TrimSuffix(kind, ":")+":", ""
	case "redis":
		server, err := enginetest.NewRedis(files, log)
		return s.serve(ctx, server, err)
	case "postgres":
		server, err := enginetest.NewPostgres(ctx, files, log, true)
		return s.serve(ctx, server, err)
	default:
		s.URL, s.files = kind, ""
	}
	return s, nil
}

// Close ends the store's server, if it has one.
func (s *Store) Close() {
	if s.server != nil {
		s.server.Stop()
	}
}

// Size is what the store takes on the disk in bytes, -1 where nobody knows.
func (s *Store) Size() (n int64) {
	if s.files == "" {
		return -1
	}
	_ = filepath.WalkDir(s.files, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil { // it may be gone by now
				n += info.Size()
			}
		}
		return nil
	})
	return n
}

// serve starts the server on which the store is.
func (s *Store) serve(ctx context.Context, server *enginetest.Server, err error) (*Store, error) {
	if err != nil {
		return nil, err
	}
	if err := server.Run(ctx); err != nil {
		return nil, err
	}
	s.URL, s.server = server.URL, server
	return s, nil
}
