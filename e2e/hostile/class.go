package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	atOnce   = 40               // of the class come in the same second
	comeIn   = 10 * time.Second // the others within this time
	clickAge = 4 * time.Second  // between two clicks of a visitor, more or less
	patience = 20 * time.Second // with one request
)

// clicks are what a visitor does at once: forms, and the page to which the last one leads, or only a page.
var clicks = [][]step{
	{{"/set", "key", "fname", "value", "Aman"}},
	{{"/set", "key", "age", "value", "31", "type", "int"}},
	{{"/update", "key", "fname", "value", "Aman", "key", "lname", "value", "Roy"}},
	{{"/set", "key", "lname", "value", "Roy", "then", "delete"}, {"/delete", "key", "lname"}},
	{{"/set", "key", "msg", "value", "Saved", "then", "pop"}, {"/pop", "key", "msg", "default", "none"}},
	{{"/setdefault", "key", "age", "value", "31", "type", "int"}},
	{{"/cycle-key"}},
	{{"/flush"}, {"/set", "key", "fname", "value", "Aman"}},
	{}, {},
}

// pages are what a visitor reads without a form.
var pages = []string{"/get?key=fname&default=nobody", "/items", "/flow", "/sessions", "/modified", "/summary"}

// step is a form: its address, then its names and values.
type step []string

// class are visitors who work through the lessons.
type class struct {
	record   *record
	students []*student
	stop     context.CancelFunc
	over     context.Context // no more clicks
	working  sync.WaitGroup
	watching sync.WaitGroup
}

// student is one visitor of the class.
type student struct {
	*visitor
	class *class
	last  string // where the last form led that left a session behind
	hush  context.CancelFunc
}

func newClass(base string, n int) *class {
	c := &class{record: newRecord()}
	c.over, c.stop = context.WithCancel(context.Background())
	for range n {
		v := newVisitor(base, connections(classAddress, 2))
		c.students = append(c.students, &student{visitor: v, class: c, hush: func() {}})
	}
	return c
}

// come lets the class come in and work until end.
func (c *class) come() {
	for i, s := range c.students {
		delay := rand.N(time.Second)
		if i >= atOnce {
			delay = rand.N(comeIn)
		}
		c.working.Go(func() {
			wait(c.over, delay)
			if c.over.Err() != nil {
				return
			}
			s.read("/")
			pause := rand.N(clickAge)
			for wait(c.over, pause); c.over.Err() == nil; wait(c.over, pause) {
				s.click()
				pause = clickAge*3/4 + rand.N(clickAge/2)
			}
		})
	}
}

// end lets everybody finish what they have begun, which may take the longest, and says what was measured.
func (c *class) end() classFigures {
	c.stop()
	c.working.Wait()
	return c.record.figures()
}

// leave closes the live panels and every connection.
func (c *class) leave() {
	c.stop()
	c.working.Wait()
	for _, s := range c.students {
		s.hush()
	}
	c.watching.Wait()
	for _, s := range c.students {
		s.http.CloseIdleConnections()
	}
}

// kept counts the visitors whose last form's exchange can still be looked at. All of them together wait no
// longer than one does for a page.
func (c *class) kept() (kept, asked int) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var found, all atomic.Int64
	each(8, c.students, func(s *student) {
		if s.last == "" {
			return
		}
		all.Add(1)
		if a, err := s.get(ctx, s.last); err == nil && !a.refused() && shows(a) {
			found.Add(1)
		}
	})
	return int(found.Load()), int(all.Load())
}

// click is one thing that a visitor does.
func (s *student) click() {
	click := clicks[rand.N(len(clicks))]
	if len(click) == 0 {
		s.read(pages[rand.N(len(pages))])
		return
	}
	var location string
	for _, step := range click {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		began := time.Now()
		a, err := s.post(ctx, step[0], step[1:]...)
		cancel()
		s.class.record.add(http.MethodPost, a.status, err, time.Since(began))
		if err != nil || a.refused() {
			return
		}
		location = a.location
	}
	if s.cookies() != "" {
		s.last = location
	}
	if a, ok := s.read(location); ok && !shows(a) {
		s.class.record.count("lost")
	}
}

// shows reports whether a page has the result of the exchange in its address.
func shows(a answer) bool {
	result, lost := []byte("data-outcome"), []byte("is not kept here")
	return bytes.Contains(a.body, result) && !bytes.Contains(a.body, lost)
}

// read loads a page. As in a browser its live panel takes the place of the one before.
func (s *student) read(path string) (answer, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	began := time.Now()
	a, err := s.get(ctx, path)
	s.class.record.add(http.MethodGet, a.status, err, time.Since(began))
	if err != nil || a.refused() {
		return a, false
	}
	s.hush()
	watch, hush := context.WithCancel(context.Background())
	s.hush = hush
	s.class.watching.Go(func() { s.watch(watch) })
	return a, true
}

// watch is a live panel: it reads its stream, and opens it again when it ends, as a browser does.
func (s *student) watch(ctx context.Context) {
	for ctx.Err() == nil {
		response, err := s.stream(ctx)
		again := 500 * time.Millisecond // which is what the lab asks for
		switch {
		case err == nil && response.StatusCode != http.StatusOK:
			s.class.record.add("stream", response.StatusCode, nil, 0)
			response.Body.Close()
			again = 5 * time.Second
		case err == nil:
			_, err = discard(response.Body)
			response.Body.Close()
		}
		if err != nil && ctx.Err() == nil {
			s.class.record.add("stream", 0, err, 0)
		}
		wait(ctx, again)
	}
}
