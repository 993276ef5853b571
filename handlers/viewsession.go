package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// viewSession is request.session in a view of a visitor's own: [python.Session], by the functions that the
// lessons print. As in Django, it is loaded when it is first touched, and a view that does not touch it asks
// nothing of the store.
//
// The values of a view are Python's. What can be changed inside, a list or a dict, is kept as itself, so that
// who reads it twice gets one list; what goes to the store is made of it at the save.
type viewSession struct {
	lab      *Lab
	request  *http.Request
	x        *xray.Exchange
	ctx      context.Context         // with the session; nil before it was touched
	thawed   map[string]python.Value // lists and dicts from the store, as they were first read
	odd      python.Dict             // entries whose keys are no text; they are text once they are saved
	accessed bool
	modified bool
	told     int // steps of x that Happened has told
}

// changeable is a value in memory that can be changed inside. It is no value for the store.
type changeable struct{ value python.Value }

// load loads the session when it is first touched.
func (s *viewSession) load() (err error) {
	s.accessed = true
	if s.ctx != nil {
		return nil
	}
	s.ctx, err = s.lab.load(s.request, s.x)
	return err
}

// kept is what SCS keeps in memory for a value.
func kept(v python.Value) any {
	switch v.(type) {
	case string, bool, float64:
		return v
	}
	return changeable{v}
}

// value is the Python value of an entry.
func (s *viewSession) value(key string, stored any) python.Value {
	if in, ok := stored.(changeable); ok {
		return in.value
	}
	if v, ok := s.thawed[key]; ok {
		return v
	}
	v := python.Thaw(stored)
	if s.thawed == nil {
		s.thawed = map[string]python.Value{}
	}
	s.thawed[key] = v
	return v
}

// forget forgets what an entry was when it was read: it is another one now, or none.
func (s *viewSession) forget(key string) { delete(s.thawed, key) }

// notHere refuses what Django would take and the lab does not, whoever asks for it.
func notHere(text string, args ...any) error {
	return &pageError{status: http.StatusBadRequest, title: "Not in this lab", text: fmt.Sprintf(text, args...),
		next: "Change that line, and run it again."}
}

// checkViewKey is checkKey for a key of a view, which may be empty.
func checkViewKey(key string) error {
	switch {
	case strings.HasPrefix(key, "_"):
		return notHere("Keys that begin with an underscore belong to the framework here, as `_session_expiry`. "+
			"Django would store %s.", python.Repr(key))
	case len(key) > limits.MaxKeyBytes:
		return notHere("A key has at most %d bytes here, and this one has %d.", limits.MaxKeyBytes, len(key))
	}
	return nil
}

// raised makes Python's KeyError of the lab's.
func raised(key python.Value, err error) error {
	if page, ok := errors.AsType[*pageError](err); ok && strings.HasPrefix(page.title, "KeyError") {
		return python.MissingKey(key)
	}
	return err
}

// Item is session[key].
func (s *viewSession) Item(key python.Value) (python.Value, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	text, ok := key.(string)
	if !ok {
		return s.oddItem(key)
	}
	stored, err := s.lab.getItem(s.ctx, text)
	if err != nil {
		return nil, raised(key, err)
	}
	return s.value(text, stored), nil
}

// SetItem is session[key] = v.
func (s *viewSession) SetItem(key, v python.Value) error {
	if err := s.load(); err != nil {
		return err
	}
	text, ok := key.(string)
	if !ok {
		s.modified = true
		return s.odd.Set(key, v)
	}
	if err := checkViewKey(text); err != nil {
		return err
	}
	s.forget(text)
	s.modified = true
	s.lab.setItem(s.ctx, text, kept(v))
	return nil
}

// DelItem is del session[key].
func (s *viewSession) DelItem(key python.Value) error {
	_, err := s.Pop(key)
	return err
}

// Contains is key in session.
func (s *viewSession) Contains(key python.Value) (bool, error) {
	if err := s.load(); err != nil {
		return false, err
	}
	if text, ok := key.(string); ok {
		return s.lab.sessions.Exists(s.ctx, text), nil
	}
	_, ok, err := s.odd.Get(key)
	return ok, err
}

// Get is session.get(key, fallback).
func (s *viewSession) Get(key, fallback python.Value) (python.Value, error) {
	found, err := s.Contains(key)
	if err != nil || !found {
		return fallback, err
	}
	return s.Item(key)
}

// Pop is session.pop(key).
func (s *viewSession) Pop(key python.Value) (python.Value, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	text, ok := key.(string)
	if !ok {
		return s.popOdd(key)
	}
	if err := checkViewKey(text); err != nil && s.lab.sessions.Exists(s.ctx, text) {
		return nil, err
	}
	stored, err := s.lab.popOrRaise(s.ctx, text)
	if err != nil {
		return nil, raised(key, err)
	}
	s.modified = true
	v := s.value(text, stored)
	s.forget(text)
	return v, nil
}

// PopDefault is session.pop(key, fallback).
func (s *viewSession) PopDefault(key, fallback python.Value) (python.Value, error) {
	found, err := s.Contains(key)
	if err != nil || !found {
		return fallback, err
	}
	return s.Pop(key)
}

// SetDefault is session.setdefault(key, v).
func (s *viewSession) SetDefault(key, v python.Value) (python.Value, error) {
	found, err := s.Contains(key)
	if err != nil {
		return nil, err
	}
	if found {
		return s.Item(key)
	}
	return v, s.SetItem(key, v)
}

// Update is session.update(with).
func (s *viewSession) Update(with *python.Dict) error {
	if err := s.load(); err != nil {
		return err
	}
	for key, v := range with.All() {
		if err := s.SetItem(key, v); err != nil {
			return err
		}
	}
	s.modified = true
	return nil
}

// Items are all entries: those with text for a key as SCS sorts them.
func (s *viewSession) Items() (*python.Dict, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	items := &python.Dict{}
	for key, stored := range s.lab.values(s.ctx) {
		if err := items.Set(key, s.value(key, stored)); err != nil {
			return nil, err
		}
	}
	for key, v := range s.odd.All() {
		if err := items.Set(key, v); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// oddItem is session[key] for a key that is no text.
func (s *viewSession) oddItem(key python.Value) (python.Value, error) {
	v, found, err := s.odd.Get(key)
	if err == nil && !found {
		err = python.MissingKey(key)
	}
	return v, err
}

// popOdd takes an entry out whose key is no text.
func (s *viewSession) popOdd(key python.Value) (python.Value, error) {
	v, err := s.oddItem(key)
	if err != nil {
		return nil, err
	}
	s.modified = true
	_, _, err = s.odd.Delete(key)
	return v, err
}
