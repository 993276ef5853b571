package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// firefox is driven by Marionette, which it speaks itself: messages of JSON with their length before them.
type firefox struct {
	conn  net.Conn
	in    *bufio.Reader
	calls int
}

func findFirefox() (string, error) {
	for _, name := range []string{"firefox-esr", "firefox",
		"/Applications/Firefox.app/Contents/MacOS/firefox"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Firefox: install it " +
		"(Debian: apt-get install --no-install-recommends firefox-esr)")
}

// preferences of a Firefox that asks its makers for nothing and moves nothing while it is looked at.
const preferences = `
user_pref("marionette.port", 0);
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.ipc.processCount", 1);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("ui.prefersReducedMotion", 1);
`

// startFirefox starts it with a profile of its own, and closes it at the end of the test.
func startFirefox(t *testing.T) *firefox {
	t.Helper()
	path, err := findFirefox()
	if err != nil {
		missing(t, err)
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "user.js"), []byte(preferences), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless", "--marionette", "--remote-allow-system-access", "--no-remote",
		"--profile", home)
	cmd.Env = append(os.Environ(), "HOME="+home, "MOZ_CRASHREPORTER_DISABLE=1")
	stop := launched(t, cmd)
	f := &firefox{}
	t.Cleanup(func() {
		if f.conn != nil {
			f.send(command{marionette: "Marionette:Quit"}, map[string]any{"flags": []string{"eForceQuit"}})
			f.conn.Close()
		}
		stop()
	})
	until(t, "Firefox listens", func() bool { // it writes down on which port
		port, err := os.ReadFile(filepath.Join(home, "MarionetteActivePort"))
		if err == nil && len(port) > 0 {
			f.conn, err = net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(string(port)))
		}
		return err == nil && f.conn != nil
	})
	f.in = bufio.NewReader(f.conn)
	if _, err := f.read(); err != nil { // its greeting
		t.Fatal(err)
	}
	if _, err := f.send(command{marionette: "WebDriver:NewSession"}, map[string]any{}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *firefox) send(c command, params map[string]any) (json.RawMessage, error) {
	f.calls++
	text, err := json.Marshal([]any{0, f.calls, c.marionette, params})
	if err != nil {
		return nil, err
	}
	f.conn.SetDeadline(time.Now().Add(patience))
	if _, err := fmt.Fprintf(f.conn, "%d:%s", len(text), text); err != nil {
		return nil, err
	}
	text, err = f.read()
	if err != nil {
		return nil, err
	}
	var failed *struct{ Error, Message string }
	var value json.RawMessage
	if err := json.Unmarshal(text, &[]any{nil, nil, &failed, &value}); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, fmt.Errorf("%s: %s", failed.Error, failed.Message)
	}
	var wrapped struct{ Value json.RawMessage } // as most answers are, and the list of cookies is not
	if json.Unmarshal(value, &wrapped) == nil && wrapped.Value != nil {
		return wrapped.Value, nil
	}
	return value, nil
}

func (f *firefox) read() ([]byte, error) {
	length, err := f.in.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil {
		return nil, err
	}
	text := make([]byte, n)
	_, err = io.ReadFull(f.in, text)
	return text, err
}

// chrome runs a script not in the page but in the browser around it.
func (f *firefox) chrome(script string) (json.RawMessage, error) {
	to := command{marionette: "Marionette:SetContext"}
	if _, err := f.send(to, map[string]any{"value": "chrome"}); err != nil {
		return nil, err
	}
	value, err := f.send(execute, map[string]any{"script": script, "args": []any{}})
	_, back := f.send(to, map[string]any{"value": "content"})
	return value, errors.Join(err, back)
}

func (f *firefox) address(_ *testing.T, l *lab) string { return l.url }

// resize sets the size of the part of the window that holds the page: the window itself has 450 px at least.
func (f *firefox) resize(p *person, width, height int) error {
	if _, err := f.send(setWindow, map[string]any{"width": 1500, "height": 1000}); err != nil {
		return err
	}
	_, err := f.chrome(fmt.Sprintf(`const style = gBrowser.selectedBrowser.style;
		style.width = "%dpx"; style.height = "%dpx"; style.flex = "none";`, width, height))
	return err
}

// heard reads the browser's console, which also has violations of the policy, for what pages have caused.
func (f *firefox) heard() (lines []string, err error) {
	value, err := f.chrome(`
		const seen = Services.console.getMessageArray();
		Services.console.reset();
		return seen.filter((m) => m instanceof Ci.nsIScriptError && m.sourceName.startsWith("http"))
			.map((m) => m.category + ", " + m.sourceName + ":" + m.lineNumber + ": " + m.errorMessage);`)
	if err != nil {
		return nil, err
	}
	return lines, json.Unmarshal(value, &lines)
}

// blockCookies blocks all of them, as in the browser's settings.
func (f *firefox) blockCookies() error {
	_, err := f.chrome(`Services.prefs.setIntPref("network.cookie.cookieBehavior", 2)`)
	return err
}
