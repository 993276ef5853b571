package python

// request is what a view is called with: an object of Django's class WSGIRequest.
type request struct {
	of      Request
	session *session
	own     map[string]Value // attributes that the view has set
}

func newRequest(of Request) Value {
	return &request{of: of, session: &session{of: of.Session}}
}

func (r *request) typeName() string { return "WSGIRequest" }

func (r *request) repr(int) string {
	return "<WSGIRequest: " + r.of.Method + " " + quote(r.of.Path) + ">"
}

func (r *request) attr(m *machine, name string) (Value, error) {
	if v, ok := r.own[name]; ok {
		return v, nil
	}
	switch name {
	case "session":
		return r.session, nil
	case "method":
		return r.of.Method, nil
	case "path":
		return r.of.Path, nil
	case "GET":
		return r.of.GET, nil
	case "COOKIES":
		return r.of.Cookies, nil
	}
	if err := lacking("request", name, requestLacks); err != nil {
		return nil, err
	}
	return nil, raise(attributeError, "'WSGIRequest' object has no attribute '%s'", name)
}

// setAttr sets what is the view's own. Where Django's own is set, Django works on with the new one: it saves
// no session, for example, if request.session is another.
func (r *request) setAttr(m *machine, name string, v Value) error {
	switch name {
	case "session", "method", "path", "GET", "COOKIES":
		return &Over{"This small Python cannot give the request another " + name + "."}
	}
	if err := lacking("request", name, requestLacks); err != nil {
		return err
	}
	return setOwn(m, &r.own, name, v)
}
