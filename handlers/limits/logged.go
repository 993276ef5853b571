package limits

import (
	"fmt"
	"strings"
)

// Logged is what a line of the log has of a text that a visitor chose: its beginning, and how long it is if
// that is not all. Anybody could fill the disk otherwise, with a line for each request.
func Logged(text string) string {
	if len(text) <= MaxLogged {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:MaxLogged], ""), len(text))
}
