// Package e2e drives the real program: each test starts sessionlab on a free port with a database of its
// own. Most do with a real browser what a student would do, in Chromium, and TestFirefox and TestWebKit in
// the two other engines; those named TestProgram need none, and do what happens to a program in a terminal.
//
// Without a browser the others are skipped and say so; with CI or E2E=required in the environment,
// anything missing is a failure. test.sh beside this file installs what they need.
package e2e

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var pictures = flag.String("pictures", "", "write the README's pictures into this `folder`")

// patience is how long a test waits for what must come. It is no measure of speed: nothing waits
// longer than it has to, and a busy machine is no failure.
const patience = 90 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	if p := flag.Lookup("test.parallel"); p.Value.String() == p.DefValue {
		_ = p.Value.Set("4") // these tests wait more than they work
	}
	// A program with the race detector would wait for a second before it ends.
	os.Setenv("GORACE", strings.TrimSpace("atexit_sleep_ms=0 "+os.Getenv("GORACE")))
	code := m.Run()
	chromium.end()
	headlessShell.end()
	if dir, err := binaryDir(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// required reports whether a missing browser or checker is a failure.
func required() bool { return os.Getenv("CI") != "" || os.Getenv("E2E") == "required" }

// missing skips the test, or fails it where nothing may be skipped.
func missing(t testing.TB, err error) {
	t.Helper()
	if required() {
		t.Fatal(err)
	}
	t.Skip(err)
}

var binaryDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "sessionlab-e2e-") })

// binary builds the program, once; with the race detector when this test has it. plainly builds it without:
// pages are the same then, and are there in a fifth of the time.
var (
	binary  = sync.OnceValues(func() (string, error) { return build("sessionlab", raceEnabled) })
	plainly = sync.OnceValues(func() (string, error) {
		if !raceEnabled {
			return binary()
		}
		return build("sessionlab-plain", false)
	})
)

func build(name string, race bool) (string, error) {
	dir, err := binaryDir()
	if err != nil {
		return "", err
	}
	// Git may refuse to say anything of a checkout that belongs to somebody else, and then go build fails.
	file := filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	args := []string{"build", "-buildvcs=false", "-o", file}
	if race {
		args = append(args, "-race")
	}
	if err := readSources(); err != nil {
		return "", err
	}
	cmd := exec.Command("go", append(args, ".")...)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return file, nil
}

// readSources opens what the program is built from. Go keeps a test's result until a file changes that
// the test has opened, and it cannot know what "go build" reads.
func readSources() error {
	for _, pattern := range []string{
		"*.go", "go.*", "*.sql", "templates/*.html", "templates/*/*.html", "static/*",
		"handlers/*.go", "handlers/*/*.go",
	} {
		files, err := filepath.Glob(filepath.Join("..", pattern))
		if err != nil {
			return err
		}
		for _, file := range files {
			if _, err := os.ReadFile(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// until waits for cond, and fails the test when it does not come true.
func until(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for wait := 5 * time.Millisecond; !cond(); wait = min(2*wait, 100*time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain: %s", patience, what)
		}
		<-time.After(wait)
	}
}

// log keeps what was written to it.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// artifact writes what helps to understand a failed test, and prints where it is.
func artifact(t testing.TB, name string, data []byte) {
	t.Helper()
	dir, err := artifactDir()
	if err != nil {
		t.Log("artifacts:", err)
		return
	}
	file := filepath.Join(dir, strings.NewReplacer("/", "_", " ", "_").Replace(t.Name())+"-"+name)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Log("artifacts:", err)
		return
	}
	t.Log("kept:", file)
}

var artifactDir = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("E2E_ARTIFACTS"); dir != "" {
		dir, err := filepath.Abs(dir)
		return dir, errors.Join(err, os.MkdirAll(dir, 0o755))
	}
	return os.MkdirTemp("", "sessionlab-e2e-failed-")
})
