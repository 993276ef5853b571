package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Record is something small that is kept beside a session, so that every copy of the program finds it. What
// it says is the caller's affair. An ID is for one record: it is not used again.
type Record struct {
	ID    string    // unguessable, chosen by the caller
	Token string    // of the session that it belongs to; "" for none: then it belongs to whoever knows ID
	Data  []byte    // at most [MaxSessionRecord] of a session, and [MaxRecord] of none
	Until time.Time // when it is forgotten at the latest
}

// Archive is an engine whose store keeps records for all programs that share it. Records are a comfort and no
// promise: a store forgets them early when there are too many, and a server that crashes may lose them all. A
// record of a session ends with it, whoever ends it, and moves with it in a Cycle. Forget of [Served] removes
// the records of its tokens, and DeleteExpired what has ended. What is kept changes the Version too, but no
// Stamp.
//
// Keep, Records, RecordData and Note are one round trip each. The errors are those of the sessions: ErrBusy,
// ErrUnavailable, and ErrFull from what writes.
type Archive interface {
	Engine

	// Keep keeps r by itself. One of a session that does not exist (any more) is not kept, without an error.
	// Errors besides: ErrTooLarge.
	Keep(ctx context.Context, r Record) error

	// Records returns the IDs of the records of the session of token, the latest first: at most
	// [SessionRecords]. Those of no session are not listed, nor those of one that has expired.
	Records(ctx context.Context, token string) ([]string, error)

	// RecordData returns the data of those of ids that are kept and belong to the session of token, or to no
	// session where token is "".
	RecordData(ctx context.Context, token string, ids []string) (map[string][]byte, error)

	// Note returns what [Archive.SetNote] keeps under key, and whether there is anything.
	Note(ctx context.Context, key string) ([]byte, bool, error)

	// SetNote keeps a small value of no session under key until the time given, in place of what was there.
	// When there are too many notes, those go that would end first. Errors besides: ErrTooLarge.
	SetNote(ctx context.Context, key string, data []byte, until time.Time) error

	// DropNote forgets the note under key, if there is one.
	DropNote(ctx context.Context, key string) error
}

// What an [Archive] keeps at most.
const (
	// MaxRecord is how many bytes of data a note has at most, and a record of no session; MaxSessionRecord
	// is that of a record of a session, which may hold what a large session was before and after.
	MaxRecord        = 32 << 10
	MaxSessionRecord = 1 << 20
	// largeRecords is how many records over MaxRecord PostgreSQL keeps. Redis counts the bytes of all.
	largeRecords = 32
	// SessionRecords is how many records a session has; the oldest go.
	SessionRecords = 20
	// looseRecords is how many records of no session there are, and looseLife how long each is kept at most.
	looseRecords = 500
	looseLife    = 10 * time.Minute
	// allRecords is how many there are in all, and allRecordBytes how much data: Redis has it in memory.
	allRecords     = 5_000
	allRecordBytes = 32 << 20
	// allNotes is how many notes there are.
	allNotes = 2_000
)

type recordKey struct{}

// order is a record that the next change of a session is to keep. It is carried out once.
type order struct {
	make func(said []Statement) Record
	done atomic.Bool
}

// WithRecord returns a context whose next commit or cycle keeps a record in the same round trip, and only if
// the session was saved. Its Token is that of the saved session, whatever make says. make gets the statements
// of the change as they go out: without durations and rows, which nobody knows yet, and without the one that
// keeps the record. Nothing is kept when the record has no ID or is larger than [MaxSessionRecord], nor by an
// engine that is no [Archive]. The change succeeds or fails as it does without a record.
func WithRecord(ctx context.Context, make func(said []Statement) Record) context.Context {
	return context.WithValue(ctx, recordKey{}, &order{make: make})
}

// orderOf returns the order of ctx that has not been carried out, or nil. Nobody else gets it again.
func orderOf(ctx context.Context) *order {
	o, _ := ctx.Value(recordKey{}).(*order)
	if o == nil || o.done.Swap(true) {
		return nil
	}
	return o
}

// record makes the record of a change of the session of token that says said, and tells whether it is to be
// kept.
func (o *order) record(token string, said ...Statement) (Record, bool) {
	r := o.make(said)
	r.Token = token
	return r, r.ID != "" && len(r.Data) <= MaxSessionRecord
}

// checkSize returns ErrTooLarge if r is larger than it may be.
func (r Record) checkSize() error {
	if r.Token != "" && len(r.Data) <= MaxSessionRecord {
		return nil
	}
	return checkNote(r.Data)
}

// checkNote returns ErrTooLarge if data is larger than a note may be.
func checkNote(data []byte) error {
	if len(data) > MaxRecord {
		return fmt.Errorf("%w: %d bytes beside a session are more than %d", ErrTooLarge, len(data), MaxRecord)
	}
	return nil
}

// end returns until when r may be kept.
func (r Record) end() time.Time {
	latest := time.Now().Add(looseLife)
	if r.Token == "" && r.Until.After(latest) {
		return latest
	}
	return r.Until
}
