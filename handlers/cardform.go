package handlers

// This file is what the form of a card shows: its fields as they were sent the last time, and its button.

// Button is the class of the button that runs the card.
func (c *shownCard) Button() string { return button(c.Main() == "run") }

// Label is what that button says: again after the first of several presses.
func (c *shownCard) Label(first, again string) string {
	if c.Done > 0 {
		return again
	}
	return first
}

// Field is what a field of the form holds: what was sent the last time, or else its first content.
func (c *shownCard) Field(name, first string) string {
	if c.sent.Has(name) {
		return c.sent.Get(name)
	}
	return first
}

// typeField is the field for the type of a value.
type typeField struct{ ID, Name, Chosen string }

// Types are the types that a form can send.
func (typeField) Types() []string { return valueTypes }

// Hint says how a value of that type is written; "" for a text, which is written as it is.
func (typeField) Hint(kind string) string { return typeHints[kind] }

// Type is the field of that name for the type of a value.
func (c *shownCard) Type(name, first string) typeField {
	return typeField{c.ID + "-" + name, name, c.Field(name, first)}
}
