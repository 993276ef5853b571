package handlers

import (
	"context"
	"fmt"
	"html/template"
	"maps"
	"strings"
	"time"
)

// goTemplate is a template of the notes in the language of html/template. It is given the session's
// values by key, as a Django template is given request.session.
type goTemplate struct {
	Text   string
	parsed *template.Template
}

var (
	valueInGo   = newGoTemplate("{{.fname}}")
	missingInGo = newGoTemplate("{{.nickname}}")
	htmlInGo    = newGoTemplate("{{.note}}")
	loopInGo    = newGoTemplate("{{range $key, $value := .}}{{$key}} : {{$value}}\n{{end}}")
)

func newGoTemplate(text string) goTemplate {
	return goTemplate{text, template.Must(template.New("").Parse(text))}
}

// printInGo executes a template on the session's values and returns what it printed,
// cut after 2 KiB. It is given a map and nothing else: a template calls any method that
// it finds on its data, in Go as in Django, so the session manager itself must not be
// handed to it.
func printInGo(t goTemplate, values map[string]any) (string, error) {
	const most = 2 << 10
	var b strings.Builder
	if err := t.parsed.Execute(&b, values); err != nil {
		return "", fmt.Errorf("run template %s: %w", t.Text, err)
	}
	printed := b.String()
	if len(printed) > most {
		return strings.ToValidUTF8(printed[:most], "") + cutMark, nil
	}
	return printed, nil
}

const cutMark = "\n… (cut)"

// templatesPageData is the data of templates.html.
type templatesPageData struct {
	*page
	Value, Missing, HTML, Loop templateRun
	Items                      string // what Django's loop makes of a key of that name; "" without one
}

// itemsInDjango says what becomes of Django's loop over request.session.items when value is stored under
// that key: the loop goes over it, and unpacks each part of it into a key and a value.
func itemsInDjango(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		if v != "" {
			return "ValueError, because of the key items"
		}
	case int, float64, bool, time.Time:
		return "TypeError, because of the key items"
	}
	return "not the entries: the loop goes over what is under the key items"
}

// templateRun is a template and what it printed just now.
type templateRun struct{ Go, Printed string }

// templatesPage runs every template on the values of the visitor's session; with
// ?run=loop, what the loop printed is the result.
func (l *Lab) templatesPage(ctx context.Context, p *page) (any, error) {
	d := templatesPageData{page: p, Items: itemsInDjango(l.sessions.Get(ctx, "items"))}
	values := maps.Collect(l.values(ctx))
	for _, run := range []struct {
		into *templateRun
		t    goTemplate
	}{
		{&d.Value, valueInGo}, {&d.Missing, missingInGo},
		{&d.HTML, htmlInGo}, {&d.Loop, loopInGo},
	} {
		printed, err := printInGo(run.t, values)
		if err != nil {
			return nil, err
		}
		*run.into = templateRun{run.t.Text, printed}
	}
	if p.Query.Get("run") == "loop" {
		returns(ctx, d.Loop.Printed)
	}
	return d, nil
}

var templatesLesson = &Lesson{
	Group: "Browser", Name: "templates", Short: "Templates",
	Title: "Session data in templates", Call: "request.session",
	Django: `{{ request.session.fname }}

{% for key, value in request.session.items %}
  {{ key }} : {{ value }}
{% endfor %}`,
	Funcs: []string{"templatesPage", "printInGo"},
	Curl:  []string{"BASE/templates"},

	Cards: []Card{{
		ID:  "templates",
		Ask: "Your session has a key called `items`. What does the Go loop over all entries do with it?",
		Options: []Option{
			{"nothing", "The loop then prints nothing at all"},
			{"crash", "The page fails with an error"},
			{"skip", "It leaves that one key out"},
			{"print", "It prints it like any other key"},
		},
		Observe: func(r Run) string {
			_, stored := r.Before["items"]
			switch {
			case r.Path != "/templates" || !stored:
				return ""
			case r.Refused:
				return "crash"
			case r.Returned == nil:
				return ""
			case strings.Contains("\n"+*r.Returned, "\nitems : "):
				return "print"
			case *r.Returned == "":
				return "nothing"
			case strings.HasSuffix(*r.Returned, cutMark):
				return ""
			}
			return "skip"
		},
		Because: "Go's `range` goes over the map itself and asks it for no method, so no key can be in the " +
			"way. Django's loop does fail: `request.session.items` looks into the dictionary before it " +
			"looks for the method, finds your value, and goes over that. The letters of a text cannot be " +
			"unpacked into a key and a value: that is a ValueError.",
	}},
}
