package xray

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/alexedwards/scs/v2"

	"sessionlab/handlers/codec"
	"sessionlab/handlers/engine"
)

// Snapshot is what one token stands for at one moment: the row, and what its bytes decode to.
type Snapshot struct {
	Token  string
	Row    *engine.Row // nil when there is no live row
	Lying  *engine.Row // an expired row that nobody has swept yet; its data is left out
	Values map[string]any
	// Undecodable is why the row's bytes are no session; "" when they are one.
	Undecodable string
}

// Codec is how session data is kept: as SCS does. It does not forgive data that is damaged, since the
// x-ray wants to know.
var Codec = codec.Gob{}

// Memo decodes the same bytes only once. It is for one page: the state before, the state after and the row
// are often the same bytes, and decoding takes its time. Not for concurrent use; what it returns must not be
// changed.
type Memo struct {
	scs.Codec
	known []decoded
}

type decoded struct {
	bytes    []byte
	deadline time.Time
	values   map[string]any
	err      error
}

// Know tells the memo what b decodes to, when somebody has decoded it already.
func (m *Memo) Know(b []byte, values map[string]any) {
	m.known = append(m.known, decoded{bytes: b, values: values})
}

// Decode decodes b, or remembers what it decoded to. The deadline of bytes that it was told about is
// not known.
func (m *Memo) Decode(b []byte) (time.Time, map[string]any, error) {
	for _, d := range m.known {
		if bytes.Equal(d.bytes, b) {
			return d.deadline, d.values, d.err
		}
	}
	d := decoded{bytes: b}
	d.deadline, d.values, d.err = m.Codec.Decode(b)
	m.known = append(m.known, d)
	return d.deadline, d.values, d.err
}

// End is when a session of those bytes ends; zero where they are none.
func (m *Memo) End(b []byte) time.Time {
	end, _, err := m.Decode(b)
	if err == nil && end.IsZero() { // it was told what is in them, and not when they end
		end, _, _ = m.Codec.Decode(b)
	}
	return end
}

// Look reads the row under token straight from the engine, without loading a session: looking
// changes nothing. The content of an expired row is not part of the snapshot. A codec that waits for its turn
// says [engine.ErrBusy] when it waited in vain; that is an error here, and bytes that are no session are
// none.
func Look(
	ctx context.Context, eng engine.Engine, codec scs.Codec, token string, now time.Time,
) (Snapshot, error) {
	s := Snapshot{Token: token}
	if token == "" {
		return s, nil
	}
	row, ok, err := eng.Row(ctx, token)
	if err != nil {
		return s, fmt.Errorf("look at the row: %w", err)
	}
	if !ok {
		return s, nil
	}
	if !row.Expiry.After(now) {
		row.Data = nil
		s.Lying = &row
		return s, nil
	}
	s.Row = &row
	_, s.Values, err = codec.Decode(row.Data)
	if errors.Is(err, engine.ErrBusy) || errors.Is(err, context.Canceled) {
		return s, fmt.Errorf("decode the row: %w", err)
	}
	if err != nil {
		s.Undecodable = err.Error()
	}
	return s, nil
}

// Before decodes the state that x found. It is nil when there was no session then, and nil too for bytes
// that are no session.
func (x *Exchange) Before() map[string]any { return decode(Codec, x.Found) }

// After decodes the state that x left; see [Exchange.Before].
func (x *Exchange) After() map[string]any { return decode(Codec, x.left()) }

// Before is [Exchange.Before], and decodes only once.
func (m *Memo) Before(x *Exchange) map[string]any { return decode(m, x.Found) }

// After is [Exchange.After], and decodes only once.
func (m *Memo) After(x *Exchange) map[string]any { return decode(m, x.left()) }

// Unsaved decodes the state that x had in memory and did not save; nil where there was none.
func (m *Memo) Unsaved(x *Exchange) map[string]any { return decode(m, x.Unsaved) }

// left are the bytes of the state that x left.
func (x *Exchange) left() []byte {
	if x.Committed == nil && !x.Ended {
		return x.Found
	}
	return x.Committed
}

// Stamp is short and differs whenever the snapshot does: a page compares it with the one that its panel was
// made from.
func (s Snapshot) Stamp() string {
	sum := fnv.New64a()
	if s.Row != nil {
		fmt.Fprintf(sum, "%s %d ", s.Token, s.Row.Expiry.UnixMilli())
		sum.Write(s.Row.Data)
	} else if s.Lying != nil {
		fmt.Fprintf(sum, "expired %d", s.Lying.Expiry.UnixMilli())
	} else if s.Token != "" {
		sum.Write([]byte("a cookie that names nothing"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func decode(codec scs.Codec, b []byte) map[string]any {
	if b == nil {
		return nil
	}
	_, values, err := codec.Decode(b)
	if err != nil {
		return nil
	}
	return values
}
