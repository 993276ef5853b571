package python

import (
	"errors"
	"fmt"
	"time"
)

// memory is a Session in memory that does what Django's does. Where a visitor has no cookie, id is "".
type memory struct {
	id       string
	rows     map[string]string // JSON
	live     *Dict             // nil before the first touch
	accessed bool
	modified bool
	born     int
	loads    int
	happened []string
}

// noon is the moment of the tests.
var noon = time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)

// newMemory is the session of a visitor who has one with these pairs, or none if there are no pairs.
func newMemory(pairs ...Value) *memory {
	s := &memory{rows: map[string]string{}}
	if len(pairs) > 0 {
		s.id = "first"
		s.rows[s.id] = jsonOf(dictOf(pairs...))
	}
	return s
}

func dictOf(pairs ...Value) *Dict {
	d := &Dict{}
	for i := 0; i < len(pairs); i += 2 {
		if err := d.Set(pairs[i], pairs[i+1]); err != nil {
			panic(err)
		}
	}
	return d
}

func jsonOf(d *Dict) string {
	w := &jsonWriter{}
	if err := w.value(d); err != nil {
		panic(err)
	}
	return w.b.String()
}

func atNoon() time.Time { return noon }

func (s *memory) touch() *Dict {
	s.accessed = true
	if s.live != nil {
		return s.live
	}
	s.live = &Dict{}
	if s.id == "" {
		return s.live
	}
	s.loads++
	if row := s.rows[s.id]; row != "" {
		v, err := parseJSON(row)
		if err != nil {
			panic(err)
		}
		s.live = v.(*Dict)
		s.tell("row found")
	} else {
		s.id = ""
		s.tell("no row")
	}
	return s.live
}

func (s *memory) tell(what string) { s.happened = append(s.happened, what) }

func (s *memory) Item(key Value) (Value, error) {
	v, ok, err := s.touch().Get(key)
	if err == nil && !ok {
		err = keyError(key)
	}
	return v, err
}

func (s *memory) SetItem(key, v Value) error {
	err := s.touch().Set(key, v)
	s.modified = s.modified || err == nil
	return err
}

func (s *memory) DelItem(key Value) error {
	_, ok, err := s.touch().Delete(key)
	if err == nil && !ok {
		err = keyError(key)
	}
	s.modified = s.modified || err == nil
	return err
}

func (s *memory) Contains(key Value) (bool, error) {
	_, ok, err := s.touch().Get(key)
	return ok, err
}

func (s *memory) Get(key, fallback Value) (Value, error) {
	if v, ok, err := s.touch().Get(key); ok || err != nil {
		return v, err
	}
	return fallback, nil
}

func (s *memory) Pop(key Value) (Value, error) {
	v, err := s.Item(key)
	if err == nil {
		err = s.DelItem(key)
	}
	return v, err
}

func (s *memory) PopDefault(key, fallback Value) (Value, error) {
	if there, err := s.Contains(key); !there || err != nil {
		return fallback, err
	}
	return s.Pop(key)
}

func (s *memory) SetDefault(key, v Value) (Value, error) {
	if there, err := s.Contains(key); there || err != nil {
		return s.Get(key, nil)
	}
	return v, s.SetItem(key, v)
}

func (s *memory) Update(with *Dict) error {
	for key, v := range with.All() {
		if err := s.touch().Set(key, v); err != nil {
			return err
		}
	}
	s.touch()
	s.modified = true
	return nil
}

func (s *memory) Items() (*Dict, error) { return s.touch(), nil }

func (s *memory) Clear() error {
	s.live, s.accessed, s.modified = &Dict{}, true, true
	return nil
}

func (s *memory) Flush() error {
	if s.rows[s.id] != "" {
		s.tell("row deleted")
	}
	delete(s.rows, s.id)
	s.id = ""
	return s.Clear()
}

func (s *memory) CycleKey() error {
	s.touch()
	delete(s.rows, s.id)
	s.born++
	s.id = fmt.Sprintf("new %d", s.born)
	s.modified = true
	return s.Save()
}

func (s *memory) SetExpiry(v Value) error {
	if v != nil {
		return s.SetItem("_session_expiry", v)
	}
	_, err := s.PopDefault("_session_expiry", nil)
	return err
}

var errBroken = errors.New("this double has no such thing")

func (s *memory) ExpiryAge() (int, error)             { s.touch(); return 400, nil }
func (s *memory) ExpiryDate() (time.Time, error)      { s.touch(); return noon.Add(400 * time.Second), nil }
func (s *memory) ExpireAtBrowserClose() (bool, error) { s.touch(); return false, nil }
func (s *memory) CookieAge() int                      { return 400 }
func (s *memory) SetTestCookie() error                { return s.SetItem("testcookie", "worked") }
func (s *memory) DeleteTestCookie() error             { return s.DelItem("testcookie") }
func (s *memory) ClearExpired() error                 { return errBroken }

func (s *memory) TestCookieWorked() (bool, error) {
	v, err := s.Get("testcookie", nil)
	return v == "worked", err
}

func (s *memory) IsEmpty() (bool, error) {
	return s.id == "" && (s.live == nil || s.live.Len() == 0), nil
}

func (s *memory) ID() Value {
	if s.id == "" {
		return nil
	}
	return s.id
}

func (s *memory) Exists(id string) (bool, error) { return s.rows[id] != "", nil }

func (s *memory) Save() error {
	if s.id == "" {
		return s.CycleKey()
	}
	w := &jsonWriter{}
	if err := w.value(s.touch()); err != nil {
		return err
	}
	s.rows[s.id] = w.b.String()
	s.tell("row written")
	return nil
}

func (s *memory) Accessed() bool            { return s.accessed }
func (s *memory) SetAccessed(to bool)       { s.accessed = to }
func (s *memory) Modified() bool            { return s.modified }
func (s *memory) SetModified(to bool) error { s.modified = to; return nil }

func (s *memory) Happened() []string {
	happened := s.happened
	s.happened = nil
	return happened
}

func (s *memory) Find(v Value) string {
	if s.live == nil {
		return ""
	}
	return s.live.Path(v)
}
