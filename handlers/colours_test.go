package handlers

import (
	"html"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// shownCode is all the code that lessons show, by what it is.
func shownCode(t *testing.T) map[string]string {
	t.Helper()
	source, err := readSource()
	if err != nil {
		t.Fatal(err)
	}
	code := map[string]string{}
	for _, lesson := range withHome() {
		functions, err := source.Of(lesson.Funcs)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range functions {
			code[f.File+" "+f.Name] = f.Text
		}
		if lesson.Django != "" {
			code["the snippet of "+lesson.Name] = lesson.Django
		}
	}
	return code
}

// A page has room for 88 columns: no line of the code that it prints is longer, comments included.
func TestShownCodeFits(t *testing.T) {
	t.Parallel()
	for name, text := range shownCode(t) {
		for line := range strings.Lines(strings.ReplaceAll(text, "\t", "    ")) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 88 {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}

var (
	codeOnPage = regexp.MustCompile(`(?s)<pre class="code"><code>(.*?)</code></pre>`)
	codeClass  = regexp.MustCompile(`<span class="([^"]*)">`)
)

// Every page has its lesson's code as it was written, and the stylesheet has a look for all that is coloured.
func TestCodeOnPages(t *testing.T) {
	t.Parallel()
	css, err := os.ReadFile("../static/lab.css")
	if err != nil {
		t.Fatal(err)
	}
	v := newLab(t).visitor()
	missing, classes := shownCode(t), map[string]bool{}
	for _, lesson := range lessons {
		for _, match := range codeOnPage.FindAllStringSubmatch(v.get(lesson.Path).Body, -1) {
			text := html.UnescapeString(withoutTags(match[1]))
			for name, want := range missing {
				if want == text {
					delete(missing, name)
				}
			}
			for _, class := range codeClass.FindAllStringSubmatch(match[1], -1) {
				classes[class[1]] = true
			}
		}
	}
	for name := range missing {
		t.Errorf("no page shows %s as it is", name)
	}
	for class := range classes {
		if !regexp.MustCompile(`pre\.code [^{}]*\.` + class + `\b[^{}]*\{`).Match(css) {
			t.Errorf("code has the class %q, and lab.css no rule for it", class)
		}
	}
	if len(classes) < 8 {
		t.Errorf("code has the classes %v alone", classes)
	}
}
