package engine

import (
	"os"
	"testing"
	"time"

	"sessionlab/handlers/engine/enginetest"
)

func TestSQLite_DeleteExpired(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	db := stranger(t, e.path)
	mustExec(t, db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
INSERT INTO sessions SELECT 'old' || i, 'data', julianday('now', '-2 hours') FROM n`, 2*sweepBatch+1)
	mustExec(t, db, "INSERT INTO revoked VALUES ('forgettable', julianday('now', '-1 second'))")
	mustCommit(t, e, "recent", "data", aMinuteAgo())
	mustCommit(t, e, "live", "data", inAnHour())
	for _, tt := range []struct {
		before  time.Time
		removed int
		left    int
		revoked int
	}{
		{time.Now().Add(-time.Hour), 2*sweepBatch + 1, 2, 0}, // long expired: nobody remembers them
		{time.Now(), 1, 1, 1},
		{time.Now(), 0, 1, 1},
	} {
		var log Log
		removed, err := e.DeleteExpired(WithLog(t.Context(), &log), tt.before)
		if err != nil || removed != tt.removed {
			t.Errorf("removed %d, %v; want %d", removed, err, tt.removed)
		}
		for _, s := range log.Statements {
			if s.Rows > 1000 {
				t.Errorf("one statement removed %d rows while all writers waited", s.Rows)
			}
		}
		left, revoked := count(t, e, "sessions"), count(t, e, "revoked")
		if left != tt.left || revoked != tt.revoked {
			t.Errorf("left %d rows and %d revoked tokens, want %d and %d", left, revoked, tt.left, tt.revoked)
		}
	}
}

// A sweep leaves no long write-ahead log behind, which some visitor's commit would have to work off, and time
// in which others can write.
func TestSQLite_SweepIsConsiderate(t *testing.T) {
	t.Parallel()
	e := openTestSQLite(t, "")
	enginetest.FillSQLite(t, e.path, 20*sweepBatch, aMinuteAgo())
	mustExec(t, stranger(t, e.path), "PRAGMA wal_checkpoint(TRUNCATE)")
	mustExec(t, e.all[0].db, "PRAGMA wal_autocheckpoint = 0") // else the sweep's own commits would do it
	start := time.Now()
	if n, err := e.DeleteExpired(t.Context(), time.Now()); n != 20*sweepBatch || err != nil {
		t.Fatalf("removed %d, %v", n, err)
	}
	if took := time.Since(start); took < 20*sweepRest {
		t.Errorf("20 batches within %v: the sweep did not rest between them", took)
	}
	log, err := os.Stat(e.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	const most = 1000 * 4096 // from 1000 pages on, a commit has to work off the log
	if log.Size() > most {
		t.Errorf("the log has %d bytes, more than %d", log.Size(), most)
	}
}
