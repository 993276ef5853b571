package python

import (
	"fmt"
	"slices"
)

// compound are the words that begin a statement with a block, and how Python names it.
var compound = map[string]string{
	"if": "'if' statement", "elif": "'elif' statement", "else": "'else' statement", "for": "'for' statement",
	"while": "'while' statement", "try": "'try' statement", "except": "'except' statement",
	"finally": "'finally' statement", "def": "function definition", "class": "class definition",
	"with": "'with' statement",
}

// blocks refuses a block that is not indented, or is without reason.
func blocks(lines text, tokens []token) error {
	var head *token // of the line before, if a block must follow
	begin := 0      // of the line before
	for i := 0; i < len(tokens); {
		switch t := &tokens[i]; {
		case t.kind == tokenIndent && head == nil && takesBlock(tokens[begin:i]):
			return reasonOf(lines, tokens, i-1, begin)
		case t.kind == tokenIndent && head == nil:
			return lines.unknown(t.line, t.col, saysPython("unexpected indent"),
				"Write the line at the same indentation as the line before it.")
		case t.kind == tokenIndent:
			head = nil
			i++
			continue
		case head != nil && t.kind != tokenIndent:
			return expectedBlock(lines, head, t)
		case t.kind == tokenDedent:
			i++
			continue
		}
		end := i + slices.IndexFunc(tokens[i:], func(t token) bool { return t.kind == tokenNewline })
		if end < i {
			break
		}
		if compound[tokens[i].text] != "" && tokens[end-1].text == ":" {
			head = &tokens[i]
		}
		begin, i = i, end+1
	}
	if head != nil {
		return expectedBlock(lines, head, &tokens[len(tokens)-1])
	}
	return nil
}

func expectedBlock(lines text, head, t *token) error {
	says := fmt.Sprintf("expected an indented block after %s on line %d", compound[head.text], head.line)
	return lines.unknown(t.line, t.col, saysPython(says), "Begin the next line with four spaces more.")
}

// takesBlock reports whether a line begins as one that a block follows.
func takesBlock(line []token) bool {
	return compound[line[0].text] != "" || line[0].text == "match" && line[len(line)-2].text == ":"
}
