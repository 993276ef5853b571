package handlers

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"strings"
	"unicode/utf8"

	"sessionlab/handlers/django"
)

// rendered is a template of the notes, and what it printed on the visitor's session.
type rendered struct {
	Source string
	django.Result
}

// templatesPageData is the data of templates.html.
type templatesPageData struct {
	*page
	Value, Missing, Default, HTML, Loop   rendered
	PrivateName, CalledMethod, LoopItself rendered // not run: what real Django answers
	Versions                              string   // of Django
	HasItems                              bool     // whether there is a key of that name
	GoSource, GoPrinted                   string
}

// renderDjango renders the notes' templates on a copy of the session's values, so none
// of them can change the session. With ?run=loop the result is what the loop printed,
// or the error that it raised.
func (l *Lab) renderDjango(ctx context.Context, p *page) (any, error) {
	values := maps.Collect(l.values(ctx))
	d := newTemplatesPage(p)
	_, d.HasItems = values["items"]
	for _, r := range []struct {
		into    *rendered
		snippet django.Snippet
	}{
		{&d.Value, django.Value}, {&d.Missing, django.Missing},
		{&d.Default, django.Default}, {&d.HTML, django.HTML}, {&d.Loop, django.Loop},
	} {
		result, err := r.snippet.Render(values)
		if err != nil {
			return nil, err
		}
		*r.into = rendered{r.snippet.Source, result}
	}
	var err error
	if d.GoPrinted, err = printInGo(inGo, values); err != nil {
		return nil, err
	}
	if p.Query.Get("run") == "loop" {
		err = loopResult(ctx, d.Loop.Result)
	}
	return d, err
}

// newTemplatesPage is the page without what depends on the session.
func newTemplatesPage(p *page) templatesPageData {
	trap := func(t django.Trap) rendered { return rendered{t.Source, t.Answer} }
	return templatesPageData{
		page:         p,
		PrivateName:  trap(django.PrivateName),
		CalledMethod: trap(django.CalledMethod),
		LoopItself:   trap(django.LoopOverItself),
		Versions:     strings.Join(django.Versions, " and "),
		GoSource:     inGo.text,
	}
}

// loopResult notes what the loop printed. What it raised is an error as Django's own are, here of the status
// that says that the request was understood and cannot be done.
func loopResult(ctx context.Context, r django.Result) error {
	if r.Raised == nil {
		returns(ctx, r.Text())
		return nil
	}
	return &pageError{
		status: http.StatusUnprocessableEntity,
		title:  r.Raised.Error(),
		text: "A template that fails prints nothing at all, also nothing of what came before. In Django, " +
			"uncaught, that is a 500 page.",
		next: "Delete the key `items`, and the loop finds the method again.",
		avoid: []way{
			{"del request.session['items']", "With the key gone, the loop finds the method again."},
			{"render(request, 'page.html', {'entries': request.session.items()})",
				"In Python the call is the method, whatever keys there are. Then loop over `entries`."},
		},
	}
}

// goTemplate is a template in the language of html/template.
type goTemplate struct {
	text   string
	parsed *template.Template
}

var inGo = newGoTemplate("{{.fname}}\n{{range $key, $value := .}}\n  {{$key}} : {{$value}}\n{{end}}")

func newGoTemplate(text string) goTemplate {
	return goTemplate{text, template.Must(template.New("").Parse(text))}
}

// printInGo hands the session's values to a template and returns what it printed, up
// to the bound. The template gets a map and nothing else: it calls any method that it
// finds on its data, in Go as in Django, so it must not get the session manager.
func printInGo(t goTemplate, values map[string]any) (string, error) {
	printed := bounded{left: 2 << 10}
	err := t.parsed.Execute(&printed, values)
	switch {
	case errors.Is(err, errFull):
		return strings.ToValidUTF8(printed.String(), "") + "\n… (cut)", nil
	case err != nil:
		return "", fmt.Errorf("run template %s: %w", t.text, err)
	}
	return printed.String(), nil
}

// bounded takes so many bytes more, and fails for what goes over that, which ends a template early.
type bounded struct {
	strings.Builder
	left int
}

var errFull = errors.New("no more is shown")

// Write keeps what there is room for.
func (b *bounded) Write(p []byte) (int, error) {
	n, _ := b.Builder.Write(p[:min(len(p), b.left)])
	if b.left -= n; n < len(p) {
		return n, errFull
	}
	return n, nil
}

// textUnderItems is the text that the session has under the key items; "" where there is none.
func textUnderItems(values map[string]any) string {
	text, _ := values["items"].(string)
	return text
}

// needsItems is the need of a text under that key.
func needsItems() Need {
	n := needsKey("items", "3 books")
	n.What = "a text under `items`."
	ofAny := n.State
	n.State = func(now Now) (string, bool) {
		is, _ := ofAny(now)
		return is, textUnderItems(now.Values) != ""
	}
	return n
}

// loopedOver is the option of the card on the loop that a run shows to be right.
func loopedOver(r Run) string {
	text := textUnderItems(r.Before)
	switch {
	case r.Path != "/templates" || text == "":
		return ""
	case strings.HasPrefix(r.Record.Refused, "ValueError"):
		return "fails"
	case r.Refused || r.Returned == nil:
		return ""
	case strings.Contains(*r.Returned, "\n  items : "):
		return "all"
	case strings.TrimSpace(*r.Returned) == text:
		return "once"
	case strings.Count(*r.Returned, "\n  ") == utf8.RuneCountInString(text):
		return "letters"
	}
	return ""
}

var templatesLesson = &Lesson{
	Group: "Browser", Name: "templates", Short: "Templates",
	Title: "Session data in templates", Call: "request.session",
	Django: `{{ request.session.fname }}

{% for key, value in request.session.items %}
  {{ key }} : {{ value }}
{% endfor %}`,
	Funcs: []string{"renderDjango", "printInGo"},
	Curl:  []string{"'BASE/templates?run=loop'"},

	Cards: []Card{{
		ID: "templates", Paths: []string{"/templates"}, Needs: []Need{needsItems()},
		Ask: "You store a text under the key `items`. What does the loop over `request.session.items` print?",
		Options: []Option{
			{"all", "All keys and values, as before"},
			{"once", "The text, once"},
			{"fails", "Nothing: it fails with `ValueError`"},
			{"letters", "The letters of the text, one by one"},
		},
		Observe: loopedOver,
		Lacking: "There was no text under `items`. Store it above, then run it again.",
		Because: "A dot looks for a key before it looks for a method. Your key `items` hides the method " +
			"`items()`, so the loop runs over a text, and a letter cannot be parted into a key and a value.",
		Onward: "In Python `request.session.items()` is the method, whatever keys there are.",
	}},
}
