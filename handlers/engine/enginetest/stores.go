package enginetest

import (
	"path/filepath"
	"testing"
)

// Stores makes ready what the engine of that name needs, and returns a function that returns the URL of a new
// and empty store each time. A server that it needs ends with the test.
func Stores(t testing.TB, name string) func(testing.TB) string {
	t.Helper()
	switch name {
	case "sqlite", "file":
		return func(t testing.TB) string { return name + ":" + filepath.Join(t.TempDir(), "sessions") }
	case "memory", "cookie":
		return func(testing.TB) string { return name + ":" }
	case "redis":
		return RedisStores(t)
	case "postgres":
		return PostgresStores(t, false)
	}
	t.Fatalf("nobody has said where stores of the engine %q are", name)
	return nil
}
