package engine

import (
	"strings"
	"testing"
)

// When all records take too much room, the session that has just had one keeps it, however much others do in
// the same second, and whatever its token is.
func testLatestStays(t *testing.T, a archive) {
	large := strings.Repeat("x", MaxSessionRecord)
	for i := range 2 * sessionRoom / MaxSessionRecord {
		token := string(rune('z'-i%26)) + newToken()[1:]
		id := a.commit(t, token, large, inAnHour())
		a.wantRecords(t, token, id)
	}
}
