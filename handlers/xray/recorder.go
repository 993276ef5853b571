package xray

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/engine"
)

// Recorder is an engine that takes down each store operation in the exchange of its
// context, with the statements that the engine really ran. SCS sees an ordinary store.
// Without an exchange in the context it only passes on.
type Recorder struct {
	engine.Engine
}

// FindCtx finds and records. The bytes found become the exchange's state before.
func (r Recorder) FindCtx(ctx context.Context, token string) (b []byte, found bool, err error) {
	err = record(ctx, Step{Kind: Find, Token: token}, func(x *Exchange, s *Step) error {
		b, found, err = r.Engine.FindCtx(ctx, token)
		s.Size, s.Found = len(b), found
		if !x.Known { // what it asks for once it has its own is another session
			x.Found, x.Known = b, found
		}
		return err
	})
	return b, found, err
}

// CommitCtx commits and records. The bytes committed become the exchange's state after.
func (r Recorder) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	step := Step{Kind: Commit, Token: token, Size: len(b)}
	return record(ctx, step, func(x *Exchange, _ *Step) error {
		err := r.Engine.CommitCtx(x.withRecord(ctx, r.Engine, step, token, b, expiry), token, b, expiry)
		x.shared = x.shared && err == nil
		if err == nil {
			x.Committed = b
		}
		return err
	})
}

// Cycle moves a session and records it as one step.
func (r Recorder) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	step := Step{Kind: Cycle, Token: fresh, Old: old, Size: len(b)}
	return record(ctx, step, func(x *Exchange, _ *Step) error {
		err := r.Engine.Cycle(x.withRecord(ctx, r.Engine, step, fresh, b, expiry), old, fresh, b, expiry)
		x.shared = x.shared && err == nil
		if err == nil {
			x.Committed, x.Cycled = b, true
		}
		return err
	})
}

// DeleteCtx deletes and records.
func (r Recorder) DeleteCtx(ctx context.Context, token string) error {
	return record(ctx, Step{Kind: Delete, Token: token}, func(*Exchange, *Step) error {
		return r.Engine.DeleteCtx(ctx, token)
	})
}

// Plant commits a row that is not the visitor's and records it. The visitor's own state is as before.
func (r Recorder) Plant(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return record(ctx, Step{Kind: Plant, Token: token, Size: len(b)}, func(*Exchange, *Step) error {
		return r.Engine.CommitCtx(ctx, token, b, expiry)
	})
}

// DeleteExpired sweeps and records.
func (r Recorder) DeleteExpired(ctx context.Context, t time.Time) (n int, err error) {
	err = record(ctx, Step{Kind: Sweep}, func(_ *Exchange, s *Step) error {
		n, err = r.Engine.DeleteExpired(ctx, t)
		s.Rows = n
		return err
	})
	return n, err
}

// Listing is a Recorder over a store that can also list its sessions, which SCS's Iterate needs.
type Listing struct {
	Recorder
	All scs.IterableCtxStore
}

// AllCtx lists and records.
func (l Listing) AllCtx(ctx context.Context) (all map[string][]byte, err error) {
	err = record(ctx, Step{Kind: All}, func(_ *Exchange, s *Step) error {
		all, err = l.All.AllCtx(ctx)
		s.Rows = len(all)
		return err
	})
	return all, err
}

// record runs f, times it, and appends s to the exchange of ctx with what the engine
// wrote into its log meanwhile.
func record(ctx context.Context, s Step, f func(*Exchange, *Step) error) error {
	x := From(ctx)
	if x == nil {
		return f(new(Exchange), &s)
	}
	before, start := len(x.log.Statements), time.Now()
	err := f(x, &s)
	s.Took = time.Since(start)
	s.Statements = x.log.Statements[before:]
	x.InCookie = x.log.Cookie != ""
	if err != nil {
		s.Err = err.Error()
		s.Unsure = s.Kind != Find && errors.Is(err, engine.ErrUnsure)
	}
	x.Steps = append(x.Steps, s)
	return err
}
