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
		if c.MaxAge < 0 {
			deleted++
			m.Text = "Set-Cookie: " + c.Name + " with Max-Age=0"
			continue
		}
		m.Text, m.Token, m.Chip = "Set-Cookie:", c.Value, true
		m.Note = c.Name + ", Path=" + c.Path
	}
	if m.Token != "" && deleted > 0 {
		m.Note += fmt.Sprintf("; %d deleted", deleted)
	}
}
