package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// attack is one way to harm a class.
type attack struct {
	name  string
	about string
	n     int    // how many of what it is about, unless -n says otherwise
	store string // the one that it concerns; "" for all
	run   func(context.Context, *attacker) error
}

// Characters for large sessions.
const (
	letters  = "abcdefghijklmnopqrstuvwxyz"
	brackets = "<>" // six bytes each in JSON, and four in HTML
)

// attacks are all of them.
var attacks = []attack{
	{"fixed-moment", "victims who cleared a secret that a signed cookie had", 12, "cookie", fixedMoment},
	{"streams", "live panels, each of a large session of its own", 1000, "", streams},
	{"slow-json", "connections that ask for a large session as JSON and do not read", 200, "", slowJSON},
	{"slow-streams", "live panels of large sessions that are not read", 200, "", slowStreams},
	{"slow-items", "connections that ask for a page of 9 MB and do not read", 150, "", slowItems},
	{"idle", "connections on which nothing comes, or half a header", 4000, "", idle},
	{"bodies", "forms of 1 MiB of which the last byte does not come", 300, "", bodies},
	{"commas", "entries of lists of nothing but commas, shown again and again", 65000, "", commas},
	{"fan-out", "live panels of one large session, and small changes of it", 12, "", fanOut},
	{"compare", "comparisons of the stores at the same time", 60, "", compareStores},
	{"views", "senders of views that take all they may", 24, "", views},
	{"scenes", "senders of experiments with several browsers", 60, "", scenes},
	{"fill", "new sessions of 252 KB that live for a year, at most", 8000, "", fill},
	{"plant", "senders of requests for expired rows, without a session", 4, "", plant},
	{"cycle", "sessions of a year that change their key without end", 4, "", cycle},
	{"flush-flood", "senders of flushes without a cookie", 4, "", flushFlood},
	{"ownerless", "values that pop returned to somebody without a session", 50, "", ownerless},
}

func attackNamed(name string) (attack, bool) {
	for _, a := range attacks {
		if a.name == name {
			return a, true
		}
	}
	return attack{}, false
}

// attacker is the hostile visitor, at an address of its own. It may be used concurrently.
type attacker struct {
	base   string
	n      int
	length time.Duration
	begin  <-chan struct{}
	shared *http.Transport // connections of visitors who do not need their own

	mu     sync.Mutex
	counts map[string]int
}

func newAttacker(base string, n int, length time.Duration, begin <-chan struct{}) *attacker {
	return &attacker{base: base, n: n, length: length, begin: begin, counts: map[string]int{},
		shared: connections(attackerAddress, 2000)}
}

// ready says that everything is prepared, and waits for the beginning.
func (a *attacker) ready(ctx context.Context) {
	fmt.Println(readyLine)
	select {
	case <-a.begin:
	case <-ctx.Done():
	}
}

// say tells what the attack achieved.
func (a *attacker) say(format string, args ...any) { fmt.Printf(format+"\n", args...) }

// count notes a kind of answer.
func (a *attacker) count(kind string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counts[kind]++
}

// sum tells which answers there were.
func (a *attacker) sum() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.counts) > 0 {
		a.say("answers: %s", kinds(a.counts))
	}
}

// newcomer is a visitor without a session.
func (a *attacker) newcomer() *visitor { return newVisitor(a.base, a.shared) }

// send sends a form and counts the answer. It reports whether the lab did what was asked.
func (a *attacker) send(ctx context.Context, v *visitor, path string, fields ...string) (answer, bool) {
	got, err := v.post(ctx, path, fields...)
	return got, a.noted(ctx, "POST", got, err)
}

// load asks for a page and counts the answer.
func (a *attacker) load(ctx context.Context, v *visitor, path string) (answer, bool) {
	got, err := v.get(ctx, path)
	return got, a.noted(ctx, "GET", got, err)
}

func (a *attacker) noted(ctx context.Context, method string, got answer, err error) bool {
	switch {
	case err == nil:
		a.count(method + " " + strconv.Itoa(got.status))
		return !got.refused()
	case ctx.Err() == nil:
		a.count(method + " " + errorKind(err))
		wait(ctx, 10*time.Millisecond)
	}
	return false
}

// large fills a visitor's session with 252 KB of these characters in any order, so that a store cannot make
// them smaller. Some characters are many bytes in JSON or HTML.
func (a *attacker) large(ctx context.Context, v *visitor, characters string) bool {
	var fields []string
	for i := range 4 {
		value := make([]byte, 63<<10)
		for j := range value {
			value[j] = characters[rand.IntN(len(characters))]
		}
		fields = append(fields, "key", fmt.Sprint("large", i), "value", string(value))
	}
	_, ok := a.send(ctx, v, "/update", fields...)
	return ok
}

// manyLarge makes up to n visitors with large sessions. It is an error if there is none at all.
func (a *attacker) manyLarge(ctx context.Context, n int, characters string) ([]*visitor, error) {
	visitors := make([]*visitor, n)
	for i := range visitors {
		visitors[i] = a.newcomer()
	}
	var mu sync.Mutex
	var made []*visitor
	each(4, visitors, func(v *visitor) {
		if a.large(ctx, v, characters) {
			mu.Lock()
			defer mu.Unlock()
			made = append(made, v)
		}
	})
	if len(made) == 0 {
		return nil, errors.New("no session could be made: " + kinds(a.counts))
	}
	return made, nil
}

// repeat lets n senders do something again and again until ctx ends.
func repeat(ctx context.Context, n int, what func(sender int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for ctx.Err() == nil {
				what(i)
			}
		})
	}
	all.Wait()
}

// each does something with every element, as many at a time.
func each[T any](atOnce int, list []T, what func(T)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				what(list[i])
			}
		})
	}
	all.Wait()
}

// discard reads to the end and returns how many bytes there were. A stream's end is no error.
func discard(r io.Reader) (int64, error) { return io.Copy(io.Discard, r) }
