package python

func newRequest(of Request) Value   { return nil }
func djangoNames() map[string]Value { return nil }
