package e2e

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"sessionlab/handlers/engine/enginetest"
)

// badArguments are those of the server, each with what the refusal says.
var badArguments = []struct {
	args []string
	text string
}{
	{[]string{"-nonsense"}, "-nonsense"},
	{[]string{"-addr"}, "-addr"},
	{[]string{"-addr", "127.0.0.1"}, "127.0.0.1"},
	{[]string{"-addr", "127.0.0.1:99999"}, "99999"},
	{[]string{"-addr", "127.0.0.1:x"}, "127.0.0.1:x"},
	{[]string{"-cookie-age", "soon"}, "-cookie-age"},
	{[]string{"-cookie-age", "0s"}, "-cookie-age"},
	{[]string{"-cookie-age", "-5s"}, "-cookie-age"},
	{[]string{"-cookie-age", "1500ms"}, "whole seconds"},
	{[]string{"-cookie-age", "8761h"}, "-cookie-age"},
	{[]string{"-session-life", "-1s"}, "-session-life"},
	{[]string{"-session-life", "1500ms"}, "whole seconds"},
	{[]string{"-session-life", "8761h"}, "-session-life"},
	{[]string{"-cookie-name", ""}, "-cookie-name"},
	{[]string{"-cookie-name", "two words"}, `"two words"`},
	{[]string{"-cookie-name", "a;b"}, "-cookie-name"},
	{[]string{"-cookie-name", "a\r\nb"}, "-cookie-name"},
	{[]string{"-cookie-name", "__Host-lab"}, "needs -secure"},
	{[]string{"-cookie-name", "__secure-lab"}, "needs -secure"},
	{[]string{"-cookie-name", "__Http-lab", "-secure"}, "would not delete"},
	{[]string{"-cookie-name", "__Host-http-lab", "-secure"}, "would not delete"},
	{[]string{"-secure=maybe"}, "-secure"},
	{[]string{"-host", "lab.example.org:4000"}, "the name alone"},
	{[]string{"-host", "lab, http://lab.example.org"}, "the name alone"},
	{[]string{"-max-sessions", "-1"}, "-max-sessions"},
	{[]string{"-max-sessions", "many"}, "-max-sessions"},
	{[]string{"-max-bytes", "much"}, "-max-bytes"},
	{[]string{"-max-bytes", "8EiB"}, "-max-bytes"}, // one more than an int64 holds
	{[]string{"-trusted-proxy", "10.0.0.1, proxy.example.org"}, `"proxy.example.org"`},
	{[]string{"-trusted-proxy", "10.0.0.0/33"}, `"10.0.0.0/33"`},
	{[]string{"-store", "sqlite:sessions.db"}, "-db or -store"},
	{[]string{"stray"}, `"stray"`},
	{[]string{"clearsessions"}, `"clearsessions"`}, // a command comes first
}

func TestProgram_RefusesArguments(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := filepath.Join(dir, "sessions.db")
	for _, tt := range badArguments {
		refused(t, append([]string{"-addr", anyPort, "-db", db}, tt.args...), tt.text)
	}
	refused(t, []string{"-addr", anyPort, "-store", ""}, "unknown store")
	refused(t, []string{"-addr", anyPort, "-store", "floppy:a"}, `"floppy:a"`, "sqlite:FILE")
	refused(t, []string{"-addr", anyPort, "-store", "sqlite:"}, "no file name")
	refused(t, []string{"-addr", anyPort, "-db", ""}, "no file name")
	refused(t, []string{"-db", "redis://127.0.0.1"}, "use -store redis://…")
	// With signed cookies the name is signed too: there is one, that of -cookie-name.
	refused(t, []string{"-addr", anyPort, "-store", "cookie:other"}, "-store cookie:other", "-cookie-name")
	if files := folder(t, dir); len(files) != 1 {
		t.Errorf("refused arguments made files: %d", len(files)-1)
	}
}

func TestProgram_RefusesArgumentsOfCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := filepath.Join(dir, "sessions.db")
	refused(t, []string{"serve"}, `"serve"`, "clearsessions", "endsessions")
	refused(t, []string{""}, `""`)
	refused(t, []string{"clearsessions", "-nonsense"}, "-nonsense")
	refused(t, []string{"clearsessions", "-addr", ":0"}, "-addr")
	refused(t, []string{"clearsessions", "stray"}, `"stray"`)
	refused(t, []string{"clearsessions", "-db", ""}, "cannot clear")
	refused(t, []string{"clearsessions", "-all"}, "-all")
	refused(t, []string{"endsessions", "-db", db}, "-id", "-all")
	refused(t, []string{"endsessions", "-db", db, "-id", "", "-all=false"}, "-id", "-all")
	refused(t, []string{"endsessions", "-db", db, "-all", "-id", "ABCDEFGH"}, "-id", "-all")
	refused(t, []string{"endsessions", "-db", db, "-id", "ABCDEFG"}, "at least the first 8 characters")
	refused(t, []string{"endsessions", "-addr", ":0", "-all"}, "-addr")
	refused(t, []string{"endsessions", "-all", "stray"}, `"stray"`)
	refused(t, []string{"endsessions", "-all", "-db", db, "-store", "sqlite:" + db}, "-db or -store")
	if files := folder(t, dir); len(files) != 1 {
		t.Errorf("refused arguments made files: %d", len(files)-1)
	}
}

