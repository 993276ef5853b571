package python

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestWhatIsNoViewIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	for _, row := range tableOf(t, "refused.txt", "says")["refused"] {
		_, err := Parse(row[0])
		u := &Unknown{}
		if !errors.As(err, &u) {
			t.Errorf("%s\nis taken", row[0])
			continue
		}
		got := strings.TrimSpace(fmt.Sprintf("%d:%d %s %s", u.Line, u.Column, u.Says, u.Instead))
		if got != row[1] {
			t.Errorf("%s\nis refused with %s\nwant %s", row[0], got, row[1])
		}
	}
}

func TestWhatIsTooMuchIsRefused(t *testing.T) {
	t.Parallel()
	blocks := ""
	for i := range MaxDepth + 1 {
		blocks += strings.Repeat(" ", i) + "if 1:\n"
	}
	for source, says := range map[string]string{
		"x = " + strings.Repeat("1 + ", MaxSource): "may have 4096",
		strings.Repeat("(", MaxDepth+1):            "no more than 50 brackets",
		blocks + strings.Repeat(" ", 60) + "pass":  "no more than 50 blocks",
		"x = '\xff'":      "not text in UTF-8",
		"x = '\x00'":      "cannot be seen, U+0000",
		"":                "nothing to run",
		"# only this\n\n": "nothing to run",
	} {
		if _, err := Parse(source); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q gave %v, want %s", source, err, says)
		}
	}
}

func TestAViewMayStandIndentedAndWithAnyLineEnds(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"    x = '''a\n    b'''\n    return x":                "a\n    b",
		"\tx = 1\r\n\tif x:\r\n\t\treturn 'crlf'":             "crlf",
		"x = 'a'\rreturn x":                                   "a",
		"  def view(r):\n    return 'inner'":                  "inner",
		"# first\n  \n  x = 2\n# outside\n  return x":         "2",
		"LIMIT = 2\n'''doc'''\ndef f(q):\n\n  return LIMIT\n": "2",
	} {
		if o := ran(t, newMemory(), source); o.Returned != want {
			t.Errorf("%q returned %q, raised %+v, want %q", source, o.Returned, o.Raised, want)
		}
	}
}

func TestAnExceptionInAnIndentedViewHasItsOwnLine(t *testing.T) {
	t.Parallel()
	const want = "Traceback (most recent call last):\n  File \"your view\", line 2, in view\n" +
		"    return 1 / 0\nZeroDivisionError: division by zero"
	if o := ran(t, newMemory(), "  x = 1\n  return 1 / 0"); o.Raised == nil || o.Raised.Traceback != want {
		t.Errorf("%+v", o.Raised)
	}
}
