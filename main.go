// Session Lab is a web app that shows how server-side sessions work: run it, open the address
// that it prints, and click through the lessons.
package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"

	"sessionlab/handlers"
	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

//go:embed templates static sessions.db.sql
var embedded embed.FS

//go:embed sessions.db.sql
var schema string

func main() {
	// A request leaves much garbage and little else: with the default the collector would run after every
	// few dozen of them, and take a fifth of the processor. GOGC in the environment still decides.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" { // it still decides, too
		debug.SetMemoryLimit(handlers.MemoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "sessionlab:", err)
		os.Exit(1)
	}
}

// commands are what the program does besides serving.
var commands = map[string]func(ctx context.Context, args []string, stdout, stderr io.Writer) error{
	"clearsessions": clearSessions,
	"endsessions":   endSessions,
}

// run is the whole program: it serves until ctx ends, or runs a command. An error is one line for the
// terminal.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		command, ok := commands[args[0]]
		if !ok {
			names := slices.Sorted(maps.Keys(commands))
			return fmt.Errorf("unknown command %q: use %s, or none to serve",
				engine.Redact(args[0]), strings.Join(names, ", "))
		}
		return command(ctx, args[1:], stdout, stderr)
	}
	opts, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	return serve(ctx, opts, stdout, stderr)
}

// storeFlags are the flags of every command: where the sessions are.
type storeFlags struct {
	*flag.FlagSet
	store, db string
}

func newStoreFlags(name string) *storeFlags {
	f := &storeFlags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError)}
	f.SetOutput(io.Discard)
	f.StringVar(&f.store, "store", "sqlite:sessions.db", "where sessions are kept, as `URL`")
	f.StringVar(&f.db, "db", "", "SQLite `file`; the same as -store sqlite:file")
	return f
}

// parse reads args, all of which have to be flags, and returns the URL of the store. Who asks for help gets
// it on stderr.
func (f *storeFlags) parse(args []string, stderr io.Writer) (store string, err error) {
	err = f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(stderr)
		f.Usage()
	}
	if err != nil {
		return "", err
	}
	if f.NArg() > 0 {
		return "", fmt.Errorf("unexpected argument %q", engine.Redact(f.Arg(0)))
	}
	set := map[string]bool{}
	f.Visit(func(f *flag.Flag) { set[f.Name] = true })
	switch {
	case !set["db"]:
		return f.store, nil
	case set["store"]:
		return "", errors.New("use -db or -store, not both")
	case strings.Contains(f.db, "://"):
		return "", fmt.Errorf("-db takes a SQLite file: use -store %s", engine.Redact(f.db))
	}
	return "sqlite:" + f.db, nil
}

// options are the command line of the server.
type options struct {
	addr     string
	store    string
	hosts    string
	proxies  string
	maxBytes string
	settings handlers.Settings
}

// parseOptions reads and checks the flags of the server.
func parseOptions(args []string, stderr io.Writer) (o options, err error) {
	f, s := newStoreFlags("sessionlab"), &o.settings
	f.StringVar(&o.addr, "addr", "127.0.0.1:4000",
		"`address` to listen on; :4000 opens the lab to the network")
	f.StringVar(&o.hosts, "host", "", "further host `names` to answer to, with commas between them")
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
	f.StringVar(&o.maxBytes, "max-bytes", "1GiB",
		"how much session data the store keeps, as `size`; 0 is no limit")
	f.StringVar(&o.proxies, "trusted-proxy", "",
		"`networks` of proxies whose X-Forwarded-For is believed, with commas between them")
	f.BoolVar(&s.Dev, "dev", false, "read templates and static files from the disk, anew for each request")
	if o.store, err = f.parse(args, stderr); err != nil {
		return o, err
	}
	return o, o.check()
}

