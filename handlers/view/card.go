package view

import "html/template"

// This file draws what a card has by the dozen: its needs and the options of its question.

// Choice is an option of a question.
type Choice struct {
	Value  string // as the form sends it
	Text   string // code in backticks
	Chosen bool   // it was predicted
	Came   bool   // it came true
}

// Choices are the options of a question, with what became of them once it is judged.
func Choices(choices []Choice, judged bool) template.HTML {
	var m markup
	m.b.Grow(200 * len(choices))
	for _, c := range choices {
		class := "opt"
		if c.Came {
			class = "opt happened"
		}
		m.open("label", "class", class)
		attrs := []string{"type", "radio", "name", "predict", "value", c.Value}
		if c.Chosen {
			attrs = append(attrs, "checked", "")
		}
		m.open("input", attrs...)
		m.open("span")
		m.put(Code(c.Text))
		m.close("span")
		m.some("small", c.became(judged))
		m.close("label")
		m.text("\n")
	}
	return m.html()
}

// became says in words what the option wears.
func (c Choice) became(judged bool) string {
	switch {
	case c.Chosen && c.Came:
		return "as you predicted"
	case c.Came:
		return "this happened"
	case c.Chosen && judged:
		return "your choice"
	}
	return ""
}

// Need is something that a card needs.
type Need struct {
	Met      bool
	What, Is string // what it is, and how it is now; code in backticks
	Form     *PrepareForm
}

// PrepareForm is the form of one button that makes a need met; nil where there is nothing to press.
type PrepareForm struct {
	To, Card, Guess string
	Fields          [][2]string // names and values
	Button          string
	Main            bool // its button is the next one to press
}

// Needs are the lines of what a card needs.
func Needs(needs []Need) template.HTML {
	var m markup
	for _, n := range needs {
		sign := "i-open"
		if n.Met {
			sign = "i-right"
		}
		m.open("div", "class", "need")
		m.icon(sign)
		m.open("span")
		m.put(Code(n.What))
		m.text(" ")
		m.open("span", "class", "is")
		m.put(Code(n.Is))
		m.close("span")
		m.close("span")
		n.Form.write(&m)
		m.close("div")
		m.text("\n")
	}
	return m.html()
}

func (f *PrepareForm) write(m *markup) {
	if f == nil {
		return
	}
	m.open("form", "method", "post", "action", f.To+"#"+f.Card)
	for _, field := range append([][2]string{{"prepare", f.Card}, {"predict", f.Guess}}, f.Fields...) {
		m.open("input", "type", "hidden", "name", field[0], "value", field[1])
	}
	class := "btn quiet"
	if f.Main {
		class = "btn"
	}
	m.element("button", f.Button, "class", class)
	m.close("form")
}
