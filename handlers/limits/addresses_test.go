package limits

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// An address is the peer's, or what a trusted proxy says; of IPv6 the network counts.
func TestAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, peer, forwarded, trusted, want string
	}{
		{"the peer", "192.0.2.7:80", "", "", "192.0.2.7"},
		{"a claim that nobody trusts", "192.0.2.7:80", "203.0.113.9", "", "192.0.2.7"},
		{"a trusted proxy's word", "127.0.0.1:80", "203.0.113.9", "127.0.0.0/8", "203.0.113.9"},
		{"a claim passed on by a trusted proxy", "127.0.0.1:80", "1.2.3.4, 203.0.113.9", "127.0.0.0/8",
			"203.0.113.9"},
		{"two trusted proxies", "127.0.0.1:80", "203.0.113.9, 127.0.0.5", "127.0.0.0/8", "203.0.113.9"},
		{"a claim past the trusted proxy", "192.0.2.7:80", "203.0.113.9", "127.0.0.0/8", "192.0.2.7"},
		{"a trusted proxy without a word", "127.0.0.1:80", "", "127.0.0.0/8", "127.0.0.1"},
		{"nonsense from a trusted proxy", "127.0.0.1:80", "unknown", "127.0.0.0/8", "127.0.0.1"},
		{"IPv6", "[2001:db8:1:2:3:4:5:6]:80", "", "", "2001:db8:1:2::"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.7]:80", "", "", "192.0.2.7"},
	} {
		var proxies Proxies
		if tt.trusted != "" {
			proxies = Proxies{netip.MustParsePrefix(tt.trusted)}
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.peer
		if tt.forwarded != "" {
			r.Header.Set("X-Forwarded-For", tt.forwarded)
		}
		var got netip.Addr
		look := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = Address(r) })
		proxies.ClientIP()(look).ServeHTTP(httptest.NewRecorder(), r)
		if got.String() != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}