// check refuses settings that no cookie could have.
func (o *options) check() error {
	if age := o.settings.CookieAge; age < time.Second || age%time.Second != 0 || age > 365*24*time.Hour {
		return fmt.Errorf("-cookie-age %s: use whole seconds, from 1s to 8760h", age)
	}
	if life := o.settings.SessionLife; life < 0 || life%time.Second != 0 || life > 365*24*time.Hour {
		return fmt.Errorf("-session-life %s: use whole seconds, up to 8760h, or 0 for no limit", life)
	}
	if c := (&http.Cookie{Name: o.settings.CookieName, Value: "x"}); c.Valid() != nil {
		return fmt.Errorf("-cookie-name %q is not a valid cookie name", o.settings.CookieName)
	}
	if prefix := prefixOf(o.settings.CookieName, "__Http-", "__Host-Http-"); prefix != "" {
		// Chromium obeys only a Set-Cookie with HttpOnly there, and the one that deletes has none, as Django's.
		return fmt.Errorf("-cookie-name %q: browsers would not delete a cookie whose name begins with %s after a flush", o.settings.CookieName, prefix)
	}
	if prefix := prefixOf(o.settings.CookieName, "__Host-", "__Secure-"); prefix != "" && !o.settings.Secure {
		return fmt.Errorf("-cookie-name %q needs -secure: browsers drop a cookie whose name begins with %s unless it is Secure", o.settings.CookieName, prefix)
	}
	if cookie, ok := strings.CutPrefix(o.store, "cookie:"); ok {
		if cookie != "" && cookie != o.settings.CookieName {
			return fmt.Errorf("-store cookie:%s: the cookie's name is that of -cookie-name, %s", cookie, o.settings.CookieName)
		}
		o.store = "cookie:" + o.settings.CookieName // the name is signed with the value
	}
	if err := engine.CheckKey(); err != nil { // the storage lesson signs cookies on every engine
		return err
	}
	if err := o.checkLimits(); err != nil {
		return err
	}
	for host := range strings.SplitSeq(o.hosts, ",") {
		if host = strings.ToLower(strings.TrimSpace(host)); host == "" {
			continue
		}
		if strings.ContainsAny(host, ":/") {
			return fmt.Errorf("-host %q: give the name alone, without a scheme or a port", host)
		}
		o.settings.Hosts = append(o.settings.Hosts, host)
	}
	return nil
}

// checkLimits reads the bounds of the store and the trusted proxies.
func (o *options) checkLimits() error {
	if o.settings.MaxSessions < 0 {
		return fmt.Errorf("-max-sessions %d: use a number, or 0 for no limit", o.settings.MaxSessions)
	}
	size, err := humanize.ParseBytes(o.maxBytes)
	if err != nil || size > math.MaxInt64 {
		return fmt.Errorf("-max-bytes %q: use a size such as 500MiB or 2GiB, or 0 for no limit", o.maxBytes)
	}
	o.settings.MaxBytes = int64(size)
	for network := range strings.SplitSeq(o.proxies, ",") {
		if network = strings.TrimSpace(network); network == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(network)
		if address, isAddress := netip.ParseAddr(network); isAddress == nil {
			prefix, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return fmt.Errorf("-trusted-proxy %q: use a network such as 10.0.0.0/8, or the address of a proxy", network)
		}
		o.settings.TrustedProxies = append(o.settings.TrustedProxies, prefix.Masked())
	}
	return nil
}

// prefixOf returns the one of the prefixes with which a cookie's name begins, "" without one. Browsers
// compare them without regard to case.
func prefixOf(name string, prefixes ...string) string {
	for _, prefix := range prefixes {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return prefix
		}
	}
	return ""
}

// serve opens the store, listens and serves until ctx ends.
func serve(ctx context.Context, o options, stdout, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	listener, err := net.Listen("tcp", o.addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", o.addr, err)
	}
	defer listener.Close()
	eng, err := engine.Open(ctx, o.store, schema)
	if err != nil {
		return err
	}
	defer eng.Close()

	addr := listener.Addr().(*net.TCPAddr)
	o.settings.AnyIP = !addr.IP.IsLoopback()
	lab, err := handlers.New(files(o.settings.Dev), eng, o.settings, log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { lab.Run(ctx) })
	defer background.Wait() // it uses the store
	defer stop()

	server := &http.Server{
		Handler:           lab.Handler(),
		ConnContext:       lab.ConnContext,
		ReadHeaderTimeout: handlers.HeaderTime,
		IdleTimeout:       handlers.IdleTime,
		MaxHeaderBytes:    handlers.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(lab.CloseStreams)
	closeUnused(server)
	served := make(chan error, 1)
	go func() { served <- server.Serve(lab.Bound(listener)) }()
	announce(stdout, addr)
	if e, ok := eng.(interface{ Notice() string }); ok && e.Notice() != "" {
		fmt.Fprintln(stdout, e.Notice())
	}

	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		server.Close()
	}
	return nil
}

// closeUnused has server close, when it shuts down, the connections on which nothing came. Browsers open
// some in advance, and Shutdown waits for them as it does for requests.
func closeUnused(server *http.Server) {
	var unused sync.Map
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			unused.Store(c, true)
		} else {
			unused.Delete(c)
		}
	}
	server.RegisterOnShutdown(func() {
		time.Sleep(500 * time.Millisecond) // a first request may be on its way
		unused.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
	})
}

// files are the templates and static files: built in, or in development those on the disk.
func files(dev bool) fs.FS {
	if dev {
		return os.DirFS(".")
	}
	return embedded
}

