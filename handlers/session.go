package handlers

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// This file is SCS's LoadAndSave middleware in slow motion, with Django's rules for the cookie:
// load before the operation, save after it. Nothing else writes the session cookie.

// The test cookie is a key of the session, under Django's name. What else the lab keeps in one is in
// deadline.go.
const (
	testCookieKey   = "testcookie"
	testCookieValue = "worked"
)

// visit is what load and save know about one request besides SCS's own session data.
type visit struct {
	received string     // value of the session cookie; "" without one
	renewing bool       // newToken is at work: deletes are held back
	left     string     // token that was moved away from; its row goes when the new one is committed
	ended    bool       // the row of the session that was found is deleted
	address  netip.Addr // where the request comes from
	request  *http.Request
}

type visitKey struct{}

// visitOf is the visit that ctx was loaded for.
func visitOf(ctx context.Context) *visit { return ctx.Value(visitKey{}).(*visit) }

// requestOf is the request that ctx was loaded for. What is read of it is what SCS does not read: the cookies
// beside the session's.
func requestOf(ctx context.Context) *http.Request { return visitOf(ctx).request }

// load opens the session that the cookie names. An ID that is unknown, expired or
// malformed opens an empty one, and is never adopted.
func (l *Lab) load(r *http.Request, x *xray.Exchange) (context.Context, error) {
	ctx, err := l.sessions.Load(visiting(r, x), x.Sent)
	if err != nil {
		return nil, fmt.Errorf("load session: %w", err)
	}
	x.Token = l.sessions.Token(ctx)
	return ctx, nil
}

// visiting is the context of a visit.
func visiting(r *http.Request, x *xray.Exchange) context.Context {
	v := &visit{received: x.Sent, address: limits.Address(r), request: r}
	return context.WithValue(xray.WithExchange(r.Context(), x), visitKey{}, v)
}

// save writes the session if it was changed, and returns the cookie to send; nil for
// none. As in Django a change sends the cookie again, with a new end. An ended session
// has it deleted, and so has a cookie that names none. Reading does nothing.
func (l *Lab) save(ctx context.Context, x *xray.Exchange) (*http.Cookie, error) {
	switch status := l.sessions.Status(ctx); {
	case status == scs.Modified && l.isEmpty(ctx): // as in Django
		x.Token, x.Ended = "", visitOf(ctx).ended
	case status == scs.Modified:
		return l.keep(ctx, x) // only there does a new session get an ID
	case status == scs.Destroyed:
		x.Token, x.Ended = "", true
	}
	return l.staleCookie(ctx, x), nil
}

// keep has the store keep the session, under a new ID where it has none, counts its end anew, and returns its
// cookie. On an error the store has what it had.
func (l *Lab) keep(ctx context.Context, x *xray.Exchange) (*http.Cookie, error) {
	if n := entries(slices.Values(l.sessions.Keys(ctx))); n > limits.MaxKeys {
		return l.staleCookie(ctx, x), tooManyKeys(n)
	}
	if l.sessions.Token(ctx) == "" {
		if err := l.newToken(ctx); err != nil {
			return l.staleCookie(ctx, x), err
		}
	}
	deadline := l.withinLife(ctx, l.expiryDate(ctx))
	l.sessions.SetDeadline(ctx, deadline)
	l.foresee(ctx, x, deadline)
	token, _, err := l.sessions.Commit(ctx)
	if err != nil {
		return l.staleCookie(ctx, x), fmt.Errorf("save session: %w", err)
	}
	x.Token, x.Deadline = x.Issued(token), deadline
	x.Anew = visitOf(ctx).ended
	return l.cookie(x.Token, deadline, l.expireAtBrowserClose(ctx)), nil
}

// isEmpty is Django's session.is_empty(): neither an ID nor a value.
func (l *Lab) isEmpty(ctx context.Context) bool {
	return l.sessions.Token(ctx) == "" && entries(slices.Values(l.sessions.Keys(ctx))) == 0
}

// foresee says in the record how the request will be answered if the session is saved: what is kept for other
// copies of the lab is kept with the save itself.
func (l *Lab) foresee(ctx context.Context, x *xray.Exchange, deadline time.Time) {
	x.ForeseeSave(l.cookie(l.sessions.Token(ctx), deadline, l.expireAtBrowserClose(ctx)), deadline)
}

// staleCookie deletes a cookie that came and names no session; nil when there is none to delete. As in
// Django, an answer does so whatever its status is. ctx is nil when the session could not be loaded, and
// nothing is known.
func (l *Lab) staleCookie(ctx context.Context, x *xray.Exchange) *http.Cookie {
	if ctx == nil || x.Token != "" || x.Sent == "" && !x.Blank() {
		return nil
	}
	return l.deletedCookie()
}

// cookie is the session cookie for token. At browser close means no Max-Age and no
// Expires: the browser then forgets it when it ends, whatever the server thinks.
func (l *Lab) cookie(
	token string, deadline time.Time, atBrowserClose bool,
) *http.Cookie {
	c := l.bareCookie()
	c.Value = token
	c.HttpOnly = l.sessions.Cookie.HttpOnly
	if !atBrowserClose {
		left := deadline.Sub(l.now()) // rounded up, as SCS does
		c.MaxAge = max(1, int((left+time.Second-1)/time.Second))
		c.Expires = deadline.Add(time.Second - 1).Truncate(time.Second)
	}
	return c
}

