package python

import "strings"

// sessionFunction is one of the functions of SessionStore.
type sessionFunction struct {
	signature
	do func(c *sessionCall) (Value, error)
}

// sessionCall is one call of one of them. report is what the trace will say of it.
type sessionCall struct {
	m      *machine
	of     Session
	values []Value   // in the places of the signature
	rest   []Keyword // for a signature with rest
	act    *Act
	more   []Act // besides it
}

// sessionMethod is such a function with its session.
type sessionMethod struct {
	*sessionFunction
	self *session
}

func (f *sessionMethod) typeName() string { return "method" }

func (f *sessionMethod) repr(most int) string {
	return "<bound method " + f.name + " of " + f.self.repr(most) + ">"
}

func (f *sessionMethod) call(m *machine, a Args) (v Value, err error) {
	values, rest, err := f.bind(a)
	if err != nil {
		return nil, err
	}
	c := &sessionCall{m: m, of: f.self.of, values: values, rest: rest}
	err = f.self.watch(m, Act{Did: Called, Key: callText(shortName(f.name), values)}, func(act *Act) error {
		c.act = act
		v, err = f.do(c)
		return err
	})
	for _, act := range c.more {
		m.act(act)
	}
	return v, err
}

// callText writes a call with its first argument, if it has any.
func callText(name string, values []Value) string {
	argument := ""
	if len(values) > 0 && values[0] != (notGiven{}) {
		argument = written(values[0], MaxShown/2)
	}
	return name + "(" + argument + ")"
}

// reads makes the call one that only reads, and gave v.
func (c *sessionCall) reads(key string, v Value) {
	c.act.Did, c.act.Key, c.act.New = Read, key, brief(v)
}

// fallback is the value in that place, and otherwise where nothing was given.
func (c *sessionCall) fallback(i int, otherwise Value) Value {
	if c.values[i] == (notGiven{}) {
		return otherwise
	}
	return c.values[i]
}

// sessionMethods are the calls that a view may make, by their names.
var sessionMethods = map[string]*sessionFunction{}

func init() {
	for _, f := range sessionFunctions {
		f.self = 1
		sessionMethods[shortName(f.name)] = &f
	}
	bare := func(name string, do func(c *sessionCall) (Value, error)) {
		sessionMethods[shortName(name)] = &sessionFunction{signature{name: name, self: 1}, do}
	}
	for name, do := range sessionDoers {
		bare(name, func(c *sessionCall) (Value, error) { return nil, do(c.of) })
	}
	for name, get := range sessionGetters {
		bare(name, func(c *sessionCall) (Value, error) {
			v, err := get(c.of)
			c.reads(c.act.Key, v)
			return v, err
		})
	}
}

// sessionFunctions are those that take something.
var sessionFunctions = []sessionFunction{
	{signature{name: "SessionBase.get", params: []string{"key", "default"}, needed: 1}, (*sessionCall).get},
	{signature{name: "SessionBase.pop", params: []string{"key", "default"}, needed: 1}, (*sessionCall).pop},
	{signature{name: "SessionBase.setdefault", params: []string{"key", "value"}, needed: 2},
		(*sessionCall).setDefault},
	{signature{name: "SessionBase.update", params: []string{"dict_"}, needed: 1}, (*sessionCall).update},
	{signature{name: "SessionBase.has_key", params: []string{"key"}, needed: 1}, (*sessionCall).hasKey},
	{signature{name: "SessionBase.set_expiry", params: []string{"value"}, needed: 1},
		(*sessionCall).setExpiry},
	{signature{name: "SessionBase.get_expiry_age", rest: true}, (*sessionCall).expiryAge},
	{signature{name: "SessionBase.get_expiry_date", rest: true}, (*sessionCall).expiryDate},
	{signature{name: "SessionStore.exists", params: []string{"session_key"}, needed: 1},
		(*sessionCall).exists},
	{signature{name: "SessionStore.save", params: []string{"must_create"}}, (*sessionCall).save},
}

// sessionDoers do something, and give None.
var sessionDoers = map[string]func(Session) error{
	"SessionBase.clear":              Session.Clear,
	"SessionBase.flush":              Session.Flush,
	"SessionBase.cycle_key":          Session.CycleKey,
	"SessionBase.set_test_cookie":    Session.SetTestCookie,
	"SessionBase.delete_test_cookie": Session.DeleteTestCookie,
	"SessionStore.clear_expired":     Session.ClearExpired,
}

