package e2e

import (
	"net/http"
	"net/netip"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/e2e/launch"
)

// The tests that are named TestProgram need no browser: they run the program as a terminal does.

// program returns a command that runs the program. before are the words of one that starts it in its turn.
func program(t testing.TB, before []string, args ...string) *exec.Cmd {
	t.Helper()
	return programOf(t, binary, before, args...)
}

// programOf is program for one of those that were built.
func programOf(t testing.TB, built func() (string, error), before []string, args ...string) *exec.Cmd {
	t.Helper()
	file, err := built()
	if err != nil {
		t.Fatal(err)
	}
	words := slices.Concat(before, []string{file}, args)
	cmd := exec.Command(words[0], words[1:]...)
	launch.EndWithUs(cmd)
	return cmd
}

// outcome is how a run of the program ended.
type outcome struct {
	stdout, stderr string
	status         int
}

// run runs the program until it ends by itself.
func run(t testing.TB, args ...string) outcome {
	t.Helper()
	return finish(t, program(t, nil, args...))
}

func finish(t testing.TB, cmd *exec.Cmd) outcome {
	t.Helper()
	var stdout, stderr log
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	hangs := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer hangs.Stop()
	cmd.Wait() // its error is the exit status
	return outcome{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// mustRun runs a command that has to do its work and to complain about nothing. It returns what that prints.
func mustRun(t testing.TB, args ...string) string {
	t.Helper()
	o := run(t, args...)
	if o.status != 0 || o.stderr != "" {
		t.Errorf("%q: status %d, on stderr %q", args, o.status, o.stderr)
	}
	return o.stdout
}

// refused runs the program with arguments that it must refuse.
func refused(t *testing.T, args []string, texts ...string) {
	t.Helper()
	refuses(t, program(t, nil, args...), texts...)
}

// refuses checks that a run of the program ends with status 1 and one line that holds all of the texts, and
// prints nothing else.
func refuses(t *testing.T, cmd *exec.Cmd, texts ...string) {
	t.Helper()
	o := finish(t, cmd)
	if o.status != 1 || o.stdout != "" {
		t.Errorf("%q: status %d, it printed %q", cmd.Args[1:], o.status, o.stdout)
	}
	line, more, _ := strings.Cut(o.stderr, "\n")
	if !strings.HasPrefix(line, "sessionlab: ") || more != "" {
		t.Errorf("%q: on stderr %q; want one line from sessionlab", cmd.Args[1:], o.stderr)
	}
	for _, text := range texts {
		if !strings.Contains(line, text) {
			t.Errorf("%q: %q does not say %q", cmd.Args[1:], line, text)
		}
	}
}

func TestProgram_AnnouncesLoopback(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{}, {"-secure"}, {"-addr", "localhost:0"}} {
		l := startLab(t, args...)
		if body := l.client(t).sees("/healthz"); body != "ok\n" {
			t.Errorf("/healthz = %q", body)
		}
		if !hostOf(t, l.url).IsLoopback() {
			t.Errorf("%q: it listens on %s", args, l.url)
		}
		if status := getAs(t, l.url, "192.0.2.7"); status != http.StatusMisdirectedRequest {
			t.Errorf("on loopback another Host = %d, want 421", status)
		}
		l.stop()
		if out := l.printed.String(); strings.Count(out, "\n") != 1 {
			t.Errorf("%q: it printed %q, want one line", args, out)
		}
	}
}

// Open to the network it prints the addresses to give out, and what that means.
func TestProgram_AnnouncesNetwork(t *testing.T) {
	t.Parallel()
	l := startLab(t, "-addr", ":0", "-host", "Lab-Host, other")
	until(t, "the warning", func() bool { return strings.Contains(l.printed.String(), "plain http") })
	out := l.printed.String()
	port := ""
	for _, u := range address.FindAllString(out, -1) {
		ip := hostOf(t, u)
		if ip.IsUnspecified() {
			t.Errorf("nobody can open %s", u)
		}
		port = u[strings.LastIndex(u, ":")+1:]
	}
	if port == "" || port == "0" {
		t.Fatalf("it printed\n%s", out)
	}
	if !strings.Contains(out, "readable") {
		t.Errorf("it does not say what plain http means:\n%s", out)
	}
	for host, want := range map[string]int{"192.0.2.7": 200, "[2001:db8::1]:80": 200, "lab-host:4000": 200,
		"OTHER": 200, "localhost": 200, "evil.example": 421} {
		if status := getAs(t, "http://127.0.0.1:"+port, host); status != want {
			t.Errorf("Host %s = %d, want %d", host, status, want)
		}
	}
}

// hostOf returns the IP address in a URL.
func hostOf(t *testing.T, address string) netip.Addr {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if err != nil {
		t.Fatal(err)
	}
	return ip
}

// getAs asks the server at address for its first page under another name.
func getAs(t *testing.T, address, host string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = host
	resp, err := (&http.Client{Timeout: patience}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}
