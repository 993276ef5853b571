package xray

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// What is shown of a value is one short line, whatever was stored.
func TestValues_ShownOnOneLine(t *testing.T) {
	t.Parallel()
	hostile := "</script>\"'`\x00\r\n\u2028\u2029\xff" + strings.Repeat("é", 4000)
	values := map[string]any{
		"string": hostile, "list": []string{hostile}, "map": map[string]int{hostile: 1},
		"bytes": make([]byte, 9000), "complex": complex(1, 2), "nothing": nil,
	}
	for _, v := range Values(values) {
		if strings.ContainsAny(v.Text, "\x00\r\n\u2028\u2029") || !utf8.ValidString(v.Text) ||
			len(v.Text) > 2*maxShown {
			t.Errorf("%s is shown in %d bytes as %q", v.Key, len(v.Text), v.Text)
		}
	}
}
