package view

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"sessionlab/handlers/xray"
)

// A token has one colour and one pattern of bars wherever it appears, so that the eye can follow
// it from the cookie to the row. Both are read off the token's bytes. A session that is its own cookie
// begins with the date of its signing, which hardly changes, and ends with its signature, which always
// does: of it the last bytes count.

// Hue is the number of a token's colour, 0 to 4, or "none" without a token.
func Hue(token string) string {
	if token == "" {
		return "none"
	}
	return strconv.Itoa(int(tokenBytes(token)[0] % 5))
}

// Alike reports whether two tokens have hues that are equal or easily taken for each other:
// cyan and magenta, blue and violet look alike to people with a weak green.
func Alike(a, b string) bool {
	if b == "" {
		return false
	}
	group := [...]int{0, 1, 1, 0, 2}
	return group[tokenBytes(a)[0]%5] == group[tokenBytes(b)[0]%5]
}

// tokenBytes are the bytes that a token encodes, at least seven of them. A string that is not
// base64url, which no server issued, stands for itself. A masked token gives the three bytes that
// can still be read, so that it keeps its colour; a session in its own cookie is always masked first.
func tokenBytes(token string) []byte {
	if len(token) > xray.LongestToken {
		token = xray.Mask(token)
	}
	whole, end, _ := strings.Cut(token, "…")
	b, err := base64.RawURLEncoding.DecodeString(whole)
	switch {
	case whole == "":
		b = []byte(end)
	case err != nil:
		b = []byte(token)
	}
	for len(b) < 7 {
		b = append(b, 0)
	}
	return b
}

// Bars draws a token's fingerprint as an SVG path: six bars, one for each of the bytes 1 to 6.
// Without a token they are flat.
func Bars(token string) string {
	var path strings.Builder
	b := tokenBytes(token)
	for i, heights := range barPaths {
		height := b[i+1] % 6
		if token == "" {
			height = 0
		}
		path.WriteString(heights[height])
	}
	return path.String()
}

// barPaths are the six bars in their six heights. A page draws dozens of them.
var barPaths = func() (paths [6][6]string) {
	for i, x := range [...]string{"1.5", "4.9", "8.3", "11.7", "15.1", "18.5"} {
		for height := range paths[i] {
			half := 1 + height
			paths[i][height] = fmt.Sprintf("M%s %dv%d", x, 6-half, 2*half)
		}
	}
	return paths
}()

// Styles of the chip that [Token] writes.
const (
	plain  = ""     // a label
	flat   = "flat" // inside running text
	button = "button"
	whole  = "flat whole" // not shortened
)

// Token writes a token as a chip: colour, bars and short text together. style is a class of the style sheet:
// "" for a label, flat inside running text, gone for a session that is no more,
// flat whole for all of it; or button, for a chip that
// shows the whole token when it is pressed.
func Token(token, style string) template.HTML {
	var m markup
	m.b.Grow(350)
	switch {
	case token == "":
		m.element("span", "none", "class", "tok", "data-tok", "none")
		return m.html()
	case style == button:
		m.open("button", "type", "button", "class", "tok", "data-tok", Hue(token), "data-token", token,
			"aria-expanded", "false", "title", "Show the whole session ID")
	case style == plain:
		m.open("span", "class", "tok", "data-tok", Hue(token))
	default:
		m.open("span", "class", "tok "+style, "data-tok", Hue(token))
	}
	m.open("svg", "class", "fp", "viewBox", "0 0 20 12", "aria-hidden", "true")
	m.empty("path", "d", Bars(token))
	m.close("svg")
	if style == whole {
		m.element("span", token)
	} else {
		m.element("span", shorten(token))
	}
	if style == button {
		m.close("button")
	} else {
		m.close("span")
	}
	return m.html()
}

// shorten is how a token is written where its owner may see it whole elsewhere. A value that is
// not a token of this server is cut after eight characters.
func shorten(token string) string {
	if strings.Contains(token, "…") {
		return token
	}
	if r := []rune(token); len(r) < 32 {
		return string(r[:min(8, len(r))]) + "…"
	}
	return xray.Mask(token)
}
