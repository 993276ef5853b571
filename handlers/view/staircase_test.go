package view

import (
	"strings"
	"testing"
	"time"
)

func TestStaircase(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	got := string(Staircase([]Stair{
		{What: "Log <in>", End: 400 * ms, Found: true},
		{What: "Read", At: 700 * ms, End: 1001 * ms, Reads: true, Found: true},
		{What: "Read", At: 2250 * ms, Reads: true},
	}, strings.Repeat("A", 43), time.Second))
	for _, want := range []string{
		`<ol class="tl" data-tok="0"><li class="wr">`, "Log &lt;in&gt;", "ends at 400 ms",
		`<li class="rd"><span class="at">700 ms</span>`, "ends with the life",
		`<li class="no"><span class="at">2250 ms</span>`, "nothing found",
		`x1="44.44%" x2="44.44%"`, // the life, where the last request is the end of the picture
		`x="31.11%" width="13.38%"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if n := strings.Count(got, `class="run"`); n != 2 {
		t.Errorf("%d bars, want none where nothing was found", n)
	}
}
