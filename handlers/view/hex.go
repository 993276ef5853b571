package view

import (
	"fmt"
	"html/template"
)

// hexDump writes the first bytes, at most that many, in lines of eight, as hex and as text, and says how many it left
// out. It is Go and not a template because a row has dozens of lines.
func hexDump(data []byte, most int) (lines template.HTML, more int) {
	const width = 8
	shown := data[:min(most, len(data))]
	var m markup
	m.b.Grow(len(shown) * 8)
	for i := 0; i < len(shown); i += width {
		line := shown[i:min(i+width, len(shown))]
		m.element("i", fmt.Sprintf("%04x", i))
		m.text(fmt.Sprintf("  %- 23x  ", line))
		m.element("b", printable(line))
		m.text("\n")
	}
	return m.html(), len(data) - len(shown)
}

// printable is b as text, with a dot for each byte that is not printable ASCII.
func printable(b []byte) string {
	text := make([]rune, len(b))
	for i, c := range b {
		text[i] = '·'
		if c >= 0x20 && c <= 0x7e {
			text[i] = rune(c)
		}
	}
	return string(text)
}
