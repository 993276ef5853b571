package handlers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// This file ends what a view began: see [viewSession].

// context is that of the request, with the session if it was loaded.
func (s *viewSession) context() context.Context {
	if s.ctx != nil {
		return s.ctx
	}
	return xray.WithExchange(s.request.Context(), s.x)
}

// finish does after the view what Django's middleware does, and returns the cookie to send, on an error too.
// failed says that the view raised, or answered with a server error: then nothing is saved.
func (s *viewSession) finish(failed bool) (*http.Cookie, error) {
	if s.ctx == nil && s.modified && s.ID() != nil && !failed {
		if err := s.load(); err != nil {
			return nil, err
		}
	}
	if s.ctx == nil {
		if s.x.Came > 0 && s.ID() == nil { // as in Django: what cannot be an ID is none
			return s.lab.deletedCookie(), s.untouched()
		}
		return nil, s.untouched()
	}
	if s.destroyed() {
		return s.lab.save(s.ctx, s.x)
	}
	if failed || !s.modified {
		return s.lab.staleCookie(s.ctx, s.x), s.remember()
	}
	if err := s.freeze(); err != nil {
		return s.lab.staleCookie(s.ctx, s.x), err
	}
	s.lab.markModified(s.ctx)
	return s.lab.save(s.ctx, s.x)
}

// untouched notes that nothing was asked for the session. The exchange belongs to it all the same, if there
// is one: to find that out is no part of the request.
func (s *viewSession) untouched() error {
	s.x.Untouched = true
	row, found, err := s.lab.engine.Row(s.request.Context(), s.x.Sent)
	if err != nil {
		return fmt.Errorf("whose exchange it is: %w", err)
	}
	if found && row.Expiry.After(s.lab.now()) {
		s.x.Token = s.x.Sent
	}
	return nil
}

// freeze gives SCS the values as the store keeps them, under keys that are text: of two that are the same
// then, the later one counts, as in JSON. It raises TypeError for what JSON cannot keep.
func (s *viewSession) freeze() error {
	if err := s.aware(); err != nil {
		return err
	}
	for key, v := range s.cache.All() {
		text, err := python.JSONKey(key)
		if err != nil {
			return err
		}
		if text == expiryKey {
			continue
		}
		stored, err := python.Freeze(v)
		if err != nil {
			return err
		}
		if text, ok := stored.(python.JSON); ok && len(text) > limits.MaxValueBytes {
			return tooLarge("A value has at most 64 KiB, and as JSON this one has %d bytes.", len(text))
		}
		s.lab.setItem(s.ctx, text, stored)
	}
	return nil
}

// remember keeps in the record what was in memory and is not saved, if it differs from what was found.
func (s *viewSession) remember() error {
	if s.freeze() != nil { // what cannot be kept cannot be shown either
		return nil
	}
	values := map[string]any{}
	for key, v := range s.lab.values(s.ctx) {
		values[key] = v
	}
	changed := false
	for _, c := range xray.Diff(s.x.Before(), values) {
		changed = changed || c.Mark != xray.Same
	}
	if !changed {
		return nil
	}
	b, err := xray.Codec.Encode(s.lab.expiryDate(s.ctx), values)
	if err != nil {
		return fmt.Errorf("encode what was not saved: %w", err)
	}
	if len(b) <= limits.MaxSessionBytes {
		s.x.Unsaved = b
	}
	return nil
}

// Happened says what the store did since it was last asked.
func (s *viewSession) Happened() (list []string) {
	for _, step := range s.x.Steps[s.told:] {
		if says := s.words(step); says != "" {
			list = append(list, says)
		}
	}
	s.told = len(s.x.Steps)
	return list
}

func (s *viewSession) words(step xray.Step) string {
	where := "row"
	if s.lab.engine.Kind().InCookie {
		where = "cookie"
	}
	switch step.Kind {
	case xray.Find:
		if !step.Found {
			return "no " + where + " found"
		}
		return where + " found, " + strconv.Itoa(step.Size) + " bytes"
	case xray.Commit, xray.Cycle:
		return where + " written, " + strconv.Itoa(step.Size) + " bytes"
	case xray.Delete:
		return where + " deleted"
	case xray.Sweep:
		return strconv.Itoa(step.Rows) + " expired rows deleted"
	}
	return ""
}

// Find returns the path of a list or a dict that lies in the session, as Python would write it.
func (s *viewSession) Find(v python.Value) string {
	if s.cache == nil {
		return ""
	}
	return s.cache.Path(v)
}