// sessionGetters give something and change nothing.
var sessionGetters = map[string]func(Session) (Value, error){
	"SessionBase.keys":     viewed(func(d *Dict) Value { return &keysView{d} }),
	"SessionBase.values":   viewed(func(d *Dict) Value { return &valuesView{d} }),
	"SessionBase.items":    viewed(func(d *Dict) Value { return &itemsView{d} }),
	"SessionBase.is_empty": func(s Session) (Value, error) { return s.IsEmpty() },
	"SessionBase.get_session_cookie_age": func(s Session) (Value, error) {
		return small(s.CookieAge()), nil
	},
	"SessionBase.get_expire_at_browser_close": func(s Session) (Value, error) {
		return s.ExpireAtBrowserClose()
	},
	"SessionBase.test_cookie_worked": func(s Session) (Value, error) { return s.TestCookieWorked() },
}

// shortName is the name without its class.
func shortName(name string) string {
	_, short, _ := strings.Cut(name, ".")
	return short
}

// viewed gives a view of the session's dict.
func viewed(of func(*Dict) Value) func(Session) (Value, error) {
	return func(s Session) (Value, error) {
		d, err := s.Items()
		if err != nil {
			return nil, err
		}
		return of(d), nil
	}
}

func (c *sessionCall) get() (Value, error) {
	v, err := c.of.Get(c.values[0], c.fallback(1, nil))
	c.reads(keyText(c.values[0]), v)
	return v, err
}

func (c *sessionCall) hasKey() (Value, error) {
	there, err := c.of.Contains(c.values[0])
	c.reads(keyText(c.values[0]), there)
	c.act.Did = Looked
	return there, err
}

func (c *sessionCall) pop() (Value, error) {
	key := c.values[0]
	c.act.Did, c.act.Key, c.act.New = Looked, keyText(key), "False"
	old, err := c.of.Get(key, notGiven{})
	if err != nil {
		return nil, err
	}
	if old != (notGiven{}) {
		c.act.Did, c.act.Old, c.act.New = Removed, brief(old), ""
	}
	if c.values[1] == (notGiven{}) {
		return c.of.Pop(key)
	}
	return c.of.PopDefault(key, c.values[1])
}

func (c *sessionCall) setDefault() (Value, error) {
	there, err := c.of.Contains(c.values[0])
	if err != nil {
		c.act.Did = Read
		return nil, err
	}
	v, err := c.of.SetDefault(c.values[0], c.values[1])
	c.reads(keyText(c.values[0]), v)
	if !there {
		c.act.Did = Added
	}
	return v, err
}

// maxUpdated is how many keys of one update are reported: the update itself takes a place, too.
const maxUpdated = maxActs - 1

// update takes what dict.update takes. It reports itself, and what became of the keys.
func (c *sessionCall) update() (Value, error) {
	live, err := c.of.Items()
	if err != nil {
		return nil, err
	}
	with := &Dict{}
	fill, err := c.m.attr(with, "update")
	if err == nil {
		_, err = c.m.call(fill, Args{List: c.values})
	}
	if err != nil {
		return nil, err
	}
	for key, v := range with.All() {
		if len(c.more) == maxUpdated {
			break
		}
		act := Act{Did: Added, Key: keyText(key), New: brief(v)}
		if old, there, _ := live.Get(key); there {
			act.Did, act.Old = Changed, brief(old)
		}
		c.more = append(c.more, act)
	}
	return nil, c.of.Update(with)
}

func (c *sessionCall) setExpiry() (Value, error) { return nil, c.of.SetExpiry(c.values[0]) }

func (c *sessionCall) exists() (Value, error) {
	id, ok := c.values[0].(string)
	if !ok {
		c.reads(c.act.Key, false)
		return false, nil
	}
	there, err := c.of.Exists(id)
	c.reads("exists()", there)
	c.act.Did = Looked
	return there, err
}

func (c *sessionCall) save() (Value, error) {
	must, err := c.m.truth(c.fallback(0, false))
	if err != nil {
		return nil, err
	}
	if must {
		return nil, &Over{"This small Python has no save(must_create=True): it is for new rows alone."}
	}
	return nil, c.of.Save()
}
