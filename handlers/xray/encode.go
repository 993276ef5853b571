package xray

import (
	"encoding/json"
	"errors"
	"fmt"
)

// recordVersion is that of the form in which [Exchange.Encode] writes. Who changes the meaning of a field, or
// takes one away, raises it.
const recordVersion = 2

// versioned is an exchange with the version of its form.
type versioned struct {
	Version int
	*Exchange
}

// ErrVersion means that an exchange was encoded by another version of this program, which kept other things.
var ErrVersion = errors.New("an exchange of another version")

// Encode writes x as JSON. Text that is no UTF-8, which only a cookie that no server issued or an address
// that leads nowhere can have, is mended as encoding/json does. What is kept to be drawn faster is not
// written.
func (x *Exchange) Encode() ([]byte, error) {
	b, err := json.Marshal(versioned{recordVersion, x})
	if err != nil {
		return nil, fmt.Errorf("encode the exchange: %w", err)
	}
	return b, nil
}

// Decode reads what [Exchange.Encode] wrote. It returns [ErrVersion] for what another version wrote: who
// keeps exchanges for others skips that one.
func Decode(b []byte) (*Exchange, error) {
	r := versioned{Exchange: &Exchange{derived: &derived{}}}
	var form struct{ Version int }
	if err := json.Unmarshal(b, &form); err != nil {
		return nil, fmt.Errorf("decode the exchange: %w", err)
	}
	if form.Version != recordVersion {
		return nil, fmt.Errorf("%w: %d", ErrVersion, form.Version)
	}
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("decode the exchange: %w", err)
	}
	return r.Exchange, nil
}

// Detail is what an operation found out for its page: a value of the lesson's own type, encoded at once. So
// an exchange holds no more of it than its bytes, and can be kept by a program that does not know the type.
type Detail struct {
	Of   string // which lesson's it is
	Data json.RawMessage
	// Bare takes the place of Data where the exchange belongs to no session: it has no text that a visitor
	// stored or printed. Nil where Data has none either.
	Bare json.RawMessage `json:",omitempty"`
}

// SetDetail notes what the operation of that lesson found out. v is anything that encoding/json takes.
func (x *Exchange) SetDetail(of string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode what %s found out: %w", of, err)
	}
	x.Detail = &Detail{Of: of, Data: data}
	return nil
}

// SetPrivateDetail is SetDetail for one with texts that a visitor stored or printed. bare is v without them.
func (x *Exchange) SetPrivateDetail(of string, v, bare any) error {
	if err := x.SetDetail(of, v); err != nil {
		return err
	}
	data, err := json.Marshal(bare)
	if err != nil {
		return fmt.Errorf("encode what %s found out: %w", of, err)
	}
	x.Detail.Bare = data
	return nil
}

// Decode reads d into v, and reports whether it is that lesson's. d may be nil, which is nobody's.
func (d *Detail) Decode(of string, v any) bool {
	return d != nil && d.Of == of && json.Unmarshal(d.Data, v) == nil
}
