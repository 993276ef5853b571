package cli

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"sessionlab/handlers"
	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
)

// Options are the command line of the server.
type Options struct {
	Addr     string // to listen on
	Store    string // the URL of the engine
	Settings handlers.Settings
}

// ParseOptions reads the flags of the server. An error is one line that names the flag which cannot be read,
// or with which no server can run. Who asks for help gets it on stderr, and the error is [flag.ErrHelp].
func ParseOptions(args []string, stderr io.Writer) (Options, error) {
	o, err := readOptions(args, stderr)
	if err != nil {
		return o, err
	}
	return o, o.check()
}

// readOptions fills in what the flags say, and refuses only what cannot be read.
func readOptions(args []string, stderr io.Writer) (o Options, err error) {
	var hosts, proxies, maxBytes string
	f, s := newStoreFlags("sessionlab"), &o.Settings
	f.StringVar(&o.Addr, "addr", "127.0.0.1:4000",
		"`address` to listen on; :4000 opens the lab to the network")
	f.StringVar(&hosts, "host", "", "further host `names` to answer to, with commas between them")
	f.StringVar(&s.CookieName, "cookie-name", "sessionname",
		"`name` of the session cookie (SESSION_COOKIE_NAME)")
	f.DurationVar(&s.CookieAge, "cookie-age", 400*time.Second,
		"life of a session after its last change (SESSION_COOKIE_AGE)")
	f.DurationVar(&s.SessionLife, "session-life", 0,
		"longest life of a session, however often it is saved; 0 is no limit, as in Django")
	f.BoolVar(&s.Secure, "secure", false,
		"send the cookie over TLS only (SESSION_COOKIE_SECURE), and tell browsers to use nothing else (HSTS)")
	f.IntVar(&s.MaxSessions, "max-sessions", 1_000_000,
		"how many sessions the store keeps, expired ones too; 0 is no limit")
	f.StringVar(&maxBytes, "max-bytes", "1GiB",
		"how much session data the store keeps, as `size`; 0 is no limit")
	f.StringVar(&proxies, "trusted-proxy", "",
		"`networks` of proxies whose X-Forwarded-For is believed, with commas between them")
	f.BoolVar(&s.Dev, "dev", false, "read templates and static files from the disk, anew for each request")
	if o.Store, err = f.parse(args, stderr); err != nil {
		return o, err
	}
	if name, ok := engine.CookieName(o.Store); ok && name == "" {
		o.Store += s.CookieName // the name is signed with the value
	}
	s.Hosts = listed(strings.ToLower(hosts))
	if s.MaxBytes, err = readSize(maxBytes); err != nil {
		return o, err
	}
	s.TrustedProxies, err = readNetworks(proxies)
	return o, err
}

// listed returns what stands between the commas of text.
func listed(text string) (words []string) {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

func readSize(text string) (int64, error) {
	size, err := humanize.ParseBytes(text)
	if err != nil || size > math.MaxInt64 {
		return 0, fmt.Errorf("-max-bytes %q: use a size such as 500MiB or 2GiB, or 0 for no limit", text)
	}
	return int64(size), nil
}

func readNetworks(text string) (networks []netip.Prefix, err error) {
	for _, network := range listed(text) {
		prefix, err := netip.ParsePrefix(network)
		if address, isAddress := netip.ParseAddr(network); isAddress == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("-trusted-proxy %q: use a network such as 10.0.0.0/8, "+
				"or the address of a proxy", network)
		}
		networks = append(networks, prefix.Masked())
	}
	return networks, nil
}

// check refuses options with which no server can run, or that no cookie could have.
func (o Options) check() error {
	s := o.Settings
	if age := s.CookieAge; age < time.Second || age%time.Second != 0 || age > limits.MaxAge {
		return fmt.Errorf("-cookie-age %s: use whole seconds, from 1s to 8760h", age)
	}
	if life := s.SessionLife; life < 0 || life%time.Second != 0 || life > limits.MaxAge {
		return fmt.Errorf("-session-life %s: use whole seconds, up to 8760h, or 0 for no limit", life)
	}
	if err := checkCookieName(s.CookieName, s.Secure); err != nil {
		return err
	}
	if name, ok := engine.CookieName(o.Store); ok && name != s.CookieName {
		return fmt.Errorf("-store cookie:%s: the cookie's name is that of -cookie-name, %s", name,
			s.CookieName)
	}
	if s.MaxSessions < 0 {
		return fmt.Errorf("-max-sessions %d: use a number, or 0 for no limit", s.MaxSessions)
	}
	for _, host := range s.Hosts {
		if strings.ContainsAny(host, ":/") {
			return fmt.Errorf("-host %q: give the name alone, without a scheme or a port", host)
		}
	}
	return engine.CheckKey() // the storage lesson signs cookies on every engine
}

// checkCookieName refuses a name that no cookie can have, or with which browsers would not do as the lessons
// say.
func checkCookieName(name string, secure bool) error {
	if c := (&http.Cookie{Name: name, Value: "x"}); c.Valid() != nil {
		return fmt.Errorf("-cookie-name %q is not a valid cookie name", name)
	}
	if prefix := handlers.CookiePrefix(name, "__Http-", "__Host-Http-"); prefix != "" {
		// Chromium obeys only a Set-Cookie with HttpOnly there. The one that deletes has none, as Django's.
		return fmt.Errorf("-cookie-name %q: browsers would not delete a cookie whose name begins with %s "+
			"after a flush", name, prefix)
	}
	if prefix := handlers.CookiePrefix(name, "__Host-", "__Secure-"); prefix != "" && !secure {
		return fmt.Errorf("-cookie-name %q needs -secure: browsers drop a cookie whose name begins with %s "+
			"unless it is Secure", name, prefix)
	}
	return nil
}
