package e2e

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// aLot is a value of which a few fill a small disk.
var aLot = strings.Repeat("x", 50_000)

// fullDisk is a program whose database lies on a disk of its own, a small one.
type fullDisk struct {
	*client
	ballast string // a file that takes all the room there is
	acked   string // the last value of n that the program said it has stored
}

func startOnSmallDisk(t *testing.T) *fullDisk {
	t.Helper()
	dir := t.TempDir()
	l := newLab(t, filepath.Join(dir, "sessions.db"))
	l.allow("database or disk is full")
	l.before = inNamespace(t, "mount -t tmpfs -o size=2m none '"+dir+"'")
	l.start(anyPort)
	root := filepath.Join("/proc", fmt.Sprint(l.cmd.Process.Pid), "root")
	return &fullDisk{client: l.client(t), ballast: filepath.Join(root, dir, "ballast")}
}

// fill leaves no room at all.
func (d *fullDisk) fill() {
	d.t.Helper()
	f, err := os.Create(d.ballast)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); err == nil; {
		_, err = f.Write(block)
	}
}

// holds checks that the session has what was acknowledged last.
func (d *fullDisk) holds(after string) {
	d.t.Helper()
	if got := d.value("n"); got != d.acked {
		d.t.Fatalf("after %s the session holds %v, and %s was the last that was acknowledged",
			after, got, d.acked)
	}
}

// write stores i and a large value, and reports whether there was room. Without room the page says so.
func (d *fullDisk) write(i int) bool {
	d.t.Helper()
	n := fmt.Sprint(i)
	resp, body := d.post("/update", "key", "n", "value", n, "key", "big", "value", aLot)
	if resp.StatusCode == http.StatusSeeOther {
		d.acked = n
		return true
	}
	if resp.StatusCode != http.StatusInsufficientStorage || !strings.Contains(body, "The store is full") ||
		!strings.Contains(body, "Nothing was changed") {
		d.t.Fatalf("write %d on a full disk = %d\n%s", i, resp.StatusCode, body)
	}
	return false
}

// operates tries what needs a few bytes, for which there may be room after all.
func (d *fullDisk) operates() {
	d.t.Helper()
	for _, path := range []string{"/flush", "/cycle-key", "/clear"} {
		token := d.token()
		resp, _ := d.post(path)
		if resp.StatusCode == http.StatusSeeOther {
			d.t.Logf("%s found room for its few bytes", path)
			return
		}
		if resp.StatusCode != http.StatusInsufficientStorage || d.token() != token {
			d.t.Errorf("POST %s = %d", path, resp.StatusCode)
		}
		d.holds("POST " + path + " failed")
	}
}

// The disk is full: the page says so, what is there can be read, nothing is lost, and when there is
// room again it goes on.
func TestProgram_DiskFull(t *testing.T) {
	t.Parallel()
	d := startOnSmallDisk(t)
	d.does("/set", "key", "n", "value", "0")
	d.acked = "0"
	d.fill()
	full := 0
	for i := 1; full < 10 && i < 200; i++ {
		if !d.write(i) {
			full++
		}
		d.holds("a write")
	}
	if full < 10 {
		t.Fatal("the disk was never full")
	}
	for _, path := range []string{"/", "/items", "/sessions", "/healthz"} {
		d.sees(path)
	}
	d.operates()
	newcomer := d.l.client(t)
	resp, _ := newcomer.post("/set", "key", "k", "value", aLot)
	if resp.StatusCode != http.StatusInsufficientStorage || newcomer.token() != "" {
		t.Errorf("a newcomer's write = %d, cookie %q", resp.StatusCode, newcomer.token())
	}

	if err := os.Remove(d.ballast); err != nil {
		t.Fatal(err)
	}
	d.does("/set", "key", "n", "value", "room again")
	d.acked = "room again"
	d.holds("there was room again")
	newcomer.does("/set", "key", "k", "value", aLot)
}
