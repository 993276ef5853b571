package limits

import (
	"context"
	"net"
	"net/netip"
	"sync"
)

// Listener bounds the connections that it accepts: all of them, and those of any one address that is no
// trusted proxy. A request on a connection over the bound is marked, see [TurnedAway], if the server calls
// [ConnContext].
type Listener struct {
	net.Listener
	trusted Proxies
	most    int         // connections in all
	from    *PerAddress // those of each address

	mu         sync.Mutex // guards what follows
	all        int
	turnedAway int
}

// NewListener returns inner with so many connections at most, and so many of them from each address.
func NewListener(inner net.Listener, most, each int, trusted Proxies) *Listener {
	return &Listener{Listener: inner, trusted: trusted, most: most, from: NewPerAddress(each)}
}

// ConnContext is for http.Server: it marks the requests that come over a connection over the bound.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	if bound, ok := c.(*boundConn); ok && bound.over {
		return context.WithValue(ctx, overKey{}, true)
	}
	return ctx
}

// TurnedAway says whether a request with this context came over a connection over the bound. It should get an
// answer that says so, and the connection should end.
func TurnedAway(ctx context.Context) bool { return ctx.Value(overKey{}) != nil }

type overKey struct{}

// boundConn is a connection that is counted until it is closed.
type boundConn struct {
	net.Conn
	over  bool
	leave func()
}

// Accept waits for the next connection. Of those over the bound it gives out a few, to be turned away with an
// answer, and closes all others.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if bound := l.take(c); bound != nil {
			return bound, nil
		}
		c.Close()
	}
}

// take counts c; nil when there is no place for it, not even to be turned away.
func (l *Listener) take(c net.Conn) *boundConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	if leaveAddress, ok := l.place(c.RemoteAddr().String()); ok {
		l.all++
		return l.counted(c, false, func() { l.all--; leaveAddress() })
	}
	if l.turnedAway >= maxTurnedAway {
		return nil
	}
	l.turnedAway++
	return l.counted(c, true, func() { l.turnedAway-- })
}

// place takes a place for a connection from hostport, if one is free. Trusted proxies bring those of many.
func (l *Listener) place(hostport string) (leave func(), ok bool) {
	if l.all >= l.most {
		return nil, false
	}
	if at, err := netip.ParseAddrPort(hostport); err == nil && l.trusted.trust(at.Addr()) {
		return func() {}, true
	}
	return l.from.Take(peer(hostport))
}

// counted is c with what to do, once and for whoever holds the lock, when it is closed.
func (l *Listener) counted(c net.Conn, over bool, leave func()) *boundConn {
	return &boundConn{Conn: c, over: over, leave: sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		leave()
	})}
}

// Close closes the connection and gives its place back.
func (c *boundConn) Close() error {
	c.leave()
	return c.Conn.Close()
}
