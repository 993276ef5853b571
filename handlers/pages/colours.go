package pages

import (
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/alecthomas/chroma/v2/lexers"
)

// Colours are snippets of code as HTML. Each is made the first time that it is asked for, and kept for good:
// they are for what the program itself says, and nothing of a visitor may be asked for. They may be used
// concurrently.
type Colours struct {
	kept sync.Map // of template.HTML, by snippet
}

type snippet struct{ language, text string }

// Of returns text for the inside of a code element: an i for each line, which a page has many of and is
// short, with its line break in it, and there spans with chroma's classes, for which the stylesheet has
// colours. Without the tags it is text again. language is a name that chroma knows: go, python, django,
// go-html-template.
func (c *Colours) Of(language, text string) (template.HTML, error) {
	key := snippet{language, text}
	if html, ok := c.kept.Load(key); ok {
		return html.(template.HTML), nil
	}
	html, err := coloured(language, text)
	if err != nil {
		return "", err
	}
	c.kept.Store(key, html)
	return html, nil
}

var (
	formatter = html.New(html.WithClasses(true), html.PreventSurroundingPre(true))
	noStyle   = chroma.MustNewStyle("", nil) // colours are the stylesheet's
)

// coloured is the only place where a text of chroma's becomes a [template.HTML]. It is safe since every part
// of the text goes through chroma's formatter, which escapes it, and the rest is constant.
func coloured(language, text string) (template.HTML, error) {
	lexer := lexers.Get(language)
	if lexer == nil {
		return "", fmt.Errorf("colour code: no language %q", language)
	}
	tokens, err := chroma.Tokenise(chroma.Coalesce(lexer), nil, text)
	if err != nil {
		return "", fmt.Errorf("colour code in %s: %w", language, err)
	}
	for i := range tokens {
		if !hasColour(tokens[i].Type) {
			tokens[i].Type = chroma.Text
		}
	}
	var b strings.Builder
	for _, line := range chroma.SplitTokensIntoLines(tokens) {
		b.WriteString(`<i>`)
		if err := formatter.Format(&b, noStyle, chroma.Literator(line...)); err != nil {
			return "", fmt.Errorf("colour code in %s: %w", language, err)
		}
		b.WriteString(`</i>`)
	}
	return template.HTML(b.String()), nil
}

// hasColour reports whether code of that kind has a look of its own. The rest needs no span: with one for
// each word a page would be twice as large.
func hasColour(t chroma.TokenType) bool {
	switch t {
	case chroma.NameFunction, chroma.NameFunctionMagic, chroma.NameTag, chroma.OperatorWord:
		return true
	}
	return t.InCategory(chroma.Keyword) || t.InCategory(chroma.Comment) ||
		t.InSubCategory(chroma.LiteralString) || t.InSubCategory(chroma.LiteralNumber)
}
