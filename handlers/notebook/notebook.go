// Package notebook keeps what a person at a browser does across sessions. The session that is studied cannot:
// the experiments flush, cycle and replace it, and whoever observes it must not write into it.
//
// A notebook is found by a random ID, which the browser holds in a cookie of its own, and is forgotten when
// it was not written for a while. It is kept in a [Store]: [Memory], or an engine that several copies of the
// lab share. There it lies under [Key] of its ID: whoever reads the store does not hold the cookie.
package notebook

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// version is that of the form in which a notebook is encoded. Who changes the meaning of a field, or takes
// one away, raises it.
const version = 1

// Notebook is what is kept for one browser.
type Notebook struct {
	Session Session   // the one that the browser held last
	Clock   *Clock    `json:",omitempty"` // the session of the lesson on SCS's two times; nil for none
	Until   time.Time // when the notebook is forgotten, unless it is written again
}

// Session is a session that a browser held. Its zero value is none.
type Session struct {
	ID      string    // masked where it is the session itself
	Ends    time.Time // its own end: when it expires, or expired
	AtClose bool      // its cookie had no Max-Age
	Told    bool      // the lab has told the browser to drop the cookie, after that end
}

// Clock is a session that a lesson begins, and goes on with at the next press: its row, and what the lesson
// draws of it. It is no visitor's, and no request can bring its ID.
type Clock struct {
	ID     string
	Data   []byte
	Ends   time.Time // of the row
	Began  time.Time
	Stairs json.RawMessage
}

// Store is where notebooks are kept, as bytes under a key. It may be used concurrently.
type Store interface {
	// Note returns what is kept under key; false for nothing, and for what was kept until a moment that has
	// passed.
	Note(ctx context.Context, key string) (data []byte, found bool, err error)
	// SetNote keeps data under key until then, in place of what was there.
	SetNote(ctx context.Context, key string, data []byte, until time.Time) error
	// DropNote removes what is kept under key. It is no error when there is nothing.
	DropNote(ctx context.Context, key string) error
}

// Limits are the bounds of notebooks.
type Limits struct {
	Count int           // in a [Memory]
	Bytes int           // of all in a [Memory], keys included
	Each  int           // bytes of one
	Sheet int           // bytes of a sheet
	Idle  time.Duration // after which one is forgotten that is not written
}

// ErrTooLarge means that a notebook would be larger than its limit. What was kept before is there still.
var ErrTooLarge = errors.New("the notebook would be too large")

// Notebooks are all notebooks of a lab. They may be used concurrently; of two changes to one notebook at the
// same time the later counts.
type Notebooks struct {
	store  Store
	limits Limits
	now    func() time.Time
}

// New returns the notebooks in store, within limits, by the clock now.
func New(store Store, limits Limits, now func() time.Time) *Notebooks {
	return &Notebooks{store: store, limits: limits, now: now}
}

// Read returns the notebook of id. It is false for an id that names none, whatever it looks like, and for
// what another version of this program wrote.
func (b *Notebooks) Read(ctx context.Context, id string) (Notebook, bool, error) {
	if !wellFormed(id) {
		return Notebook{}, false, nil
	}
	data, found, err := b.store.Note(ctx, Key(id))
	if err != nil || !found {
		return Notebook{}, false, err
	}
	n, ok := decode(data)
	return n, ok, nil
}

// Begin keeps n as a new notebook, and returns its ID.
func (b *Notebooks) Begin(ctx context.Context, n Notebook) (id string, err error) {
	random := make([]byte, idBytes)
	_, _ = rand.Read(random) // never fails
	id = base64.RawURLEncoding.EncodeToString(random)
	return id, b.write(ctx, id, n)
}

// Update has change alter the notebook of id, if there is one. It is written when something in it is other
// than before, and when it would soon be forgotten though its browser is at work.
func (b *Notebooks) Update(ctx context.Context, id string, change func(*Notebook)) error {
	n, ok, err := b.Read(ctx, id)
	if err != nil || !ok {
		return err
	}
	before, err := encode(n)
	if err != nil {
		return err
	}
	change(&n)
	after, err := encode(n)
	if err != nil || bytes.Equal(before, after) && n.Until.Sub(b.now()) > b.limits.Idle/2 {
		return err
	}
	return b.write(ctx, id, n)
}

// Sheet is what [Notebooks.KeepSheet] keeps beside the notebook of id; nil for nothing. It lies apart, since
// it is larger, and few requests want it.
func (b *Notebooks) Sheet(ctx context.Context, id string) ([]byte, error) {
	if !wellFormed(id) {
		return nil, nil
	}
	data, _, err := b.store.Note(ctx, sheetKey(id))
	return data, err
}

// KeepSheet keeps data beside the notebook of id, which has to be there, in place of what was there, and both
// for a while. It returns [ErrTooLarge] for data over the limit.
func (b *Notebooks) KeepSheet(ctx context.Context, id string, data []byte) error {
	if len(data) > b.limits.Sheet {
		return ErrTooLarge
	}
	if err := b.Update(ctx, id, func(*Notebook) {}); err != nil {
		return err
	}
	return b.store.SetNote(ctx, sheetKey(id), data, b.now().UTC().Add(b.limits.Idle))
}

func sheetKey(id string) string { return "sheet-" + Key(id) }

// Forget drops the notebook of id, if there is one, and its sheet.
func (b *Notebooks) Forget(ctx context.Context, id string) error {
	if !wellFormed(id) {
		return nil
	}
	if err := b.store.DropNote(ctx, Key(id)); err != nil {
		return err
	}
	return b.store.DropNote(ctx, sheetKey(id))
}

func (b *Notebooks) write(ctx context.Context, id string, n Notebook) error {
	n.Until = b.now().UTC().Add(b.limits.Idle)
	data, err := encode(n)
	if err != nil {
		return err
	}
	if len(data) > b.limits.Each {
		return ErrTooLarge
	}
	return b.store.SetNote(ctx, Key(id), data, n.Until)
}

// idBytes are 128 bits.
const idBytes = 16

// wellFormed reports whether Begin can have made id.
func wellFormed(id string) bool {
	b, err := base64.RawURLEncoding.DecodeString(id)
	return err == nil && len(b) == idBytes && base64.RawURLEncoding.EncodeToString(b) == id
}

// Key is what the notebook of id is kept under: a hash, from which nobody gets back to the ID.
func Key(id string) string {
	sum := sha256.Sum256([]byte(id))
	return "notebook:" + hex.EncodeToString(sum[:])
}

// versioned is a notebook with the version of its form.
type versioned struct {
	Version int
	Notebook
}

func encode(n Notebook) ([]byte, error) {
	data, err := json.Marshal(versioned{version, n})
	if err != nil {
		return nil, fmt.Errorf("encode the notebook: %w", err)
	}
	return data, nil
}

func decode(data []byte) (Notebook, bool) {
	var v versioned
	if err := json.Unmarshal(data, &v); err != nil || v.Version != version {
		return Notebook{}, false
	}
	return v.Notebook, true
}