func TestProgram_Help(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args     []string
		has, not string
	}{
		{[]string{"-h"}, "-cookie-age", "-all"},
		{[]string{"clearsessions", "-h"}, "-db", "-all"},
		{[]string{"endsessions", "-h"}, "-all", "-addr"},
	} {
		o := run(t, tt.args...)
		if o.status != 0 || o.stdout != "" || strings.Contains(o.stderr, "sessionlab: ") ||
			!strings.Contains(o.stderr, tt.has) || strings.Contains(o.stderr, tt.not) {
			t.Errorf("%q: %+v; want status 0, and of the flags its own", tt.args, o)
		}
	}
}

// A key that nobody can read would be noticed only in the storage lesson otherwise.
func TestProgram_RefusesAKeyThatIsNone(t *testing.T) {
	t.Parallel()
	cmd := program(t, nil, "-addr", anyPort, "-db", filepath.Join(t.TempDir(), "sessions.db"))
	cmd.Env = append(cmd.Environ(), "SESSIONLAB_KEY=hidden")
	refuses(t, cmd, "SESSIONLAB_KEY")
}

// A prefix that browsers take from a Secure cookie only is fine with -secure.
func TestProgram_TakesSecurePrefix(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"__Host-lab", "__Secure-lab", "__Hosting"} {
		secure := name != "__Hosting"
		l := startLab(t, "-cookie-name", name, fmt.Sprintf("-secure=%t", secure))
		resp, _ := l.client(t).post("/set", "key", "k", "value", "v")
		if c := resp.Cookies(); len(c) != 1 || c[0].Name != name || c[0].Secure != secure {
			t.Errorf("%s: it sets %v", name, c)
		}
	}
}

func TestProgram_TakenPort(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	addr := taken.Addr().String()
	refused(t, []string{"-addr", addr, "-db", filepath.Join(dir, "sessions.db")}, addr, "in use")
	if files := folder(t, dir); len(files) != 1 {
		t.Error("it made a database before it had the port")
	}
}

// A password in the address of a store is printed by no error, however the address is written.
func TestProgram_HidesPasswords(t *testing.T) {
	t.Parallel()
	port := enginetest.FreePort(t)
	for _, store := range []string{
		"redis://:S3CRET@127.0.0.1:" + port, "redis://lab:S3CRET@127.0.0.1:" + port + "/x",
		"redis://:S3CRET/more@127.0.0.1:" + port, "redis://:S3CRET more@127.0.0.1",
		"redis://lab:%zzS3CRET@127.0.0.1", "redis://127.0.0.1:" + port + "?password=S3CRET",
		"rediss://:S3CRET@127.0.0.1:" + port, "redis://:S3CRET", "postgres://lab:S3CRET/lab",
		"postgres://lab:S3CRET@127.0.0.1:" + port + "/lab", "postgres://lab:%zzS3CRET@127.0.0.1/lab",
		"postgres://lab:S3CRET/more@127.0.0.1/lab", "postgres://lab:S3CRET@127.0.0.1/lab?sslmode=nonsense",
		"postgres://127.0.0.1:" + port + "/lab?password=S3CRET", "postgresql://lab:S3CRET@127.0.0.1:port/lab",
		"postgress://lab:S3CRET@127.0.0.1/lab", "mysql://127.0.0.1/lab?password=S3CRET",
		"mysql:lab:S3CRET@127.0.0.1",
	} {
		for _, args := range [][]string{{"-addr", anyPort, "-store", store},
			{"clearsessions", "-store", store}, {"-db", store}, {"-secure", store}, {store}} {
			if args[0] == "-db" && !strings.Contains(store, "://") {
				continue // a file may have such a name
			}
			o := run(t, args...)
			if o.status != 1 {
				t.Errorf("%q was not refused", args)
			}
			if strings.Contains(o.stdout+o.stderr, "S3CRET") {
				t.Errorf("%q: %+v", args, o)
			}
		}
	}
}
