package limits

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

// addressed is a connection that comes from an address.
type addressed struct {
	net.Conn
	address string
}

func (c addressed) RemoteAddr() net.Addr {
	at, _ := net.ResolveTCPAddr("tcp", c.address)
	return at
}

// queue is a listener on which those connections have come.
type queue chan net.Conn

func (q queue) Accept() (net.Conn, error) {
	select {
	case c := <-q:
		return c, nil
	default:
		return nil, net.ErrClosed
	}
}

func (queue) Close() error   { return nil }
func (queue) Addr() net.Addr { return nil }

// dial has a connection from an address come; theirs is its other end.
func (q queue) dial(t *testing.T, address string) (theirs net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { theirs.Close() })
	theirs.SetDeadline(time.Now().Add(time.Second)) // a pipe waits for its other end
	q <- addressed{ours, address}
	return theirs
}

// Connections: so many in all and from one address. A few beyond are marked, the rest is closed.
func TestListener(t *testing.T) {
	t.Parallel()
	q := make(queue, 100)
	listener := NewListener(q, 6, 4, nil)
	var open []net.Conn
	accept := func(what, address string, over bool) net.Conn {
		t.Helper()
		q.dial(t, address)
		c, err := listener.Accept()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := TurnedAway(ConnContext(t.Context(), c)); got != over {
			t.Errorf("%s: turned away %v, want %v", what, got, over)
		}
		open = append(open, c)
		return c
	}
	var mine net.Conn
	for range 4 {
		mine = accept("within the bound of an address", "10.0.0.1:1", false)
	}
	accept("one more than an address may have", "10.0.0.1:1", true)
	for range 2 {
		accept("another address", "10.0.0.2:1", false)
	}
	accept("one more than there may be in all", "10.0.0.3:1", true)
	mine.Close()
	mine.Close() // counts once
	accept("a place that was given back", "10.0.0.1:1", false)
	accept("one that was given back once", "10.0.0.1:1", true)
	for range maxTurnedAway - 3 {
		accept("one that gets an answer", "10.0.0.1:1", true)
	}
	theirs := q.dial(t, "10.0.0.1:1")
	if _, err := listener.Accept(); err != net.ErrClosed {
		t.Fatalf("one more than get an answer: %v", err)
	}
	if _, err := theirs.Write([]byte("GET")); err != io.ErrClosedPipe {
		t.Errorf("one more than get an answer, and its end is not closed: %v", err)
	}
	for _, c := range open {
		c.Close()
	}
	if n := listener.all + listener.turnedAway + len(listener.from.taken); n != 0 {
		t.Errorf("%d are counted when all are closed", n)
	}
}

// A trusted proxy brings the connections of many.
func TestListener_TrustedProxies(t *testing.T) {
	t.Parallel()
	for trusted, from := range map[string]string{
		"127.0.0.0/8": "127.0.0.1:1", "::1/128": "[::1]:1", "10.1.0.0/16": "[::ffff:10.1.2.3]:1",
		"2001:db8::7/128": "[2001:db8::7]:1",
	} {
		q := make(queue, 1)
		listener := NewListener(q, 3, 1, Proxies{netip.MustParsePrefix(trusted)})
		for n := range 4 {
			q.dial(t, from)
			c, err := listener.Accept()
			if err != nil {
				t.Fatal(err)
			}
			if over := TurnedAway(ConnContext(t.Context(), c)); over != (n == 3) {
				t.Errorf("connection %d of the trusted proxy %s is over the bound: %v", n+1, trusted, over)
			}
		}
	}
}
