package django

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/flosch/pongo2/v6"
)

// pair is what one turn of the loop is given.
type pair struct {
	key   string
	value any
}

// items are the entries of a session, by key: a Go map has no order.
func items(values map[string]any) []pair {
	list := make([]pair, 0, len(values))
	for _, key := range slices.Sorted(maps.Keys(values)) {
		list = append(list, pair{key, values[key]})
	}
	return list
}

// unpack makes pairs of what the loop goes over, as Django does: each text of a list, each key of a
// dictionary and each letter of a text has to be two letters long.
func unpack(over any) ([]pair, error) {
	parts, err := partsOf(over)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for part := range parts {
		if n := utf8.RuneCountInString(part); n != 2 {
			return nil, &Exception{"ValueError",
				fmt.Sprintf("Need 2 values to unpack in for loop; got %d.", n)}
		}
		_, size := utf8.DecodeRuneInString(part)
		pairs = append(pairs, pair{part[:size], part[size:]})
	}
	return pairs, nil
}

// partsOf are what Python iterates over. Over None Django's loop does nothing.
func partsOf(over any) (iter.Seq[string], error) {
	switch v := over.(type) {
	case nil:
		return slices.Values[[]string](nil), nil
	case string:
		return strings.SplitSeq(v, ""), nil
	case []string:
		return slices.Values(v), nil
	case map[string]int:
		return slices.Values(slices.Sorted(maps.Keys(v))), nil
	}
	return nil, &Exception{"TypeError", fmt.Sprintf("'%s' object is not iterable", typeName(over))}
}

// typeName is what Python calls the type of a value that cannot be iterated over.
func typeName(value any) string {
	switch value.(type) {
	case float64:
		return "float"
	case time.Time:
		return "datetime.datetime"
	}
	return fmt.Sprintf("%T", value) // int and bool have one name in both
}

// forTag is {% for key, value in over %}.
type forTag struct {
	key, value string
	over       pongo2.IEvaluator
	body       *pongo2.NodeWrapper
}

// parseFor parses a loop with two names, which is all that the snippets have.
func parseFor(doc *pongo2.Parser, _ *pongo2.Token, args *pongo2.Parser) (pongo2.INodeTag, *pongo2.Error) {
	key := args.MatchType(pongo2.TokenIdentifier)
	comma := args.Match(pongo2.TokenSymbol, ",")
	value := args.MatchType(pongo2.TokenIdentifier)
	if key == nil || comma == nil || value == nil || args.Match(pongo2.TokenKeyword, "in") == nil {
		return nil, args.Error("want two names and in", nil)
	}
	over, err := args.ParseExpression()
	if err != nil {
		return nil, err
	}
	body, _, err := doc.WrapUntilTag("endfor")
	if err != nil {
		return nil, err
	}
	return &forTag{key.Val, value.Val, over, body}, nil
}

// Execute renders the body once for each pair, up to the bound. What cannot be unpacked fails wherever it
// stands, as in Django, where nothing of a template that fails is printed.
func (t *forTag) Execute(ctx *pongo2.ExecutionContext, w pongo2.TemplateWriter) *pongo2.Error {
	over, failed := t.over.Evaluate(ctx)
	if failed != nil {
		return failed
	}
	pairs, ok := over.Interface().([]pair)
	if h, stored := over.Interface().(held); stored || !ok {
		var err error
		if pairs, err = unpack(h.value); err != nil {
			return ctx.OrigError(err, nil)
		}
	}
	turn, size := pongo2.NewChildExecutionContext(ctx), 0
	for i, p := range pairs {
		key, value := held{p.key}, held{p.value}
		if size += key.size() + value.size(); size > mostLoop && i > 0 {
			_, _ = w.WriteString(marked(leftOut, fmt.Sprintf("\n… and %d more entries", len(pairs)-i)))
			break
		}
		turn.Private[t.key], turn.Private[t.value] = key, value
		if failed := t.body.Execute(turn, w); failed != nil {
			return failed
		}
	}
	return nil
}
