package handlers

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// idKind is one way to make ids.
type idKind struct {
	Name     string
	Possible float64 // how many different ids there are
}

// idKinds are two kinds that are too small and the two that are in use.
var idKinds = []idKind{
	{"A code of 6 digits", math.Pow(10, 6)},
	{"8 hexadecimal digits", math.Pow(16, 8)},
	djangoKind,
	{"SCS: 32 random bytes", math.Pow(256, 32)},
}

// djangoKind is the one that the page asks about.
var djangoKind = idKind{"Django: 32 characters of a to z, 0 to 9", math.Pow(26+10, 32)}

// Bits is the entropy of an id: the number of coin tosses that are as hard to guess.
func (k idKind) Bits() string { return fmt.Sprintf("%.0f", math.Log2(k.Possible)) }

// Count is the number of possible ids.
func (k idKind) Count() string { return power(k.Possible) }

// guessTime is how long it takes, on average, until a guess hits one of the live
// sessions. Somebody who tries every id once needs (possible+1)/(live+1) guesses on
// average.
func guessTime(possible, perSecond, live float64) string {
	const minute, day, year = 60, 86400, 31557600
	seconds := (possible + 1) / (live + 1) / perSecond
	switch {
	case seconds < 1:
		return "less than a second"
	case seconds < 2*minute:
		return fmt.Sprintf("%.0f seconds", seconds)
	case seconds < 2*60*minute:
		return fmt.Sprintf("%.0f minutes", seconds/minute)
	case seconds < 2*day:
		return fmt.Sprintf("%.0f hours", seconds/3600)
	case seconds < 2*year:
		return fmt.Sprintf("%.0f days", seconds/day)
	}
	return power(seconds/year) + " years"
}

// power writes a large number as a power of ten, and a smaller one as it is.
func power(x float64) string {
	digits, exponent, large := strings.Cut(fmt.Sprintf("%.1e", x), "e+")
	if !large || x < 1e6 {
		return fmt.Sprintf("%.0f", x)
	}
	return digits + " × 10^" + strings.TrimPrefix(exponent, "0")
}

// securityPageData is the data of security.html.
type securityPageData struct {
	*page
	Rate, Live int64 // guesses a second, and sessions that a guess can hit
	Kinds      []guessedKind
}

type guessedKind struct {
	idKind
	Time string
}

// securityPage computes how long ids resist guessing. With ?rate= and ?live= it computes with these, and
// the time for Django's id is the result.
func (l *Lab) securityPage(ctx context.Context, p *page) (any, error) {
	d := securityPageData{page: p, Rate: 1000, Live: 1}
	run := p.Query.Has("rate")
	if run {
		var err error
		d.Rate, err = strconv.ParseInt(p.Query.Get("rate"), 10, 64)
		if err != nil || d.Rate < 1 || d.Rate > 1e12 {
			return nil, badInput("No such rate", "The field `rate` is a whole number of guesses a second, "+
				"from 1 to 10^12.")
		}
		d.Live, err = strconv.ParseInt(p.Query.Get("live"), 10, 64)
		if err != nil || d.Live < 1 || d.Live > 1e9 {
			return nil, badInput("No such number", "The field `live` is a whole number of sessions, from 1 "+
				"to 10^9.")
		}
	}
	rate, live := float64(d.Rate), float64(d.Live)
	for _, kind := range idKinds {
		d.Kinds = append(d.Kinds, guessedKind{kind, guessTime(kind.Possible, rate, live)})
	}
	if run {
		returns(ctx, guessTime(djangoKind.Possible, rate, live))
	}
	return d, nil
}

var securityLesson = &Lesson{
	Group: "Before you go", Name: "security", Short: "Security",
	Title: "What the ID is worth", Call: "theft, fixation",
	Django: `SESSION_COOKIE_SECURE = True     # over TLS only
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = 'Lax'

request.session.cycle_key()      # at login; login() does it`,
	View:  "request.session.cycle_key()",
	Funcs: []string{"newToken", "crossOrigin", "guessTime"},
	Curl:  []string{"-X POST BASE/cycle-key"},

	Cards: []Card{{
		ID: "guess", Paths: []string{"/security"},
		Ask: "Somebody tries a thousand IDs of Django's kind each second. How long until one opens your " +
			"session?",
		Options: []Option{
			{"days", "Some days, with luck"},
			{"never", "It cannot happen: the server would notice"},
			{"universe", "Longer than the universe is old"},
			{"years", "Some hundred years"},
		},
		Observe: func(r Run) string {
			if r.Path != "/security" || r.Returned == nil {
				return ""
			}
			_, exponent, large := strings.Cut(strings.TrimSuffix(*r.Returned, " years"), "× 10^")
			switch n, err := strconv.Atoi(exponent); {
			case large && err == nil && n > 10: // the universe is 1.4 × 10^10 years old
				return "universe"
			case strings.HasSuffix(*r.Returned, "years"):
				return "years"
			}
			return "days"
		},
		Because: "Neither Django nor SCS counts wrong IDs. The number of possible IDs is the whole " +
			"defence, and it is enough. So IDs are not guessed: they are stolen, planted, or used behind " +
			"your back.",
		Onward: "How that is done stands below.",
	}},
}
