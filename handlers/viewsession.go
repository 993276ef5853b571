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
// Each operation is done twice: by the lesson's function, on the session that SCS holds, and on a dict of
// Python's values beside it, Django's _session_cache. A value of the dict that can be changed inside stays
// itself, so that who reads it twice gets one list; at the save it goes to SCS in the form of the store.
type viewSession struct {
	lab      *Lab
	request  *http.Request
	x        *xray.Exchange
	ctx      context.Context // with the session; nil before it was touched
	cache    *python.Dict    // its values; nil before it was touched
	accessed bool
	modified bool
	naive    bool // set_expiry was given a datetime without a time zone
	told     int  // steps of x that Happened has told
}

// load loads the session when it is first touched.
func (s *viewSession) load() (err error) {
	s.accessed = true
	if s.ctx != nil {
		return nil
	}
	ctx, err := s.lab.load(s.request, s.x)
	if err != nil {
		return err
	}
	s.ctx, s.cache = ctx, &python.Dict{}
	for key, stored := range s.lab.values(ctx) {
		if err := s.cache.Set(key, python.Thaw(stored)); err != nil {
			return err
		}
	}
	return nil
}

// inMemory stands in SCS for a value until the save: what it is now is in the cache.
type inMemory struct{}

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
	if text, ok := key.(string); ok {
		if _, err := s.lab.getItem(s.ctx, text); err != nil {
			return nil, raised(key, err)
		}
	}
	v, found, err := s.cache.Get(key)
	if err == nil && !found {
		err = python.MissingKey(key)
	}
	return v, err
}

// SetItem is session[key] = v.
func (s *viewSession) SetItem(key, v python.Value) error {
	if key == expiryKey {
		return s.SetExpiry(v)
	}
	if err := s.load(); err != nil {
		return err
	}
	if text, ok := key.(string); ok {
		if err := checkViewKey(text); err != nil {
			return err
		}
		s.lab.setItem(s.ctx, text, inMemory{})
	}
	s.modified = true
	return s.cache.Set(key, v)
}

// DelItem is del session[key].
func (s *viewSession) DelItem(key python.Value) error {
	if err := s.load(); err != nil {
		return err
	}
	if text, ok := key.(string); ok {
		if err := s.mayGo(text); err != nil {
			return err
		}
		if err := s.lab.delItem(s.ctx, text); err != nil {
			return raised(key, err)
		}
	}
	_, err := s.take(key)
	return err
}

// mayGo refuses to take out what the framework keeps in the session, but for the expiry.
func (s *viewSession) mayGo(key string) error {
	if key == expiryKey || !s.lab.sessions.Exists(s.ctx, key) {
		return nil
	}
	return checkViewKey(key)
}

// take takes an entry out of the cache.
func (s *viewSession) take(key python.Value) (python.Value, error) {
	v, found, err := s.cache.Delete(key)
	if err == nil && !found {
		err = python.MissingKey(key)
	}
	s.modified = s.modified || err == nil
	return v, err
}

// Contains is key in session.
func (s *viewSession) Contains(key python.Value) (bool, error) {
	if err := s.load(); err != nil {
		return false, err
	}
	_, found, err := s.cache.Get(key)
	return found, err
}

// Get is session.get(key, fallback).
func (s *viewSession) Get(key, fallback python.Value) (python.Value, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	if text, ok := key.(string); ok && s.lab.get(s.ctx, text, nil) == nil {
		return fallback, nil
	}
	v, found, err := s.cache.Get(key)
	if !found {
		v = fallback
	}
	return v, err
}

// Pop is session.pop(key).
func (s *viewSession) Pop(key python.Value) (python.Value, error) {
	if err := s.load(); err != nil {
		return nil, err
	}
	if text, ok := key.(string); ok {
		if err := s.mayGo(text); err != nil {
			return nil, err
		}
		if _, err := s.lab.popOrRaise(s.ctx, text); err != nil {
			return nil, raised(key, err)
		}
	}
	return s.take(key)
}

// PopDefault is session.pop(key, fallback).
func (s *viewSession) PopDefault(key, fallback python.Value) (python.Value, error) {
	found, err := s.Contains(key)
	if err != nil || !found {
		return fallback, err
	}
	if text, ok := key.(string); ok {
		if err := s.mayGo(text); err != nil {
			return nil, err
		}
		s.lab.popItem(s.ctx, text, nil)
	}
	return s.take(key)
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
	if text, ok := key.(string); ok {
		if err := checkViewKey(text); err != nil {
			return nil, err
		}
		s.lab.setIfAbsent(s.ctx, text, inMemory{})
	}
	s.modified = true
	return v, s.cache.Set(key, v)
}

// Update is session.update(with).
func (s *viewSession) Update(with *python.Dict) error {
	if err := s.load(); err != nil {
		return err
	}
	pairs := map[string]any{}
	for key, v := range with.All() {
		if text, ok := key.(string); ok {
			if err := checkViewKey(text); err != nil {
				return err
			}
			pairs[text] = inMemory{}
		}
		if err := s.cache.Set(key, v); err != nil {
			return err
		}
	}
	s.lab.updateItems(s.ctx, pairs)
	s.modified = true
	return nil
}

// Items are all entries, as they are from now on: SCS gives them sorted by key, and what is stored comes
// last.
func (s *viewSession) Items() (*python.Dict, error) {
	err := s.load()
	return s.cache, err
}
