package engine

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// refusal is something at a path that is no session store.
type refusal struct {
	name string
	make func(t *testing.T, path string)
	want string // part of the error
}

// noDatabases are files that SQLite cannot read.
var noDatabases = []refusal{
	{"text", func(t *testing.T, path string) {
		mustWrite(t, path, strings.Repeat("garbage ", 1000))
	}, "file is not a database"},
	{"one byte", func(t *testing.T, path string) { mustWrite(t, path, "S") }, "file is not a database"},
	{"zeros", func(t *testing.T, path string) {
		mustWrite(t, path, strings.Repeat("\x00", 8192))
	}, "file is not a database"},
	{"header and then garbage", func(t *testing.T, path string) {
		mustWrite(t, path, "SQLite format 3\x00"+strings.Repeat("garbage ", 1000))
	}, "cannot be read"},
	{"header alone", func(t *testing.T, path string) {
		makeStore(t, path)
		os.Truncate(path, 100)
	}, "cannot be read"},
	{"truncated store", func(t *testing.T, path string) {
		makeStore(t, path)
		os.Truncate(path, 8192)
	}, "cannot be read"},
}

// otherDatabases are those in which a session store has no place.
func otherDatabases() (list []refusal) {
	const foreign = "CREATE TABLE recipes (name); CREATE VIEW lunch AS SELECT name FROM recipes; " +
		"INSERT INTO recipes VALUES ('soup');"
	for _, db := range []struct{ name, query, want string }{
		{"database of something else",
			foreign,
			`no table sessions, but "recipes, lunch"`},
		{"database of something else in WAL mode",
			"PRAGMA journal_mode = WAL; " + foreign,
			`no table sessions, but "recipes, lunch"`},
		{"other columns",
			"CREATE TABLE sessions (session_key PRIMARY KEY, session_data, expire_date)",
			`columns "expire_date, session_data, session_key"`},
		{"a column too many",
			"CREATE TABLE sessions (token PRIMARY KEY, data, expiry, ip NOT NULL)",
			`columns "data, expiry, ip, token"`},
		{"token not unique",
			"CREATE TABLE sessions (token, data, expiry); CREATE INDEX i ON sessions (token)",
			"token occur twice"},
		{"token unique in part",
			"CREATE TABLE sessions (token, data, expiry);" +
				"CREATE UNIQUE INDEX i ON sessions (token) WHERE data = 1",
			"token occur twice"},
		{"token unique with another column",
			"CREATE TABLE sessions (token, data, expiry, PRIMARY KEY (token, expiry))",
			"token occur twice"},
		{"sessions is a view",
			"CREATE VIEW sessions AS SELECT 1 AS token, 2 AS data, 3 AS expiry",
			"no ordinary table"},
		{"sessions without a rowid",
			"CREATE TABLE sessions (token PRIMARY KEY, data, expiry) WITHOUT ROWID",
			"no rowid"},
		{"revoked means something else",
			"CREATE TABLE sessions (token PRIMARY KEY, data, expiry); CREATE TABLE revoked (licence)",
			`table revoked has the columns "licence"`},
		{"table with a line break in its name",
			"CREATE TABLE \"two\nlines\" (x)",
			"something else"},
	} {
		make := func(t *testing.T, path string) { makeDB(t, path, db.query) }
		list = append(list, refusal{db.name, make, db.want})
	}
	return list
}

// notOurs are files and folders that nobody may write to.
var notOurs = []refusal{
	{"folder", func(t *testing.T, path string) { os.Mkdir(path, 0o700) }, "is a directory"},
	{"file that cannot be written to", func(t *testing.T, path string) {
		needPermissions(t)
		makeStore(t, path)
		os.Chmod(path, 0o400)
	}, "permission denied"},
	{"folder that cannot be written to", func(t *testing.T, path string) {
		needPermissions(t)
		makeStore(t, path)
		lockFolder(t, path)
	}, "folder cannot be written to: permission denied"},
	{"link into a folder that cannot be written to", func(t *testing.T, path string) {
		needPermissions(t)
		target := filepath.Join(t.TempDir(), "target.db")
		makeStore(t, target)
		lockFolder(t, target)
		if err := os.Symlink(target, path); err != nil {
			t.Skip(err)
		}
	}, "folder cannot be written to: permission denied"},
	{"new file in a folder that cannot be written to", func(t *testing.T, path string) {
		needPermissions(t)
		lockFolder(t, path)
	}, "permission denied"},
}

func TestSQLite_RefusesAndLeavesAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range slices.Concat(noDatabases, otherDatabases(), notOurs) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "the.db")
			tt.make(t, path)
			before := folder(t, filepath.Dir(path))
			refused(t, path, tt.want)
			if after := folder(t, filepath.Dir(path)); !maps.Equal(after, before) {
				t.Errorf("the folder has changed: %v, before %v",
					slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
			}
		})
	}
}

// folder returns the names and the contents of all that lies in dir.
func folder(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			files[path] = "not a file"
			return err
		}
		b, err := os.ReadFile(path)
		files[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// refused tries to open path and checks that it fails with one line that names it.
func refused(t *testing.T, path, want string) {
	t.Helper()
	e, err := openSQLite(t.Context(), path, sqliteSchema(t))
	if err == nil {
		e.Close()
		t.Fatal("it was opened")
	}
	line := err.Error()
	if !strings.Contains(line, want) || !strings.Contains(line, path) || strings.Contains(line, "\n") {
		t.Errorf("error %q, want one line with %q and the file's name", line, want)
	}
}

func needPermissions(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
}

func lockFolder(t *testing.T, path string) {
	dir := filepath.Dir(path)
	os.Chmod(dir, 0o500)
	t.Cleanup(func() { os.Chmod(dir, 0o700) })
}

func TestSQLite_RefusesNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "file"), "")
	refused(t, "", "no file name")
	refused(t, filepath.Join(dir, "missing", "x.db"), "folder does not exist")
	refused(t, filepath.Join(dir, "file", "x.db"), "not a directory")
	refused(t, os.DevNull, "not a regular file")
	if _, err := os.Stat(filepath.Join(dir, "missing")); err == nil {
		t.Error("the folder was made")
	}
}

// A program of another kind has its database open: what it wrote lies in the log only.
func TestSQLite_RefusesForeignDatabaseInUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "the.db")
	mustExec(t, stranger(t, path), "PRAGMA journal_mode = WAL; CREATE TABLE recipes (name)")
	before := folder(t, filepath.Dir(path))
	refused(t, path, `no table sessions, but "recipes"`)
	after := folder(t, filepath.Dir(path))
	// The index of the log is shared memory: readers note in it how far they read.
	delete(before, path+"-shm")
	delete(after, path+"-shm")
	if !maps.Equal(after, before) {
		t.Error("the folder has changed")
	}
}
