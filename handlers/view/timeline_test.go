package view

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionlab/handlers/xray"
)

// moment is an exchange for a time line: so many seconds after its start, with what it left.
type moment struct {
	at    float64
	path  string
	saved float64 // until then; 0 for a read
	found float64 // a session that was to end then; 0 for none
}

var lineStart = time.Date(2026, 11, 29, 12, 31, 2, 0, time.Local)

func onLine(seconds float64) time.Time {
	return lineStart.Add(time.Duration(seconds * float64(time.Second)))
}

// timeline is the one of those moments, looked at so many seconds after the start; 0 for one that does not
// reach to now.
func timeline(t *testing.T, now, ended float64, moments ...moment) *Timeline {
	t.Helper()
	var list []*xray.Exchange
	for _, m := range moments {
		x := &xray.Exchange{At: onLine(m.at), Method: http.MethodGet, Path: m.path, Card: "c", Token: "token"}
		encode := func(end float64) []byte {
			b, err := xray.Codec.Encode(onLine(end), map[string]any{})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if m.found != 0 {
			x.Known, x.Found = true, encode(m.found)
		}
		if m.saved != 0 {
			x.Method, x.Deadline, x.Committed = http.MethodPost, onLine(m.saved), encode(m.saved)
		}
		if m.found == 0 && m.saved == 0 {
			x.Token = ""
		}
		list = append([]*xray.Exchange{x}, list...)
	}
	g := Given{Now: onLine(now), Call: func(path string, _ map[string]any) string { return path }}
	var end time.Time
	if ended != 0 {
		end = onLine(ended)
	}
	return g.Timeline(list, &xray.Memo{Codec: xray.Codec}, end, now != 0)
}

var (
	lineParts = regexp.MustCompile(`<(?:rect|circle|line) class="(life|gone|save|read|miss|end|old-end|now)" ` +
		`(?:x|cx|x1)="([\d.]+)%"(?: x2="[\d.]+%")?(?: y="1.5rem" width="([\d.]+)%")?`)
	tickTexts = regexp.MustCompile(`y="4.75rem" text-anchor="\w+">([^<]*)</text>`)
	captions  = regexp.MustCompile(`y="0.75rem" text-anchor="\w+">([^<]*)</text>`)
)

// drawn is what stands on a line, in order: each with its place, a bar also with its width.
func drawn(html string) (parts []string) {
	for _, m := range lineParts.FindAllStringSubmatch(html, -1) {
		part := m[1] + " " + m[2]
		if m[3] != "" {
			part += "+" + m[3]
		}
		parts = append(parts, part)
	}
	return parts
}

func texts(pattern *regexp.Regexp, html string) (list []string) {
	for _, m := range pattern.FindAllStringSubmatch(html, -1) {
		list = append(list, m[1])
	}
	return list
}

const year = 365 * 24 * 3600

// lines are what stands on a time line, after what happened.
var lines = []struct {
	name       string
	now, ended float64
	moments    []moment
	parts      []string
	ticks      string
	captions   string
	story      string
}{
	{"reads before the end", 7, 0,
		[]moment{{at: 0, path: "set_expiry(10)", saved: 10}, {at: 3, found: 10}, {at: 6, found: 10}},
		[]string{"life 1.50+80.83", "end 82.33", "read 25.75", "read 50.00", "save 1.50", "now 58.08"},
		"0 s,2 s,4 s,6 s,8 s,10 s,12 s", "end 12:31:12,set_expiry(10)",
		"Saved at 0 s by set_expiry(10). Read at 3 s and 6 s. The end is at 10 s, 12:31:12."},
	{"a read after it", 0, 10,
		[]moment{{at: 0, path: "set_expiry(10)", saved: 10}, {at: 3, found: 10}, {at: 11}},
		[]string{"life 1.50+80.83", "end 82.33", "read 25.75", "miss 90.42", "save 1.50"},
		"0 s,2 s,4 s,6 s,8 s,10 s,12 s", "end 12:31:12,set_expiry(10)",
		"Read at 3 s. The end is at 10 s, 12:31:12. Read at 11 s: nothing was found."},
	{"a save that moves the end", 0, 0,
		[]moment{{at: 0, path: "set_expiry(10)", saved: 10}, {at: 8, path: "Set", saved: 18, found: 10}},
		[]string{"gone 1.50+48.50", "life 40.30+48.50", "old-end 50.00", "end 88.80", "save 1.50",
			"save 40.30"},
		"0 s,5 s,10 s,15 s,20 s", "end 12:31:20,set_expiry(10),Set",
		"Saved at 0 s by set_expiry(10) and 8 s by Set. The end moved from 10 s to 18 s. The end is at 18 s"},
	{"a fixed moment, which no save moves", 30, 0,
		[]moment{{at: 0, path: "set_expiry(datetime)", saved: 90}, {at: 20, path: "Set", saved: 90, found: 90}},
		[]string{"life 1.50+87.30", "end 88.80", "save 1.50", "save 20.90", "now 30.60"},
		"0 s,20 s,40 s,60 s,80 s,100 s", "end 12:32:32,set_expiry(datetime)", "The end is at 90 s"},
	{"a year", 3600, 0, []moment{{at: 0, path: "set_expiry(31536000)", saved: year}},
		[]string{"life 1.50+88.51", "end 90.01", "save 1.50", "now 1.51"},
		"0 d,100 d,200 d,300 d,400 d", "end 29 Nov 2027, 12:31,set_expiry(31536000)",
		"The end is at 365 days, 29 Nov 2027, 12:31."},
	{"a read long after stands at the end of the line", 0, 10,
		[]moment{{at: 0, path: "set_expiry(10)", saved: 10}, {at: 86400}},
		[]string{"life 1.50+27.71", "end 29.21", "miss 98.50", "save 1.50"},
		"0 s,5 s,10 s,15 s,20 s,25 s,30 s,35 s", "end 12:31:12,set_expiry(10)",
		"Read at 24 h: nothing was found."},
	{"reads whose save is not kept any more", 0, 0, []moment{{at: 3, found: 10}, {at: 5, found: 10}},
		[]string{"life 1.50+84.88", "end 86.38", "read 1.50", "read 25.75"}, "0 s,2 s,4 s,6 s,8 s", "end 12:31:12",
		"Read at 0 s and 2 s. The end is at 7 s"},
	{"a read of which nothing is kept but the end", 0, 10, []moment{{at: 12}},
		[]string{"end 1.50", "miss 66.17"}, "0 s,1 s,2 s,3 s", "end 12:31:12",
		"The end is at 0 s, 12:31:12. Read at 2 s: nothing was found."},
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	for _, tt := range lines {
		t.Run(tt.name, func(t *testing.T) {
			line := timeline(t, tt.now, tt.ended, tt.moments...)
			html := string(line.HTML())
			if got := drawn(html); !slices.Equal(got, tt.parts) {
				t.Errorf("drawn %q, want %q", got, tt.parts)
			}
			if got := strings.Join(texts(tickTexts, html), ","); got != tt.ticks {
				t.Errorf("ticks %q, want %q", got, tt.ticks)
			}
			if got := strings.Join(texts(captions, html), ","); got != tt.captions {
				t.Errorf("captions %q, want %q", got, tt.captions)
			}
			if !strings.Contains(line.Story(), tt.story) {
				t.Errorf("story %q, want %q in it", line.Story(), tt.story)
			}
		})
	}
}

// Whatever is read and saved, and for however long: a line has as many parts as can be told apart, all of
// them on it.
func TestTimeline_IsBounded(t *testing.T) {
	t.Parallel()
	for _, life := range []float64{1, 7, 59, 400, 7200, 40 * 3600, 100 * 86400, 365 * 86400} {
		moments := []moment{{at: 0, path: "first", saved: life}}
		for i := range 200 {
			at := life * float64(i) / 400
			moments = append(moments, moment{at: at, path: "later", saved: at + life, found: life}, moment{at: at,
				found: at + life})
		}
		html := string(timeline(t, life/2, 0, moments...).HTML())
		parts := drawn(html)
		if len(parts) > 30 || len(html) > 8<<10 {
			t.Errorf("%v s: %d parts, %d bytes", life, len(parts), len(html))
		}
		if n := len(texts(tickTexts, html)); n < 2 || n > 9 {
			t.Errorf("%v s: %d ticks", life, n)
		}
		if !slices.Contains(parts, "save 1.50") || !strings.Contains(html, "are left out") {
			t.Errorf("%v s: the line does not begin with the first save, or hides that some are left out", life)
		}
		for _, part := range parts {
			var at, length float64
			name, place, _ := strings.Cut(part, " ")
			fmt.Sscanf(strings.Replace(place, "+", " ", 1), "%f %f", &at, &length)
			if at < axisLeft || at+length > axisLeft+axisWidth+0.01 {
				t.Errorf("%v s: %s at %v+%v is beside the line", life, name, at, length)
			}
		}
	}
}

// Only what happened is on it: pages that were looked at and what was refused are not.
func TestTimeline_LeavesOutPages(t *testing.T) {
	t.Parallel()
	page := &xray.Exchange{At: onLine(1), Method: http.MethodGet, Known: true}
	refused := &xray.Exchange{At: onLine(2), Method: http.MethodPost, Card: "c", Refused: "Wrong type"}
	g := Given{Now: onLine(3)}
	if html := g.Timeline([]*xray.Exchange{refused, page}, &xray.Memo{Codec: xray.Codec}, time.Time{},
		true).HTML(); html != "" {
		t.Errorf("drawn: %s", html)
	}
}

func TestTimeline_EscapesWhatWasCalled(t *testing.T) {
	t.Parallel()
	html := string(timeline(t, 0, 0, moment{at: 0, path: `/"><script>`, saved: 10}).HTML())
	if strings.Contains(html, "<script") || !strings.Contains(html, "&lt;script&gt;") {
		t.Errorf("not escaped: %s", html)
	}
}
