package limits

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/go-chi/chi/v5/middleware"
)

// Proxies are the networks of trusted proxies: what they say in X-Forwarded-For is believed.
type Proxies []netip.Prefix

// ClientIP is the middleware that finds out for [Address] where a request comes from: its peer, or what the
// proxies say.
func (p Proxies) ClientIP() func(http.Handler) http.Handler {
	if len(p) == 0 {
		return middleware.ClientIPFromRemoteAddr
	}
	var networks []string
	for _, network := range p {
		networks = append(networks, network.String())
	}
	return middleware.ClientIPFromXFF(networks...)
}

// trust says whether address, the whole of it, is that of one of them.
func (p Proxies) trust(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	for _, network := range p {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

type visitorKey struct{}

// ForVisitor returns a context whose requests count for the visitor at that address, wherever they come from:
// the lab sends some of them itself.
func ForVisitor(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, visitorKey{}, address)
}

// Address is where r comes from, for the limits: an IPv4 address, or the first half of an IPv6 one. A trusted
// proxy that says nothing that can be read stands for itself, and so does every peer where [Proxies.ClientIP]
// was not asked.
func Address(r *http.Request) netip.Addr {
	if address, ok := r.Context().Value(visitorKey{}).(netip.Addr); ok {
		return address
	}
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
