package handlers

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// TestCompression: gzip goes to those who take it.
func TestCompression(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	path, err := tl.pages.assets.path("lab.css")
	if err != nil {
		t.Fatal(err)
	}
	for accept, want := range map[string]string{
		"gzip": "gzip", "GZIP": "gzip", "br, gzip;q=0.5": "gzip", "deflate, gzip ; q=1.0, *;q=0": "gzip",
		"": "", "br": "", "gzip;q=0": "", "br, gzip; q=0.000": "", "xgzip": "", "gzip;q=": "",
	} {
		a := tl.send(http.MethodGet, path, "Accept-Encoding", accept)
		if got := a.Header.Get("Content-Encoding"); got != want || a.Status != http.StatusOK {
			t.Errorf("Accept-Encoding %q: %d, Content-Encoding %q, want %q", accept, a.Status, got, want)
		}
	}
}

// TestFaviconFollowsItsFile: in development an edited file has another name at once.
func TestFaviconFollowsItsFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	tl := newLab(t)
	settings := tl.settings
	settings.Dev = true
	lab, err := New(os.DirFS(dir), tl.engine.Engine, settings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(lab.Handler())
	defer server.Close()
	if err := os.WriteFile(filepath.Join(dir, "static", "favicon.svg"),
		[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), 0o600); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(server.URL + "/favicon.ico")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("/favicon.ico leads to %d", resp.StatusCode)
	}
}
