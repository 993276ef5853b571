package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// folder returns the names and contents of the files in dir, with the folder itself as the first.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			b, err := os.ReadFile(path)
			files[path] = string(b)
			return err
		}
		files[path] = "not a file"
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// same reports what differs between two folders.
func same(t *testing.T, what string, before, after map[string]string) {
	t.Helper()
	for path, content := range after {
		if was, ok := before[path]; !ok {
			t.Errorf("%s made %s", what, filepath.Base(path))
		} else if was != content {
			t.Errorf("%s changed %s", what, filepath.Base(path))
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			t.Errorf("%s removed %s", what, filepath.Base(path))
		}
	}
}

// schema is that of the sessions table, as the program has it.
func schema(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../sessions.db.sql")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// makeDB makes a database with the given SQL and no files beside it.
func makeDB(t *testing.T, file, query string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(query); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// inNamespace returns the words of a command that runs others where setup, a shell script, may mount
// what it likes; the mounts end with the command. Where that is not allowed the test is skipped, or
// fails if CI is set.
func inNamespace(t *testing.T, setup string) []string {
	t.Helper()
	words := []string{"unshare", "--mount", "--propagation", "private"}
	if os.Getuid() != 0 {
		words = append(words, "--user", "--map-root-user")
	}
	words = append(words, "sh", "-c", setup+` && exec "$@"`, "sh")
	if out, err := exec.Command(words[0], append(words[1:], "true")...).CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("cannot mount: %v\n%s", err, out)
		}
		t.Skipf("needs Linux and the right to mount in a namespace of its own (%s): %v, %s",
			runtime.GOOS, err, out)
	}
	return words
}

// notStores are files that are no session stores, each made under the name that it is given.
var notStores = map[string]func(t *testing.T, file string){
	"garbage":       written(strings.Repeat("This is a shopping list. ", 1000)),
	"one byte":      written("x"),
	"only a header": written("SQLite format 3\x00"),
	"foreign":       database("CREATE TABLE recipes (name); INSERT INTO recipes VALUES ('soup')"),
	"other columns": database("CREATE TABLE sessions (session_key TEXT PRIMARY KEY, session_data TEXT, " +
		"expire_date TEXT)"),
	"not unique": database("CREATE TABLE sessions (token TEXT, data BLOB, expiry REAL)"),
	"cut short": func(t *testing.T, file string) {
		makeDB(t, file, "CREATE TABLE sessions (token TEXT PRIMARY KEY, data BLOB, expiry REAL);"+
			"INSERT INTO sessions VALUES ('a', zeroblob(50000), 1)")
		if err := os.Truncate(file, 5000); err != nil {
			t.Fatal(err)
		}
	},
	"folder": func(t *testing.T, file string) {
		if err := os.Mkdir(file, 0o700); err != nil {
			t.Fatal(err)
		}
	},
}

func written(content string) func(*testing.T, string) {
	return func(t *testing.T, file string) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func database(query string) func(*testing.T, string) {
	return func(t *testing.T, file string) { makeDB(t, file, query) }
}

// A file that is no session store is refused, in one line, and left as it was to the byte.
func TestProgram_RefusesFiles(t *testing.T) {
	t.Parallel()
	for name, make := range notStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "sessions.db")
			make(t, file)
			before := folder(t, dir)
			refused(t, []string{"-addr", anyPort, "-db", file}, file)
			same(t, "the server", before, folder(t, dir))
			refused(t, []string{"clearsessions", "-db", file}, file)
			same(t, "clearsessions", before, folder(t, dir))
		})
	}
	dir := t.TempDir()
	nowhere := filepath.Join(dir, "no", "such", "folder.db")
	refused(t, []string{"-addr", anyPort, "-db", nowhere}, "folder does not exist")
	if files := folder(t, dir); len(files) != 1 {
		t.Error("a missing file was made")
	}
}

// What cannot be written to is found out at start, not by the first visitor.
func TestProgram_RefusesReadOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "read only")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "sessions.db")
	makeDB(t, file, schema(t))
	before := folder(t, dir)
	words := inNamespace(t,
		fmt.Sprintf("mount --bind '%[1]s' '%[1]s' && mount -o remount,ro,bind '%[1]s'", dir))
	for _, name := range []string{file, filepath.Join(dir, "new.db")} {
		refuses(t, program(t, words, "-addr", anyPort, "-db", name), name, "read-only")
	}
	same(t, "the server", before, folder(t, dir))
}

// A file name means that file, whatever characters it has.
func TestProgram_FileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"what?.db", "a#b.db", "100%41.db", "two words.db", "?mode=memory", "file:x",
		"ünï\"'.db", "%"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, `?":`) {
			continue // no file can have such a name there
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, name)
			l := newLab(t, file)
			l.start(anyPort)
			c := l.client(t)
			c.does("/set", "key", "k", "value", "v")
			l.stop()
			files := folder(t, dir)
			if len(files) != 2 || !strings.HasPrefix(files[file], "SQLite format 3") {
				t.Errorf("the folder holds %d files besides itself, want this one and no other", len(files)-1)
			}
			c.l = startLab(t, "-store", "sqlite:"+file)
			if got := c.value("k"); got != "v" {
				t.Errorf("when it is opened again the session holds %v", got)
			}
		})
	}
}
