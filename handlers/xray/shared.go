package xray

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sessionlab/handlers/engine"
)

// Shared keeps exchanges where the sessions are, so that every copy of the program can show any of them. What
// an operation did goes there together with what it saved, in one round trip; if it saved nothing, by itself.
// What only read is kept in the memory of this copy alone, and so is what other copies made and this one has
// shown.
type Shared struct {
	local   *History
	archive engine.Archive
}

// NewShared returns a history over the records of archive. Of limits, those of one session hold for what it
// read and for what it did, each.
func NewShared(archive engine.Archive, limits Limits) *Shared {
	limits.Reads = limits.PerSession
	return &Shared{NewHistory(limits), archive}
}

// keptAtLeast is how long an exchange is kept whose session's end is not known. It goes with the session
// before that, and the archive has its own bound for those of no session.
const keptAtLeast = time.Hour

// Add is [Keeper.Add].
func (s *Shared) Add(ctx context.Context, x *Exchange) error {
	_ = s.local.Add(ctx, x) // has no errors
	if x.reads() || x.shared && x.Token != "" || x.Token == "" && x.Location == "" {
		return nil
	}
	data, err := x.Encode()
	if err != nil {
		return err
	}
	until := later(x.Deadline, x.At.Add(keptAtLeast))
	r := engine.Record{ID: x.ID, Token: x.Token, Data: data, Until: until}
	if err := s.archive.Keep(context.WithoutCancel(ctx), r); err != nil {
		return fmt.Errorf("keep the exchange: %w", err)
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Get is [Keeper.Get].
func (s *Shared) Get(ctx context.Context, id, token string) (*Exchange, error) {
	if x, _ := s.local.Get(ctx, id, token); x != nil {
		return x, nil
	}
	for _, owner := range slices.Compact([]string{token, ""}) {
		if err := s.fetch(ctx, owner, []string{id}); err != nil {
			return nil, err
		}
	}
	return s.local.Get(ctx, id, token)
}

// Of is [Keeper.Of].
func (s *Shared) Of(ctx context.Context, token string) ([]*Exchange, error) {
	if token == "" {
		return nil, nil
	}
	ids, err := s.archive.Records(ctx, token)
	if err != nil {
		return nil, fmt.Errorf("find the session's exchanges: %w", err)
	}
	missing := slices.DeleteFunc(ids, func(id string) bool { return s.local.has(id, token) })
	if err := s.fetch(ctx, token, missing); err != nil {
		return nil, err
	}
	return s.local.Of(ctx, token)
}

// fetch brings those of ids that belong to the session of token into the memory of this copy. What another
// version of the program wrote is passed over.
func (s *Shared) fetch(ctx context.Context, token string, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := s.archive.RecordData(ctx, token, ids)
	if err != nil {
		return fmt.Errorf("read exchanges: %w", err)
	}
	for _, data := range found {
		if x, err := Decode(data); err == nil {
			s.local.adopt(x, token)
		}
	}
	return nil
}

// Tokens is [Keeper.Tokens].
func (s *Shared) Tokens() []string { return s.local.Tokens() }

// DropSession is [Keeper.DropSession]. What the archive has of the session goes with the session itself.
func (s *Shared) DropSession(token string) { s.local.DropSession(token) }

// has reports whether the exchange of that id is kept for the session of token.
func (h *History) has(id, token string) bool {
	x, _ := h.Get(context.Background(), id, token)
	return x != nil
}

// adopt files an exchange that another copy made, as its record says: for the session of token, "" for none.
// If this copy has it for another token, the session has got a new one meanwhile, and all that it has goes
// along.
func (h *History) adopt(x *Exchange, token string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch e := h.byID[x.ID]; {
	case e != nil && e.token != token:
		h.move(e.token, token)
	case e != nil:
	case token == "":
		h.fileOwnerless(x)
	default:
		h.file(x, token)
	}
}

// answer is what a request will be answered with.
type answer struct {
	status   int
	location string
	cookie   *http.Cookie
	deadline time.Time
}

// Foresee says how x will be answered if what it changes is saved: the status and where it leads.
func (x *Exchange) Foresee(status int, location string) {
	x.answer = &answer{status: status, location: location}
}

// ForeseeSave says what a save will add to that: the cookie, and the session's end.
func (x *Exchange) ForeseeSave(cookie *http.Cookie, deadline time.Time) {
	if x.answer != nil {
		x.answer.cookie, x.answer.deadline = cookie, deadline
	}
}

// notMeasured stands for the duration of what was not over when the record was written.
const notMeasured = -1

// foreseen is x as it will be once step, which is about to change the session to b under token, has
// succeeded. It is what other copies will show: all but how long this step took, and how long all of it did.
func (x *Exchange) foreseen(step Step, said []engine.Statement, token string, b []byte) *Exchange {
	y := *x
	step.Took = notMeasured
	for _, st := range said {
		st.Rows = 1 // or the record is not kept
		step.Statements = append(step.Statements, st)
	}
	y.Steps = append(slices.Clone(x.Steps), step)
	y.Token, y.Committed, y.Cycled = token, b, step.Kind == Cycle
	y.Deadline = x.answer.deadline
	y.Status, y.Location, y.SetCookie, y.Took = x.answer.status, x.answer.location, x.answer.cookie, notMeasured
	return &y
}

// withRecord returns a context in which the step that is about to change the session keeps x too, where the
// engine has an archive and how x will be answered is known.
func (x *Exchange) withRecord(
	ctx context.Context, eng engine.Engine, step Step, token string, b []byte, until time.Time,
) context.Context {
	if _, ok := eng.(engine.Archive); !ok || x.answer == nil || x.answer.cookie == nil {
		return ctx
	}
	return engine.WithRecord(ctx, func(said []engine.Statement) engine.Record {
		data, err := x.foreseen(step, said, token, b).Encode()
		if err != nil {
			return engine.Record{}
		}
		x.shared = true
		return engine.Record{ID: x.ID, Token: token, Data: data, Until: until}
	})
}
