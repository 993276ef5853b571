package handlers

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/go-chi/chi/v5/middleware"
)

// Bound limits the connections that listener accepts: all of them, and those of any one address that is no
// trusted proxy. A request on a connection over the limit gets a page that says so, if the server calls
// [Lab.ConnContext].
func (l *Lab) Bound(listener net.Listener) net.Listener {
	return &boundListener{Listener: listener, lab: l, most: maxConnections, from: newPerAddress(maxConnectionsEach)}
}

// ConnContext is for http.Server: it marks the requests that come over a connection over the limit.
func (l *Lab) ConnContext(ctx context.Context, c net.Conn) context.Context {
	if bound, ok := c.(*boundConn); ok && bound.over {
		return context.WithValue(ctx, overKey{}, true)
	}
	return ctx
}

type overKey struct{}

type boundListener struct {
	net.Listener
	lab  *Lab
	most int         // connections in all
	from *perAddress // those of each address

	mu         sync.Mutex // guards what follows
	all        int
	turnedAway int
}

// boundConn is a connection that is counted until it is closed.
type boundConn struct {
	net.Conn
	over  bool
	leave func()
}

// Accept waits for the next connection.
func (b *boundListener) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if bound := b.take(c); bound != nil {
			return bound, nil
		}
		c.Close()
	}
}

// take counts c; nil when there is no place for it, not even to be turned away.
func (b *boundListener) take(c net.Conn) *boundConn {
	b.mu.Lock()
	defer b.mu.Unlock()
	if leaveAddress, ok := b.place(c.RemoteAddr().String()); ok {
		b.all++
		return b.counted(c, false, func() { b.all--; leaveAddress() })
	}
	if b.turnedAway >= maxTurnedAway {
		return nil
	}
	b.turnedAway++
	return b.counted(c, true, func() { b.turnedAway-- })
}

// place takes a place for a connection from hostport, if one is free. Trusted proxies bring those of many.
func (b *boundListener) place(hostport string) (leave func(), ok bool) {
	if b.all >= b.most {
		return nil, false
	}
	if at, err := netip.ParseAddrPort(hostport); err == nil && b.lab.trusts(at.Addr()) {
		return func() {}, true
	}
	return b.from.place(peer(hostport))
}

// counted is c with what to do, once and for whoever holds the lock, when it is closed.
func (b *boundListener) counted(c net.Conn, over bool, leave func()) *boundConn {
	return &boundConn{Conn: c, over: over, leave: sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		leave()
	})}
}

// Close closes the connection and gives its place back.
func (c *boundConn) Close() error {
	c.leave()
	return c.Conn.Close()
}

// turnAway answers a request over a connection over the limit, and ends the connection.
func (l *Lab) turnAway(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(overKey{}) != nil {
			w.Header().Set("Connection", "close")
			l.fail(w, r, nil, tooManyConnections)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// clientAddress finds out where a request comes from: its peer, or what trusted proxies say in
// X-Forwarded-For.
func (l *Lab) clientAddress() func(http.Handler) http.Handler {
	if len(l.settings.TrustedProxies) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	var networks []string
	for _, network := range l.settings.TrustedProxies {
		networks = append(networks, network.String())
	}
	return middleware.ClientIPFromXFF(networks...)
}

// address is where r comes from, for the limits; see [network]. A trusted proxy that says nothing that can
// be read stands for itself.
func (l *Lab) address(r *http.Request) netip.Addr {
	if address := middleware.GetClientIPAddr(r.Context()); address.IsValid() {
		return network(address)
	}
	return peer(r.RemoteAddr)
}

// peer is the address in hostport; the zero one stands for whatever has none.
func peer(hostport string) netip.Addr {
	at, _ := netip.ParseAddrPort(hostport)
	return network(at.Addr())
}

// network is the address that a limit counts: an IPv4 address, or the first half of an IPv6 one, since who
// has one of these has all that begin like it.
func network(address netip.Addr) netip.Addr {
	address = address.Unmap().WithZone("")
	if address.Is6() {
		if prefix, err := address.Prefix(64); err == nil {
			return prefix.Addr()
		}
	}
	return address
}

// trusts says whether address, the whole of it, is that of a trusted proxy.
func (l *Lab) trusts(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, network := range l.settings.TrustedProxies {
		if network.Contains(address) {
			return true
		}
	}
	return false
}
