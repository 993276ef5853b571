package view

import (
	"fmt"
	"html/template"
)

// dumped is how many bytes of a row are written: beside a lesson the beginning will do.
func dumped(whole bool) int {
	if whole {
		return 512
	}
	return 96
}

// hexDump writes the first bytes, at most that many, in lines of eight, as hex and as text, and says how many
// it left out. It is Go and not a template because a row has dozens of lines.
func hexDump(data []byte, most int) (lines template.HTML, more int) {
	const width = 8
	shown := data[:min(most, len(data))]
	var m markup
	m.b.Grow(len(shown) * 9)
	for i := 0; i < len(shown); i += width {
		bytes := shown[i:min(i+width, len(shown))]
		line := fmt.Sprintf("%04x  %- 23x  %s", i, bytes, printable(bytes))
		m.element("i", line[:4])
		m.text(line[4:31])
		m.element("b", line[31:])
		m.text("\n")
	}
	return m.html(), len(data) - len(shown)
}

// printable is b as text, with a dot for each byte that is not printable ASCII.
func printable(b []byte) []byte {
	text := make([]byte, 0, 2*len(b))
	for _, c := range b {
		if c >= 0x20 && c <= 0x7e {
			text = append(text, c)
		} else {
			text = append(text, "·"...)
		}
	}
	return text
}
