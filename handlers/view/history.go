package view

import (
	"fmt"
	"html/template"
	"net/http"

	"sessionlab/handlers/xray"
)

// history is a list item for each exchange. An exchange does not change any more, so its line is
// written once and kept with it: a page has twenty of them.
func (g Given) history(list []*xray.Exchange, shown *xray.Exchange) template.HTML {
	var m markup
	m.b.Grow(200 * len(list))
	for _, x := range list {
		if shown != nil && x.ID == shown.ID {
			m.open("li", "aria-current", "true")
		} else {
			m.open("li")
		}
		m.put(x.Keep(func() any { return g.historyLine(x) }).(template.HTML))
		m.close("li")
	}
	return m.html()
}

// historyLine is the inside of an item: when, which request, and what became of it.
func (g Given) historyLine(x *xray.Exchange) template.HTML {
	what, mark := g.outcome(x)
	if x.Came > 1 {
		what += fmt.Sprintf(", last of %d cookies", x.Came)
	}
	var m markup
	m.element("time", x.At.Local().Format(TimeOfDay))
	m.element("a", x.Method+" "+x.Path, "href", g.PageOf(x.Path)+"?exchange="+x.ID)
	m.open("span", "class", markClasses[mark])
	m.text(what)
	switch x.By {
	case xray.ByB:
		m.text(", by ")
		m.element("b", "B", "class", "actor b")
		m.text(", another browser with your ID")
	case xray.ByLab:
		m.text(", by ")
		m.element("b", "A", "class", "actor a")
		m.text(", sent by the lab for you")
	}
	m.close("span")
	return m.html()
}

// outcome says what became of an exchange, in a word or two.
func (g Given) outcome(x *xray.Exchange) (what string, mark xray.Mark) {
	fresh := g.medium().fresh()
	switch {
	case x.Refused != "":
		return fmt.Sprintf("%d %s", x.Status, firstWord(x.Refused)), xray.Removed
	case x.Cycled:
		return fresh, xray.Changed
	case x.Committed == nil && len(x.Also) > 0:
		return "trial cookie", xray.Same
	case x.Untouched:
		return "not touched", xray.Same
	case x.Committed == nil && x.Method == http.MethodPost:
		return "not written", xray.Same
	case x.Committed == nil:
		return "read only", xray.Same
	}
	what, mark = x.Summary()
	if x.New() {
		what += ", " + fresh
	}
	return what, mark
}
