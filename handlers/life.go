package handlers

import (
	"context"
	"iter"
	"time"
)

// birthKey keeps inside a session when it was first saved, where [Settings.SessionLife] bounds how long it
// lives. Django has nothing like it: a session that is saved again and again lives for ever there. It holds
// the moment as text, see [momentLayout].
const birthKey = "_session_birth"

// withinLife is deadline, or the end of the session's life if that comes first. A session without a birth is
// born now: it is new, or from a time when no life was bounded.
func (l *Lab) withinLife(ctx context.Context, deadline time.Time) time.Time {
	if l.settings.SessionLife == 0 {
		return deadline
	}
	end, ok := l.endOfLife(l.sessions.Get(ctx, birthKey))
	if !ok {
		birth := l.now().UTC().Format(momentLayout)
		l.sessions.Put(ctx, birthKey, birth)
		end, _ = l.endOfLife(birth)
	}
	if end.Before(deadline) {
		return end
	}
	return deadline
}

// endOfLife is the end of the life of a session with that birth. It is false where life has no bound, and for
// what is no birth: nothing, or something that somebody else wrote into the row.
func (l *Lab) endOfLife(birth any) (time.Time, bool) {
	text, _ := birth.(string)
	born, err := time.Parse(time.RFC3339, text)
	if l.settings.SessionLife == 0 || err != nil || born.After(l.now()) {
		return time.Time{}, false
	}
	return born.Add(l.settings.SessionLife), true
}

// endsWithLife says whether a session of these values that ends then does so because its life is over. A
// store keeps the end to the millisecond.
func (l *Lab) endsWithLife(values map[string]any, end time.Time) bool {
	of, ok := l.endOfLife(values[birthKey])
	return ok && of.Sub(end).Abs() < 2*time.Millisecond
}

// clearValues is SCS's Clear, which leaves the birth: the session stays the same one, so its life goes on.
func (l *Lab) clearValues(ctx context.Context) error {
	birth := l.sessions.Get(ctx, birthKey)
	if err := l.sessions.Clear(ctx); err != nil {
		return err
	}
	if birth != nil && l.settings.SessionLife > 0 {
		l.sessions.Put(ctx, birthKey, birth)
	}
	return nil
}

// entries counts the keys of a session that somebody put there. Its birth comes by itself.
func entries(keys iter.Seq[string]) (n int) {
	for key := range keys {
		if key != birthKey {
			n++
		}
	}
	return n
}
