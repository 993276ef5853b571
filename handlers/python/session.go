package python

import "fmt"

// session is request.session: an object of Django's class SessionStore over the visitor's own session. It
// reports to the trace what is done to it.
type session struct {
	of  Session
	own map[string]Value // attributes that the view has set, and Django has not
}

func (s *session) typeName() string { return "SessionStore" }

// repr has no address: the object is Go's, and lies in no memory of Python's.
func (s *session) repr(int) string {
	return "<django.contrib.sessions.backends.db.SessionStore object at 0x…>"
}

// watch does something to the session and reports it: act says what it will have done if nothing is raised.
func (s *session) watch(m *machine, act Act, do func(*Act) error) error {
	accessed, modified, id := s.of.Accessed(), s.of.Modified(), s.of.ID()
	err := do(&act)
	if !accessed && s.of.Accessed() {
		act.Flags = append(act.Flags, "accessed")
	}
	if !modified && s.of.Modified() {
		act.Flags = append(act.Flags, "modified")
	}
	if now := s.of.ID(); now != nil && now != id {
		act.Flags = append(act.Flags, "new ID")
	}
	act.Store = s.of.Happened()
	if r, ok := err.(*Raised); ok && r.Exception.Class == keyErrorClass {
		r.FromSession = true
	}
	if err != nil && act.Did != Called {
		// Nothing came of it, but it looked, and may have read the row for that.
		act = Act{Did: Read, Key: act.Key, Flags: act.Flags, Store: act.Store}
	}
	m.act(act)
	return err
}

// keyText is a key as an [Act] has it.
func keyText(key Value) string {
	if text, ok := key.(string); ok && len(text) <= MaxShown {
		return Key(text)
	}
	return brief(key)
}

func (s *session) item(m *machine, key Value) (v Value, err error) {
	err = s.watch(m, Act{Did: Read, Key: keyText(key)}, func(a *Act) error {
		v, err = s.of.Item(key)
		a.New = brief(v)
		return err
	})
	return v, err
}

func (s *session) setItem(m *machine, key, to Value) error {
	return s.watch(m, Act{Did: Added, Key: keyText(key), New: brief(to)}, func(a *Act) error {
		if err := s.before(key, a, Changed); err != nil {
			return err
		}
		return s.of.SetItem(key, to)
	})
}

func (s *session) delItem(m *machine, key Value) error {
	return s.watch(m, Act{Did: Removed, Key: keyText(key)}, func(a *Act) error {
		if err := s.before(key, a, Removed); err != nil {
			return err
		}
		return s.of.DelItem(key)
	})
}

// before notes the value that key has, if it has one, and that did is what will be done to it. Django reads
// the row for each of those calls anyway.
func (s *session) before(key Value, a *Act, did Deed) error {
	old, err := s.of.Get(key, notGiven{})
	if err == nil && old != (notGiven{}) {
		a.Did, a.Old = did, brief(old)
	}
	return err
}

func (s *session) contains(m *machine, key Value) (there bool, err error) {
	err = s.watch(m, Act{Did: Looked, Key: keyText(key)}, func(a *Act) error {
		there, err = s.of.Contains(key)
		a.New = Repr(there)
		return err
	})
	return there, err
}

// mapping is what dict(session) makes use of, since the session has keys().
func (s *session) mapping(m *machine) (d *Dict, err error) {
	err = s.watch(m, Act{Did: Read, Key: "keys()"}, func(a *Act) error {
		d, err = s.of.Items()
		a.New = brief(d)
		return err
	})
	return d, err
}

// truth is bool(session): since Django 6.1 not is_empty(), and before that always True.
func (s *session) truth(m *machine) (full bool, err error) {
	err = s.watch(m, Act{Did: Read, Key: "bool()"}, func(a *Act) error {
		empty, err := s.of.IsEmpty()
		full, a.New = !empty, Repr(!empty)
		return err
	})
	return full, err
}

func (s *session) attr(m *machine, name string) (Value, error) {
	if v, ok := s.own[name]; ok {
		return v, nil
	}
	switch name {
	case "session_key":
		return s.of.ID(), nil
	case "accessed":
		return s.of.Accessed(), nil
	case "modified":
		return s.of.Modified(), nil
	case "TEST_COOKIE_NAME":
		return "testcookie", nil
	case "TEST_COOKIE_VALUE":
		return "worked", nil
	}
	if f, ok := sessionMethods[name]; ok {
		return &sessionMethod{f, s}, nil
	}
	if err := lacking("request.session", name, sessionLacks); err != nil {
		return nil, err
	}
	return nil, raise(attributeError, "'SessionStore' object has no attribute '%s'", name)
}

func (s *session) setAttr(m *machine, name string, v Value) error {
	switch name {
	case "session_key":
		return raise(attributeError, "property 'session_key' of 'SessionStore' object has no setter")
	case "accessed", "modified":
		return s.flag(m, name, v)
	case "TEST_COOKIE_NAME", "TEST_COOKIE_VALUE":
		return &Over{"This small Python cannot give the session another " + name + "."}
	}
	if _, ok := sessionMethods[name]; ok {
		return &Over{fmt.Sprintf("This small Python cannot give the session another %s().", name)}
	}
	if err := lacking("request.session", name, sessionLacks); err != nil {
		return err
	}
	return setOwn(m, &s.own, name, v)
}

// flag sets accessed or modified.
func (s *session) flag(m *machine, name string, v Value) error {
	to, err := m.truth(v)
	if err != nil {
		return err
	}
	return s.watch(m, Act{Did: Flagged, Key: name, New: Repr(to)}, func(*Act) error {
		if name == "modified" {
			return s.of.SetModified(to)
		}
		s.of.SetAccessed(to)
		return nil
	})
}

// setOwn sets an attribute that is the view's own.
func setOwn(m *machine, own *map[string]Value, name string, v Value) error {
	if err := m.alloc(64 + len(name)); err != nil {
		return err
	}
	if *own == nil {
		*own = map[string]Value{}
	}
	(*own)[name] = v
	return nil
}