// deletedCookie makes the browser drop its session cookie. It has Django's attributes:
// the same name, path and SameSite, a date long past, and no HttpOnly, since there is
// nothing to hide.
func (l *Lab) deletedCookie() *http.Cookie {
	c := l.bareCookie()
	c.MaxAge = -1 // net/http writes it as Max-Age=0
	c.Expires = time.Unix(0, 0)
	return c
}

func (l *Lab) bareCookie() *http.Cookie {
	s := l.sessions.Cookie
	return &http.Cookie{Name: s.Name, Path: s.Path, Domain: s.Domain, Secure: s.Secure, SameSite: s.SameSite}
}

// newToken gives the session a new token, and leaves the old one if there was one. The
// old row stays until the session is committed under the new token.
func (l *Lab) newToken(ctx context.Context) error {
	v := visitOf(ctx)
	v.left, v.renewing = cmp.Or(v.left, l.sessions.Token(ctx)), true
	defer func() { v.renewing = false }()
	return l.renew(ctx, cmp.Or(v.received, scenario.Apart(ctx)))
}

// renew is SCS's RenewToken, again while the token is one that a person would take for
// received, which the browser sent or which stands beside it on the page: a renewal has
// to be seen. That costs less than one of its 256 bits.
func (l *Lab) renew(ctx context.Context, received string) error {
	for {
		if err := l.sessions.RenewToken(ctx); err != nil {
			return fmt.Errorf("new token: %w", err)
		}
		if !l.alike(l.sessions.Token(ctx), received) {
			return nil
		}
	}
}

// heldBack is the store that SCS calls. SCS's RenewToken deletes the old row at once and leaves
// the new one to Commit; a crash or a full disk in between would lose the session. So the
// delete is held back, and both are done in one step at Commit.
//
// It also asks whether the store has room for what is committed, and whether it is the time for a large
// session.
type heldBack struct {
	xray.Recorder
	// Store is nil. SCS's type demands its methods, and SCS calls none of them where there are those with a
	// context: see doStoreFind, doStoreCommit and doStoreDelete in its data.go.
	scs.Store
	room *limits.Room                           // nil where the session is in the cookie
	wait func(ctx context.Context, n int) error // waits until n bytes may be decoded
}

// FindCtx finds, and waits for a turn before SCS decodes something large.
func (s heldBack) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	b, found, err := s.Recorder.FindCtx(ctx, token)
	if err == nil {
		err = s.wait(ctx, len(b))
	}
	return b, found, err
}

// DeleteCtx holds the delete back while the token is renewed and passes every other one on.
func (s heldBack) DeleteCtx(ctx context.Context, token string) error {
	v, ok := ctx.Value(visitKey{}).(*visit)
	if ok && v.renewing {
		return nil
	}
	if ok && v.left != "" { // it moved in this request, and its row is still the one that was left
		token, v.left = v.left, ""
	}
	err := s.Recorder.DeleteCtx(ctx, token)
	if ok && err == nil {
		v.ended = true
	}
	if x := xray.From(ctx); err == nil && s.room != nil && x != nil && x.Known {
		s.room.Add(-1, -len(x.Found))
	}
	return err
}

// CommitCtx commits, together with the delete that was held back. A session over the limit is
// refused, and what the store had stays.
func (s heldBack) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	if len(b) > limits.MaxSessionBytes {
		return tooManyBytes(len(b))
	}
	v, ok := ctx.Value(visitKey{}).(*visit)
	x := xray.From(ctx)
	if !ok || x == nil || s.room == nil {
		return s.commit(ctx, v, token, b, expiry)
	}
	more := limits.Growth{Bytes: len(b) - len(x.Found)}
	if !x.Known || v.ended {
		more = limits.Growth{Bytes: len(b), Rows: 1}
	}
	if more.Rows > 0 || v.left != "" {
		more.IDs = 1
	}
	if err := s.room.Admit(v.address, more); err != nil {
		return err
	}
	if err := s.commit(ctx, v, token, b, expiry); err != nil {
		return err
	}
	s.room.Add(more.Rows, more.Bytes)
	return nil
}

// commit commits in one step with the delete that was held back, if there was one. v may be nil.
func (s heldBack) commit(ctx context.Context, v *visit, token string, b []byte, expiry time.Time) error {
	if v != nil && v.left != "" {
		return s.Recorder.Cycle(ctx, v.left, token, b, expiry)
	}
	return s.Recorder.CommitCtx(ctx, token, b, expiry)
}

// forgiving is SCS's codec with Django's answer to data that cannot be decoded: an empty session
// under the same ID and a line in the log, instead of an error on every request.
type forgiving struct {
	scs.Codec
	log *slog.Logger
}

// Decode never fails: see [forgiving].
func (c forgiving) Decode(b []byte) (time.Time, map[string]any, error) {
	deadline, values, err := c.Codec.Decode(b)
	if err != nil {
		c.log.Warn("session data corrupted", "bytes", len(b), "err", err)
	}
	if err != nil || values == nil {
		values = map[string]any{}
	}
	return deadline, values, nil
}

// values yields the session's entries in SCS's order, by key.
func (l *Lab) values(ctx context.Context) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, key := range l.sessions.Keys(ctx) {
			if !yield(key, l.sessions.Get(ctx, key)) {
				return
			}
		}
	}
}

// newID makes a token like SCS's, for a row that is not a visitor's.
func newID() string {
	random := make([]byte, 32)
	_, _ = rand.Read(random) // never fails
	return base64.RawURLEncoding.EncodeToString(random)
}
