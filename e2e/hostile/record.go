package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// record is what the class saw. It may be used concurrently.
type record struct {
	mu     sync.Mutex
	times  map[string][]time.Duration // of GET and POST, since begin
	counts map[string]int             // of answers and errors by kind, from the start
}

func newRecord() *record {
	return &record{times: map[string][]time.Duration{}, counts: map[string]int{}}
}

// begin forgets the times of the coming in. What was refused until then stays: it must not happen either.
func (r *record) begin() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.times)
}

// add notes one request: its answer, or why there was none.
func (r *record) add(method string, status int, err error, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.counts[method+" "+errorKind(err)]++
		return
	}
	r.counts[fmt.Sprint(method, " ", status)]++
	r.times[method] = append(r.times[method], took)
}

// count notes something else.
func (r *record) count(kind string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[kind]++
}

// classFigures are the class's part of a line of the table.
type classFigures struct {
	gets, posts     waits
	refused, errors int
	lost            int
	kept, asked     int
	troubles        string // what was refused and what failed, by kind
}

// waits are times, as what is between the shortest and the longest of them.
type waits struct {
	n                  int
	p50, p95, p99, max time.Duration
}

// figures sums up.
func (r *record) figures() classFigures {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := classFigures{lost: r.counts["lost"]}
	f.gets, f.posts = waitsOf(r.times[http.MethodGet]), waitsOf(r.times[http.MethodPost])
	troubles := map[string]int{}
	for kind, n := range r.counts {
		_, what, _ := strings.Cut(kind, " ")
		switch {
		case what == "": // lost, which is no answer
		case what[0] == '4' || what[0] == '5':
			f.refused += n
			troubles[kind] = n
		case what[0] < '0' || what[0] > '9':
			f.errors += n
			troubles[kind] = n
		}
	}
	f.troubles = kinds(troubles)
	return f
}

func waitsOf(times []time.Duration) waits {
	if len(times) == 0 {
		return waits{}
	}
	times = slices.Clone(times)
	slices.Sort(times)
	last := len(times) - 1
	at := func(share float64) time.Duration { return times[min(last, int(share*float64(len(times))))] }
	return waits{len(times), at(0.5), at(0.95), at(0.99), times[last]}
}

// kinds writes counts as "303×12, 503×2", in the order of their names.
func kinds(counts map[string]int) string {
	var list []string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		list = append(list, fmt.Sprintf("%s ×%d", kind, counts[kind]))
	}
	return strings.Join(list, ", ")
}
