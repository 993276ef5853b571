package python

func (m *machine) percent(format string, v Value) (Value, error) { return nil, errUnmade }
func (m *machine) format(format string, a Args) (string, error)  { return "", errUnmade }