// announce prints the address to open. For a server that others can reach it prints all of them, and
// what that means.
func announce(w io.Writer, addr *net.TCPAddr) {
	if addr.IP.IsLoopback() {
		fmt.Fprintf(w, "Session Lab is ready: open http://%s\n", addr)
		return
	}
	fmt.Fprintln(w, "Session Lab is ready for everybody on this network:")
	for _, ip := range addresses(addr.IP) {
		fmt.Fprintf(w, "  http://%s\n", net.JoinHostPort(ip.String(), fmt.Sprint(addr.Port)))
	}
	fmt.Fprintln(w, "This is plain http: session ids and values cross the network readable by others. Use it for lessons only.")
}

// addresses returns the IPv4 addresses under which a listener on ip can be reached from the network.
func addresses(ip net.IP) []net.IP {
	if !ip.IsUnspecified() {
		return []net.IP{ip}
	}
	var list []net.IP
	all, _ := net.InterfaceAddrs() // without any, the list is empty
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			list = append(list, n.IP)
		}
	}
	if len(list) == 0 {
		list = append(list, net.IPv4(127, 0, 0, 1))
	}
	return list
}

// openExisting opens a store for a command. One that is not there is an error, and none is made. what is what
// the command cannot do then.
func openExisting(ctx context.Context, store, what string) (engine.Engine, error) {
	if err := engine.Exists(ctx, store); err != nil {
		return nil, fmt.Errorf("cannot %s: %w", what, err)
	}
	return engine.Open(ctx, store, schema)
}

// counted is n with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// clearSessions removes the expired rows of a store and prints how many, as Django's
// manage.py clearsessions does.
func clearSessions(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	store, err := newStoreFlags("sessionlab clearsessions").parse(args, stderr)
	if err != nil {
		return err
	}
	eng, err := openExisting(ctx, store, "clear")
	if err != nil {
		return err
	}
	defer eng.Close()
	n, err := eng.DeleteExpired(ctx, time.Now())
	if err == nil || n > 0 { // what was removed before the error stays so
		fmt.Fprintf(stdout, "%s removed\n", counted(n, "expired session", "expired sessions"))
	}
	if err != nil {
		return err
	}
	if why := eng.Kind().NothingToSweep; why != "" {
		fmt.Fprintln(stdout, why)
	}
	return nil
}

// leastID is how much of a session ID names a session: of a random one, that is enough to be the only one.
const leastID = 8

// endSessions ends a session before its time, or all of them, as their own flush would: the live panels
// notice, and no late request brings one back. It prints how many it ended. Where what was given of an ID
// fits several, it lists them and ends none.
func endSessions(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	f := newStoreFlags("sessionlab endsessions")
	id := f.String("id", "", fmt.Sprintf("the session's `ID`, or its first %d or more characters", leastID))
	all := f.Bool("all", false, "end all sessions")
	store, err := f.parse(args, stderr)
	switch {
	case err != nil:
		return err
	case *all == (*id != ""):
		return errors.New("say which sessions: -id with an ID or the beginning of one, or -all")
	case !*all && len(*id) < leastID:
		return fmt.Errorf("-id: give at least the first %d characters", leastID)
	}
	eng, err := openExisting(ctx, store, "end sessions")
	if err != nil {
		return err
	}
	defer eng.Close()
	if why := eng.Kind().NothingToEnd; why != "" {
		return fmt.Errorf("cannot end sessions: %s", why)
	}
	prefix := "" // which all of them begin with
	if !*all {
		if prefix, err = onlyOne(ctx, eng, *id, stdout); err != nil {
			return err
		}
	}
	n, err := endAll(ctx, eng, prefix)
	if err == nil || n > 0 { // what was ended before the error stays so
		fmt.Fprintf(stdout, "%s ended\n", counted(n, "session", "sessions"))
	}
	return err
}

// endAll ends the sessions whose IDs begin with prefix, and returns how many.
func endAll(ctx context.Context, eng engine.Engine, prefix string) (n int, err error) {
	err = eng.Tokens(ctx, prefix, func(tokens []string) error {
		for _, token := range tokens {
			if err := eng.DeleteCtx(ctx, token); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// onlyOne returns the one session ID that is id or begins with it. No such ID is an error, and several are.
// These are listed on w, as the lab shows them.
func onlyOne(ctx context.Context, eng engine.Engine, id string, w io.Writer) (string, error) {
	var found []string
	err := eng.Tokens(ctx, id, func(tokens []string) error {
		found = append(found, tokens...)
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", errors.New("no session has this ID, or one that begins so")
	case len(found) == 1:
		return found[0], nil
	}
	for _, token := range found {
		fmt.Fprintln(w, xray.Mask(token))
	}
	return "", fmt.Errorf("%d sessions have an ID that begins so, and none was ended: give more of it",
		len(found))
}
