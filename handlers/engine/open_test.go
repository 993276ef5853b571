package engine

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sessionlab/handlers/engine/enginetest"
)

// TestOpen_Refused checks that what cannot be opened is refused with one clear line.
func TestOpen_Refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign")
	file := filepath.Join(dir, "file")
	for _, err := range []error{
		os.Mkdir(foreign, 0o700),
		os.WriteFile(filepath.Join(foreign, "letter.txt"), nil, 0o600),
		os.WriteFile(file, nil, 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	port := enginetest.FreePort(t)
	silent := silentServer(t)
	for _, tt := range []struct{ url, want string }{
		{"", "sqlite:FILE, memory:, file:DIR, cookie:, redis://"},
		{"mysql://root@localhost/lab", "sqlite:FILE, memory:, file:DIR, cookie:, redis://"},
		{"sessions.db", "sqlite:FILE"},
		{"memory:lab", "has no name"},
		{"file:", "use file:DIR"},
		{"file:" + filepath.Join(dir, "missing", "sessions"), "does not exist"},
		{"file:" + foreign, "letter.txt"},
		{"file:" + file, "not a directory"},
		{"redis://127.0.0.1:" + port, "connection refused"},
		{"redis://:hidden@127.0.0.1:" + port, "connection refused"},
		{"redis://:hidden@127.0.0.1:port", "use redis://"},
		{"redis://127.0.0.1/lab", "use redis://"},
		{"redis://" + silent, "no answer in time"},
		{"postgres://lab:hidden@127.0.0.1:" + port + "/lab", "connection refused"},
		{"postgres://lab:hidden@127.0.0.1:port/lab", "PostgreSQL"},
		{"postgres://lab:hidden@" + silent + "/lab", "no answer in time"},
	} {
		t.Run(tt.url, func(t *testing.T) {
			t.Parallel()
			_, err := Open(t.Context(), tt.url, sqliteSchema(t))
			if err == nil {
				t.Fatal("it was opened")
			}
			text := err.Error()
			if !strings.Contains(text, tt.want) || strings.Contains(text, "\n") || strings.Contains(text, "hidden") {
				t.Errorf("error = %q; want one line with %q, and no password", text, tt.want)
			}
			t.Log(text)
		})
	}
}

// TestKinds checks that what is described is what [Open] names, and what it opens.
func TestKinds(t *testing.T) {
	t.Parallel()
	if len(Kinds) != 6 || len(schemes) != 6 {
		t.Fatalf("%d kinds and %d schemes; want six", len(Kinds), len(schemes))
	}
	for i, kind := range Kinds {
		scheme := kind.Name + ":"
		if !strings.HasPrefix(kind.URL, scheme) || !strings.HasPrefix(schemes[i], scheme) {
			t.Errorf("%s: address %s, scheme %s", kind.Name, kind.URL, schemes[i])
		}
	}
}

// silentServer returns the address of a server that takes connections and never answers.
func silentServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
