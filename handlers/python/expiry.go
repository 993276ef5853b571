package python

import (
	"math/big"
	"time"
)

// expiryAge is get_expiry_age, whose arguments can only be given by name. Any others are taken, and do
// nothing.
func (c *sessionCall) expiryAge() (v Value, err error) {
	if len(c.rest) == 0 {
		age, err := c.of.ExpiryAge()
		c.reads("get_expiry_age()", small(age))
		return small(age), err
	}
	modification, expiry, err := c.moments()
	if err == nil {
		v, err = c.ageAt(modification, expiry)
	}
	c.reads("get_expiry_age()", v)
	return v, err
}

// moments are the two arguments: now, and what the session has, where they were not given.
func (c *sessionCall) moments() (modification, expiry Value, err error) {
	modification, expiry = &Datetime{Time: c.m.now().UTC(), Aware: true}, notGiven{}
	for _, k := range c.rest {
		switch k.Name {
		case "modification":
			modification = k.Value
		case "expiry":
			expiry = k.Value
		}
	}
	if expiry == (notGiven{}) {
		expiry, err = c.of.Get("_session_expiry", nil)
	}
	return modification, expiry, err
}

// ageAt is how many seconds expiry is after modification, if it is a moment; else it is the age itself.
func (c *sessionCall) ageAt(modification, expiry Value) (Value, error) {
	if set, err := c.m.truth(expiry); err != nil || !set {
		return small(c.of.CookieAge()), err
	}
	at, is, err := c.moment(expiry)
	if err != nil || !is {
		return expiry, err
	}
	span, err := c.m.binary("-", at, modification)
	if err != nil {
		return nil, err
	}
	delta, ok := span.(*Timedelta)
	if !ok {
		return c.m.attr(span, "days") // which raises, as in Django
	}
	return new(big.Int).Div(delta.micros, small(1e6)), nil
}

// moment is expiry as a moment, which may be written as a text.
func (c *sessionCall) moment(expiry Value) (at Value, is bool, err error) {
	switch expiry := expiry.(type) {
	case *Datetime:
		return expiry, true, nil
	case string:
		parse, err := c.m.attr(types["datetime.datetime"], "fromisoformat")
		if err != nil {
			return nil, false, err
		}
		at, err := c.m.call(parse, Args{List: []Value{expiry}})
		return at, true, err
	}
	return nil, false, nil
}

// expiryDate is get_expiry_date.
func (c *sessionCall) expiryDate() (v Value, err error) {
	if len(c.rest) == 0 {
		var at time.Time
		at, err = c.of.ExpiryDate()
		v = &Datetime{Time: at.UTC(), Aware: true}
	} else {
		v, err = c.dateAt()
	}
	c.reads("get_expiry_date()", v)
	return v, err
}

func (c *sessionCall) dateAt() (Value, error) {
	modification, expiry, err := c.moments()
	if err != nil {
		return nil, err
	}
	if at, is, err := c.moment(expiry); is || err != nil {
		return at, err
	}
	set, err := c.m.truth(expiry)
	if err != nil {
		return nil, err
	}
	if !set {
		expiry = small(c.of.CookieAge())
	}
	span, err := c.m.call(types["datetime.timedelta"], Args{Names: []Keyword{{"seconds", expiry}}})
	if err != nil {
		return nil, err
	}
	return c.m.binary("+", modification, span)
}
