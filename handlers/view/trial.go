package view

import (
	"fmt"

	"sessionlab/handlers/xray"
)

// The trial cookie is sent beside the session's, or without it: the diagram shows where its value was made,
// and the answer that carries it.

// trialMessages are the lines of the trial cookie that x sent: its value was made by the server.
func trialMessages(x *xray.Exchange) (list []message) {
	for _, c := range x.Also {
		if c.MaxAge >= 0 {
			list = append(list, message{Lane: "self", Text: "trial value", Token: c.Value, Chip: true,
				Note: "random, and stored nowhere"})
		}
	}
	return list
}

// trials writes the trial cookies of x into m, an answer without a session cookie.
func (m *message) trials(x *xray.Exchange) {
	deleted := 0
	for _, c := range x.Also {
		m.Text = "Set-Cookie"
		if c.MaxAge >= 0 {
			m.Token, m.Chip, m.Note = c.Value, true, c.Name+", Path="+c.Path
			continue
		}
		deleted++
		if m.Token == "" {
			m.Note = c.Name + "= Max-Age=0"
		}
	}
	if m.Token != "" && deleted > 0 {
		m.Note += fmt.Sprintf("; %d deleted", deleted)
	}
}
