package handlers

import (
	"html"
	"regexp"
	"strings"
	"testing"
)

const unread = "code|pre|script|style|svg|aside|del|ins|output"

// The words of the pages: English for readers who learnt it at school, and one word for one thing.

var (
	lead = regexp.MustCompile(`(?s)<p class="lead">(.*?)</p>`)
	// notWords are parts of a page that are no sentences of ours: code, what was recorded, and the x-ray, which
	// shows the column of that name.
	notWords = regexp.MustCompile(`(?s)<(?:` + unread + `)\b.*?</(?:` + unread + `)>`)
	sentence = regexp.MustCompile(`[.?!:;](\s|$)`)
)

// longest returns the most words that a sentence of text has, and that sentence.
func longest(text string) (most int, which string) {
	for _, s := range sentence.Split(text, -1) {
		if n := len(strings.Fields(s)); n > most {
			most, which = n, s
		}
	}
	return most, which
}

// plain is HTML or a text with code in backticks as a reader counts its words.
func plain(text string) string {
	return strings.Join(strings.Fields(html.UnescapeString(withoutTags(text))), " ")
}

// word is that of SCS and of the column for the session ID; a CSRF token is another thing.
var (
	word   = regexp.MustCompile(`(?i)\b(\w+ )?tokens?\b`)
	inCode = regexp.MustCompile("`[^`]*`")
)

func TestWordsOfCards(t *testing.T) {
	t.Parallel()
	const most = 25
	short := func(what, text string) {
		if n, which := longest(plain(text)); n > most {
			t.Errorf("%s: %d words: %s", what, n, which)
		}
	}
	for _, url := range []string{"memory:", "cookie:sessionname"} {
		tl := newLabOn(t, url)
		for _, lesson := range lessons {
			for _, m := range lead.FindAllStringSubmatch(tl.visitor().get(lesson.Path).Body, -1) {
				short("the lead of "+lesson.Name, m[1])
			}
			for i := range lesson.Cards {
				c, _, err := tl.card(lesson.Cards[i].ID)
				if err != nil {
					t.Fatal(err)
				}
				short("the question "+c.ID, c.Ask)
				for _, text := range []string{c.Because, c.Lacking, c.Again, c.Onward} {
					if w := word.FindString(inCode.ReplaceAllString(text, "")); w != "" {
						t.Errorf("the card %s says %q: %s", c.ID, w, text)
					}
				}
				for _, o := range c.Options {
					short("an option of "+c.ID, o.Text)
				}
			}
		}
	}
}

// What the cookie holds is the session ID, in every sentence. token is the word of the column and of SCS,
// which stand in code, and of other things: a CSRF token.
func TestSessionIDIsTheWord(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"memory:", "cookie:sessionname"} {
		tl := newLabOn(t, url)
		v := tl.visitor()
		v.run("/set", "key", "fname", "value", "Aman")
		for _, path := range append(paths(), "/", "/no-such-page") {
			text := plain(notWords.ReplaceAllString(v.get(path).Body, " "))
			for _, found := range word.FindAllString(text, -1) {
				if !strings.HasPrefix(strings.ToLower(found), "csrf ") {
					t.Errorf("%s: %s says %q", url, path, found)
				}
			}
			for _, old := range []string{"could not tell", "It was so", "It was not."} {
				if strings.Contains(text, old) {
					t.Errorf("%s: %s says %q", url, path, old)
				}
			}
		}
	}
}
