package pages

import (
	"html"
	"html/template"
	"regexp"
	"strings"
	"testing"
)

var tags = regexp.MustCompile(`<[^>]*>`)

// What is between the tags is the text again, whatever stands in it, and nothing of the text is a tag.
func TestColoursEscape(t *testing.T) {
	t.Parallel()
	const bad = `</code><script>alert("1" & '2')</script>`
	for language, text := range map[string]string{
		"go":     "// " + bad + "\nfunc f() { a <- \"" + `<b>\"&amp;'` + "\" }\n\nvar x = `" + bad + "`",
		"python": "a['" + `<b>&"` + "'] = 1 < 2  # " + bad + "\n\n'" + `<i>` + "'\n",
		"django": bad + "\n{{ a|default:\"<b>&amp;'\" }}\n{% if a < b %}" + bad + "{# " + bad + " #}{% endif %}",
	} {
		got, err := new(Colours).Of(language, text)
		if err != nil {
			t.Fatal(err)
		}
		if plain := html.UnescapeString(tags.ReplaceAllString(string(got), "")); plain != text {
			t.Errorf("%s: without its tags it is\n%q, want\n%q", language, plain, text)
		}
		for _, tag := range tags.FindAllString(string(got), -1) {
			if !regexp.MustCompile(`^(</?i>|<span class="[a-z0-9]+">|</span>)$`).MatchString(tag) {
				t.Errorf("%s: the text has become the tag %s", language, tag)
			}
		}
		if strings.ContainsAny(tags.ReplaceAllString(string(got), ""), `<>"'`) {
			t.Errorf("%s: something is not escaped in %s", language, got)
		}
	}
}

// Every line has an i with its line break in it, and only what has a colour a span of its own.
func TestColours(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ language, text, want string }{
		{"go", "func f() {\n\n\treturn g(1)\n}",
			`<i><span class="kd">func</span> <span class="nf">f</span>() {` + "\n</i>" +
				`<i>` + "\n</i>" +
				`<i>` + "\t" + `<span class="k">return</span> ` +
				`<span class="nf">g</span>(<span class="mi">1</span>)` + "\n</i>" +
				`<i>}</i>`},
		{"python", "x = 'a'  # b", `<i>x = <span class="s1">&#39;a&#39;</span>  ` +
			`<span class="c1"># b</span></i>`},
		{"django", "{{ a }}",
			`<i><span class="cp">{{</span> a <span class="cp">}}</span></i>`},
		{"go", "", ""},
	} {
		got, err := new(Colours).Of(test.language, test.text)
		if err != nil || got != template.HTML(test.want) {
			t.Errorf("%s %q: %v\ngot  %q\nwant %q", test.language, test.text, err, got, test.want)
		}
	}
	_, err := new(Colours).Of("klingon", "x")
	if want := `colour code: no language "klingon"`; err == nil || err.Error() != want {
		t.Errorf("another language: %v, want %s", err, want)
	}
}
