package engine

import (
	"context"
	"fmt"
	"os"
	"strings"
)

// schemes are the known URL schemes, each with what follows it.
var schemes = []string{
	"sqlite:FILE", "memory:", "file:DIR", "cookie:", "redis://HOST:PORT", "postgres://USER@HOST/DATABASE",
}

// Open opens the engine that url names, for example "sqlite:sessions.db". schema is the SQL
// that makes the sessions table of SQLite. An error names what could not be opened and why,
// and a file that was refused is left as it was.
func Open(ctx context.Context, url, schema string) (Engine, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(ctx, rest, schema)
	case "memory":
		return openMemory(rest)
	case "file":
		return openFile(rest)
	case "cookie":
		return openCookie(rest)
	case "redis", "rediss":
		return openRedis(ctx, url)
	case "postgres", "postgresql":
		return openPostgres(ctx, url)
	}
	return nil, fmt.Errorf("unknown store %q: use one of %s", Redact(url), strings.Join(schemes, ", "))
}

// CookieName returns the name of the cookie in which url has sessions kept, "" where it leaves that open, and
// whether it has them kept in a cookie at all.
func CookieName(url string) (name string, ok bool) { return strings.CutPrefix(url, "cookie:") }

// Exists returns an error that says what is missing if [Open] would have to make the store of url: the
// file, the folder or the table. It makes nothing. The other engines have nothing that could be missing.
func Exists(ctx context.Context, url string) error {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "sqlite", "file":
		info, err := os.Stat(rest)
		if err != nil {
			return fmt.Errorf("session store %q: %w", rest, fileCause(err))
		}
		if scheme == "sqlite" && info.Size() == 0 {
			return fmt.Errorf("session store %q: it is an empty file, without a table", rest)
		}
	case "postgres", "postgresql":
		return postgresExists(ctx, url)
	}
	return nil
}

// Redact returns url as it may be shown: of an address with a server in it only the scheme, and otherwise
// nothing that stands before an @. A password may be anywhere else.
func Redact(url string) string {
	if scheme, _, ok := strings.Cut(url, "://"); ok {
		return scheme + "://…"
	}
	if at := strings.LastIndex(url, "@"); at >= 0 {
		return "…" + url[at:]
	}
	return url
}
