package python

func importedNames() map[string]Value      { return nil }
func (m *machine) request(r Request) Value { return nil }
func written(v Value, most int) string     { return Repr(v) }
