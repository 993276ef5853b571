package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// findBrowser returns the browser to drive. CHROME_PATH wins, and a wrong one is an error; then the
// names on PATH; then the usual places.
func findBrowser() (string, error) {
	if name := os.Getenv("CHROME_PATH"); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("CHROME_PATH: %w", err)
		}
		return path, nil
	}
	names := []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"microsoft-edge", "microsoft-edge-stable", "brave-browser"}
	switch runtime.GOOS {
	case "darwin":
		for _, root := range []string{"/Applications", filepath.Join(os.Getenv("HOME"), "Applications")} {
			for _, app := range []string{"Google Chrome", "Chromium", "Microsoft Edge", "Brave Browser"} {
				names = append(names, filepath.Join(root, app+".app", "Contents", "MacOS", app))
			}
		}
	case "windows":
		names = nil
		for _, folder := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
			root := os.Getenv(folder)
			if root == "" {
				continue
			}
			for _, program := range []string{`Google\Chrome\Application\chrome.exe`,
				`Chromium\Application\chrome.exe`, `Microsoft\Edge\Application\msedge.exe`} {
				names = append(names, filepath.Join(root, program))
			}
		}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chrome, Chromium or Edge: install one " +
		"(Debian: apt-get install --no-install-recommends chromium), or set CHROME_PATH")
}

const networkName = "lab.test"

// unneeded are features of Chromium that cost every page and window much and that no test looks at: parts of
// the browser's own frame that are web pages themselves, and renderers that are kept in reserve. The first
// two are what chromedp and Puppeteer turn off.
const unneeded = "Translate,BlinkGenPropertyTrees," +
	"InitialWebUI,WebUIReloadButton,WebUIToolbar,WebUILocationBar,WebUIOmniboxPopup," +
	"SpareRendererForSitePerProcess"

var browserPath = sync.OnceValues(findBrowser)

// notShort skips a test that takes a browser where -short is given.
func notShort(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("browser tests are left out with -short")
	}
}

// needBrowser returns the browser's path; without one the test is skipped, or fails where a browser
// is required.
func needBrowser(t testing.TB) string {
	t.Helper()
	notShort(t)
	path, err := browserPath()
	if err != nil && os.Getenv("CHROME_PATH") != "" {
		t.Fatal(err)
	}
	if err != nil {
		missing(t, err)
	}
	return path
}

// startBrowser starts a browser process; the function that it returns closes it in order, so that it
// writes down its cookies.
func startBrowser(path string, extra ...chromedp.ExecAllocatorOption) (context.Context, func(), error) {
	options := slices.Concat(chromedp.DefaultExecAllocatorOptions[:], []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-features", unneeded),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("font-render-hinting", "none"),
		// Nothing leaves the machine; one name stands for a server in the network.
		chromedp.Flag("host-resolver-rules",
			"MAP "+networkName+" 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"),
	}, extra)
	allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	// The first call binds the browser's life to its context: no deadline here.
	if err := chromedp.Do(ctx); err != nil {
		cancel()
		end()
		return nil, nil, fmt.Errorf("start %s: %w", path, err)
	}
	return ctx, func() {
		closing, done := context.WithTimeout(ctx, patience)
		defer done()
		_ = chromedp.Cancel(closing) // when it does not close, it is killed
		cancel()
		end()
	}, nil
}

// sharedBrowser is a process that many tests share; it starts when the first of them needs it.
type sharedBrowser struct {
	find func() (path string, err error)

	mu    sync.Mutex
	ctx   context.Context
	err   error
	close func()
}

// The two that the tests share. The headless shell is the engine of Chromium without the browser around it:
// it takes half the work, and does where nothing depends on windows, tabs, a profile or settings.
var (
	chromium      = &sharedBrowser{find: browserPath}
	headlessShell = &sharedBrowser{find: sync.OnceValues(findShell)}
)

// findShell returns the headless shell, or "" when there is none or another browser was asked for.
func findShell() (string, error) {
	if os.Getenv("CHROME_PATH") == "" {
		for _, name := range []string{"chromium-headless-shell", "chrome-headless-shell"} {
			if path, err := exec.LookPath(name); err == nil {
				return path, nil
			}
		}
	}
	return "", nil
}

// shell is the headless shell, or the whole browser where there is none.
func shell() *sharedBrowser {
	if path, _ := headlessShell.find(); path == "" {
		return chromium
	}
	return headlessShell
}

// start returns the running browser.
func (b *sharedBrowser) start(t testing.TB) context.Context {
	t.Helper()
	needBrowser(t)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx == nil && b.err == nil {
		var path string
		if path, b.err = b.find(); b.err == nil {
			b.ctx, b.close, b.err = startBrowser(path)
		}
	}
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b.ctx
}

// end closes the browser, if it was started.
func (b *sharedBrowser) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.close != nil {
		b.close()
	}
}

// profile makes a browser profile with these settings, as if they had been chosen in its settings page.
func profile(t testing.TB, preferences map[string]any) string {
	t.Helper()
	dir := t.TempDir()
	data, err := json.Marshal(preferences)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Default", "Preferences"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
