package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

const siteName = "lab.example.org"

const siteURL = "https://" + siteName

// site is nginx and the copies of the lab behind it.
type site struct {
	copies      []*lab
	plain, tls  string // the addresses that nginx listens on
	dir         string // of nginx's files
	config      string
	certificate *x509.Certificate
}

func startSite(t *testing.T, store string) *site {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		program, err = exec.LookPath("/usr/sbin/nginx") // where Debian has it, and not everybody's PATH
	}
	if err != nil {
		missing(t, errors.New("nginx is not installed"))
	}
	commands, config := readRecipe(t)
	s := &site{dir: t.TempDir()}
	swap := func(old, new string) {
		t.Helper()
		if strings.Count(config, old) != 1 {
			t.Fatalf("the recipe has %q %d times, not once:\n%s", old, strings.Count(config, old), config)
		}
		config = strings.Replace(config, old, new, 1)
	}
	for _, port := range []string{"4001", "4002"} {
		flags := strings.NewReplacer("redis://127.0.0.1:6379", store).Replace(commands)
		l := startLab(t, strings.Fields(flags)...)
		swap("server 127.0.0.1:"+port+";", "server "+strings.TrimPrefix(l.url, "http://")+";")
		s.copies = append(s.copies, l)
	}
	s.plain, s.tls = "127.0.0.1:"+enginetest.FreePort(t), "127.0.0.1:"+enginetest.FreePort(t)
	swap("listen 80;", "listen "+s.plain+";")
	swap("listen 443 ssl;", "listen "+s.tls+" ssl;")
	certificate, key := s.makeCertificate(t)
	swap("/etc/ssl/lab.crt", certificate)
	swap("/etc/ssl/lab.key", key)
	swap("/var/log/nginx/error.log", filepath.Join(s.dir, "error.log"))
	swap("/var/log/nginx/access.log", filepath.Join(s.dir, "access.log"))
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		line := fmt.Sprintf("  %s_temp_path %s;\n", kind, filepath.Join(s.dir, kind))
		config = strings.Replace(config, "http {\n", "http {\n"+line, 1)
	}
	if u, err := user.Current(); err == nil && u.Uid == "0" {
		// Its workers would have no right to the test's folder otherwise.
		config = "user " + u.Username + ";\n" + config
	}
	s.config = "daemon off;\npid " + filepath.Join(s.dir, "nginx.pid") + ";\n" + config
	s.startNginx(t, program)
	return s
}

var (
	labCommand  = regexp.MustCompile(`(?s)\./sessionlab -addr 127\.0\.0\.1:\$port (.*?) &\n`)
	nginxConfig = regexp.MustCompile("(?s)\n```nginx\n(.*?\n)```\n")
)

// readRecipe returns the flags of the lab and the configuration of nginx that the README gives.
func readRecipe(t *testing.T) (flags, config string) {
	t.Helper()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## For 200 students\n")
	section, _, _ = strings.Cut(section, "\n## ")
	shell := labCommand.FindStringSubmatch(section)
	nginx := nginxConfig.FindStringSubmatch(section)
	if shell == nil || nginx == nil {
		t.Fatal("the README has no recipe")
	}
	return strings.ReplaceAll(shell[1], "\\\n", " "), nginx[1]
}

// makeCertificate writes a certificate of the site's name that it signs itself, and its key.
func (s *site) makeCertificate(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{siteName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	if s.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte) string {
		file := filepath.Join(s.dir, name)
		block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
		if err := os.WriteFile(file, block, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("lab.crt", "CERTIFICATE", der), write("lab.key", "PRIVATE KEY", secret)
}

// startNginx starts nginx in the foreground, waits until it listens, and stops it at the end of the test.
func (s *site) startNginx(t *testing.T, program string) {
	t.Helper()
	file := filepath.Join(s.dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(s.config), 0o600); err != nil {
		t.Fatal(err)
	}
	command := []string{program, "-p", s.dir, "-c", file, "-e", filepath.Join(s.dir, "start.log")}
	enginetest.Launch(t, s.dir, command, func(ctx context.Context) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.tls)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// visitor is a client at address, such as 127.0.0.2, that asks for the site by its name.
func (s *site) visitor(address string) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(s.certificate)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	jar, _ := cookiejar.New(nil) // never fails
	return &http.Client{Jar: jar, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots},
			DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
				where, ok := map[string]string{siteName + ":80": s.plain, siteName + ":443": s.tls}[to]
				if !ok {
					return nil, fmt.Errorf("%s is not the site", to)
				}
				return dialer.DialContext(ctx, network, where)
			}}}
}

// ask sends a request with these headers, and a form when it is a POST, and reads the answer.
func ask(t *testing.T, c *http.Client, method, address, form string, headers ...string,
) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// strict checks that an answer keeps the browser on TLS.
func strict(t *testing.T, what string, r *http.Response) {
	t.Helper()
	if got := r.Header.Values("Strict-Transport-Security"); len(got) != 1 || got[0] != "max-age=31536000" {
		t.Errorf("%s: Strict-Transport-Security %q", what, got)
	}
}
