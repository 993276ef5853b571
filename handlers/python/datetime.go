package python

import (
	"errors"
	"math/big"
	"time"
)

var errUnmade = errors.New("not made yet")

type Datetime struct {
	Time  time.Time
	Aware bool
}
type Timedelta struct{ micros *big.Int }

func newTimedelta(z *big.Int) (Value, error) { return &Timedelta{z}, nil }

func (m *machine) times(op string, a, b Value) (Value, bool, error) { return nil, false, nil }
