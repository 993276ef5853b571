package engine

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// never is the latest time that memstore can hold.
var never = time.Unix(0, math.MaxInt64)

// live is what FindCtx returns of what Row returned: nothing of a row that has expired.
func live(row Row, ok bool, err error) ([]byte, bool, error) {
	if err != nil || !ok || !time.Now().Before(row.Expiry) {
		return nil, false, err
	}
	return row.Data, true, nil
}

// latest returns at most limit of rows, the latest expiry first. It sorts rows.
func latest(rows []Row, limit int) []Row {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(b.Expiry.Compare(a.Expiry), cmp.Compare(a.Token, b.Token))
	})
	return rows[:min(max(limit, 0), len(rows))]
}
