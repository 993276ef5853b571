package python

import (
	"context"
	_ "embed"
	"strings"
	"testing"
	"time"
)

// values are expressions, or statements that set r, and what Python 3.11 wrote for each: the repr of its
// value, or the last line of its traceback.
//
//go:embed testdata/values.txt
var values string

func TestValuesAreThoseOfPython(t *testing.T) {
	t.Parallel()
	rows := strings.Split(strings.TrimSuffix(values, "\n"), "\n")
	if len(rows) < 850 {
		t.Fatalf("there are only %d rows", len(rows))
	}
	for _, row := range rows {
		source, want, _ := strings.Cut(row, "\t")
		if got := writtenBy(t, source); got != want {
			t.Errorf("%s\n\tgave   %s\n\twanted %s", source, got, want)
		}
	}
}

// writtenBy runs an expression, or statements that set r: more than once where the machine was busy.
func writtenBy(t *testing.T, source string) (written string) {
	t.Helper()
	returns := "return repr(" + source + ")"
	if strings.HasPrefix(source, "r=") {
		returns = source + "\nreturn repr(r)"
	}
	program, err := Parse("from datetime import datetime, timedelta\n" + returns)
	if err != nil {
		return err.Error()
	}
	m := program.machine(context.Background(), Request{Session: newMemory()}, atNoon)
	m.deadline = time.Now().Add(time.Hour) // what a busy machine takes is not asked for here
	outcome, err := m.run()
	switch {
	case err != nil:
		t.Fatal(err)
	case outcome.Raised != nil:
		return outcome.Raised.Says
	case outcome.Over != "":
		return outcome.Over
	}
	return outcome.Returned
}
