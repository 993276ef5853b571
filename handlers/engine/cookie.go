package engine

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gorilla/securecookie"
)

// cookieEngine keeps nothing: the whole session travels in the cookie, signed so that nobody
// can change it, and not encrypted, so that everybody who has it can read it. Wherever the
// other engines have a token, here it is the cookie's value.
//
// So the server cannot end a session. Deleting it deletes the browser's cookie; a copy of
// that cookie works until it expires, and after a cycle the old one does too.
type cookieEngine struct {
	name   string // of the cookie
	signer *securecookie.SecureCookie
	made   bool // the key was made at start
}

const (
	// cookieKey names the environment variable with the key that signs the cookies.
	cookieKey = "SESSIONLAB_KEY"
	// MaxCookie is the longest cookie, name and value together, that browsers keep. They
	// drop a longer one without a word.
	MaxCookie = 4096
	// minKey is the shortest key in bytes: as long as the signature, HMAC-SHA256.
	minKey = 32
)

// openCookie opens the engine for cookies of that name, "sessionname" if it is empty.
func openCookie(name string) (Engine, error) {
	if name == "" {
		name = "sessionname"
	}
	key, err := readKey(os.Getenv(cookieKey))
	if err != nil {
		return nil, err
	}
	made := key == nil
	if made {
		key = make([]byte, minKey)
		rand.Read(key) // never fails
	}
	signer := securecookie.New(key, nil).SetSerializer(securecookie.NopEncoder{})
	// The length is checked with the name, and the age is the session's own: see CommitCtx.
	signer.MaxLength(0).MaxAge(0)
	return &cookieEngine{name: name, signer: signer, made: made}, nil
}

// Notice says what it means that the key was made at start; it is empty when it was given.
func (e *cookieEngine) Notice() string {
	if !e.made {
		return ""
	}
	return "The key that signs the cookies was made now and is gone when the program ends, " +
		"and all sessions with it: set " + cookieKey + " to keep them."
}

// Kind is what is true of this engine.
func (e *cookieEngine) Kind() Kind { return cookieKind }

// FindCtx returns what the cookie of value token says, unless it was changed or has expired. So does
// SessionStore.load of Django's signed_cookies, which counts the age from the time of the signature.
func (e *cookieEngine) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return live(e.Row(ctx, token))
}

// CommitCtx signs b together with expiry and leaves the result in the log of ctx, for the
// browser: another cookie each time, even of the same data. It has no use for the token. A
// session that is too large for a cookie is refused with [ErrTooLarge].
func (e *cookieEngine) CommitCtx(ctx context.Context, _ string, b []byte, expiry time.Time) error {
	log := logFrom(ctx)
	if log == nil {
		return errors.New("commit a signed cookie: nobody takes it to the browser")
	}
	content := newPayload(b, expiry).encode()
	done := say(ctx, "securecookie.Encode", e.name, content)
	value, err := e.signer.Encode(e.name, content)
	done(1, err)
	if err != nil {
		return fmt.Errorf("sign the cookie: %w", err)
	}
	if n := len(e.name) + len(value); n > MaxCookie {
		return fmt.Errorf("%w: the cookie would have %d bytes, and browsers keep %d", ErrTooLarge, n,
			MaxCookie)
	}
	log.Cookie = value
	return nil
}

// DeleteCtx does nothing: the server has nothing to delete. So does SessionStore.delete of Django's
// signed_cookies, which only has the browser drop the cookie.
func (e *cookieEngine) DeleteCtx(context.Context, string) error { return nil }

// Cycle signs a new cookie if the old one was genuine. The old one stays good, as after
// SessionStore.cycle_key of Django's signed_cookies.
func (e *cookieEngine) Cycle(ctx context.Context, old, fresh string, b []byte, expiry time.Time) error {
	if _, ok, _ := e.Row(ctx, old); !ok {
		return ErrEnded
	}
	return e.CommitCtx(ctx, fresh, b, expiry)
}

// Row returns what the cookie of value token says, expired or not. Nothing is kept under a
// token that was changed.
func (e *cookieEngine) Row(ctx context.Context, token string) (Row, bool, error) {
	done := say(ctx, "securecookie.Decode", e.name, token)
	row, ok := e.decode(token)
	if !ok {
		done(0, nil)
		return Row{}, false, nil
	}
	done(1, nil)
	return row, true, nil
}

func (e *cookieEngine) decode(token string) (Row, bool) {
	if len(e.name)+len(token) > MaxCookie || !canonical(token) {
		return Row{}, false
	}
	var content []byte
	if err := e.signer.Decode(e.name, token, &content); err != nil {
		return Row{}, false
	}
	payload, ok := ParsePayload(content)
	if !ok {
		return Row{}, false
	}
	return Row{
		Token:  token,
		Data:   payload.Data,
		Size:   len(payload.Data),
		Expiry: time.UnixMilli(payload.Millis),
	}, true
}

// canonical says whether value is the one way to write its bytes. The last character of
// base64 may have bits to spare, and a decoder overlooks them: several values would pass as
// the same cookie.
func canonical(value string) bool {
	b, err := base64.URLEncoding.DecodeString(value)
	return err == nil && base64.URLEncoding.EncodeToString(b) == value
}

// Rows returns none: nobody but the browsers knows which sessions there are.
func (e *cookieEngine) Rows(context.Context, int) ([]Row, int, error) { return nil, 0, nil }

// Tokens has none to tell, for the same reason.
func (e *cookieEngine) Tokens(context.Context, string, func([]string) error) error { return nil }

// DeleteExpired has nothing to remove.
func (e *cookieEngine) DeleteExpired(context.Context, time.Time) (int, error) { return 0, nil }

// Version never changes, for no row does: a changed session is another cookie.
func (e *cookieEngine) Version(context.Context) (int64, error) { return 0, nil }

// Stamps returns the stamps of the tokens that are genuine cookies. What a cookie says never changes.
func (e *cookieEngine) Stamps(_ context.Context, tokens []string) (map[string]Stamp, error) {
	stamps := map[string]Stamp{}
	for _, token := range tokens {
		if row, ok := e.decode(token); ok {
			stamps[token] = Stamp{Expiry: row.Expiry.UnixMilli()}
		}
	}
	return stamps, nil
}

// Usage is nothing: nothing is kept.
func (e *cookieEngine) Usage(context.Context) (Usage, error) { return Usage{}, nil }

// Ping never fails: there is nothing to reach.
func (e *cookieEngine) Ping(context.Context) error { return nil }

// Close has nothing to release.
func (e *cookieEngine) Close() error { return nil }
