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
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"sessionlab/handlers"
	"sessionlab/handlers/cli"
	"sessionlab/handlers/engine"
	"sessionlab/handlers/limits"
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
		debug.SetMemoryLimit(limits.MemoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "sessionlab:", err)
		os.Exit(1)
	}
}

// run is the whole program: it serves until ctx ends, or runs a command. An error is one line for the
// terminal.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return cli.Run(ctx, args, schema, stdout, stderr)
	}
	options, err := cli.ParseOptions(args, stderr)
	if err != nil {
		return err
	}
	return serve(ctx, options, stdout, stderr)
}

// serve opens the store, listens and serves until ctx ends.
func serve(ctx context.Context, o cli.Options, stdout, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, nil))
	listener, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", o.Addr, err)
	}
	defer listener.Close()
	eng, err := engine.Open(ctx, o.Store, schema)
	if err != nil {
		return err
	}
	defer eng.Close()

	addr := listener.Addr().(*net.TCPAddr)
	o.Settings.AnyIP = !addr.IP.IsLoopback()
	lab, err := handlers.New(files(o.Settings.Dev), eng, o.Settings, log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { lab.Run(ctx) })
	defer background.Wait() // it uses the store
	defer stop()

	server := newServer(lab, log)
	served := make(chan error, 1)
	bound := limits.NewListener(listener,
		limits.MaxConnections, limits.MaxConnectionsFrom, o.Settings.TrustedProxies)
	go func() { served <- server.Serve(bound) }()
	announce(stdout, addr)
	if e, ok := eng.(engine.Noticer); ok && e.Notice() != "" {
		fmt.Fprintln(stdout, e.Notice())
	}

	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		shutDown(server)
		return nil
	}
}

// newServer returns the server of lab, which Shutdown ends without waiting for live panels.
func newServer(lab *handlers.Lab, log *slog.Logger) *http.Server {
	server := &http.Server{
		Handler:           lab.Handler(),
		ConnContext:       limits.ConnContext,
		ReadHeaderTimeout: limits.HeaderTime,
		IdleTimeout:       limits.IdleTime,
		MaxHeaderBytes:    limits.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(lab.CloseStreams)
	closeUnused(server)
	return server
}

// shutDown ends server: requests that are under way have a few seconds.
func shutDown(server *http.Server) {
	grace, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		server.Close()
	}
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
	fmt.Fprintln(w, "This is plain http: session ids and values cross the network readable by others. "+
		"Use it for lessons only.")
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
