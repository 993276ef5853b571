package view

import (
	"html/template"
	"strconv"
	"strings"
)

// markup builds the HTML of what a page has by the dozen: html/template takes a microsecond for each small
// part. Names and attribute names are the program's own; all other text is escaped. Nothing else in this
// package makes a [template.HTML].
type markup struct{ b strings.Builder }

// open begins an element. attrs are names and values by turns.
func (m *markup) open(name string, attrs ...string) {
	m.tag(name, attrs)
	m.b.WriteByte('>')
}

// empty writes an element of SVG that has nothing in it.
func (m *markup) empty(name string, attrs ...string) {
	m.tag(name, attrs)
	m.b.WriteString("/>")
}

func (m *markup) tag(name string, attrs []string) {
	m.b.WriteByte('<')
	m.b.WriteString(name)
	for i := 0; i+1 < len(attrs); i += 2 {
		m.b.WriteByte(' ')
		m.b.WriteString(attrs[i])
		m.b.WriteString(`="`)
		m.text(attrs[i+1])
		m.b.WriteByte('"')
	}
}

// close ends the element of that name.
func (m *markup) close(name string) {
	m.b.WriteString("</")
	m.b.WriteString(name)
	m.b.WriteByte('>')
}

// text writes text, escaped.
func (m *markup) text(text string) { m.b.WriteString(template.HTMLEscapeString(text)) }

// element writes an element with text in it.
func (m *markup) element(name, text string, attrs ...string) {
	m.open(name, attrs...)
	m.text(text)
	m.close(name)
}

// some is element, or nothing where there is no text.
func (m *markup) some(name, text string, attrs ...string) {
	if text != "" {
		m.element(name, text, attrs...)
	}
}

// icon writes one of the symbols that stand at the beginning of each page.
func (m *markup) icon(symbol string) {
	m.open("svg", "class", "i", "viewBox", "0 0 16 16", "aria-hidden", "true")
	m.empty("use", "href", "#"+symbol)
	m.close("svg")
}

// put writes a part that was built before, as it is.
func (m *markup) put(part template.HTML) { m.b.WriteString(string(part)) }

// html is what was built.
func (m *markup) html() template.HTML { return template.HTML(m.b.String()) }

// percent is a place or a length in an SVG without a viewBox.
func percent(x float64) string { return strconv.FormatFloat(x, 'f', 2, 64) + "%" }
