package python

import (
	"reflect"
	"slices"
	"testing"
)

// asDjango are views on a session with fname Aman, and what they gave in Django.
var asDjango = []struct {
	source string
	want   string // what it returned, or the last line of its traceback
}{
	{`return request.session['fname']`, "Aman"},
	{`return request.session['lname']`, "KeyError: 'lname'"},
	{`return request.session.get('lname', 'Roy')`, "Roy"},
	{`return request.session.get(key='fname', default=1)`, "Aman"},
	{`return request.session.pop('fname'), request.session.pop('fname', None)`, "('Aman', None)"},
	{`request.session.pop('lname')`, "KeyError: 'lname'"},
	{`return request.session.setdefault('fname', 1), request.session.setdefault('n', 2)`, "('Aman', 2)"},
	{`del request.session['fname']
return request.session.keys()`, "dict_keys([])"},
	{`return 'fname' in request.session, request.session.has_key('lname')`, "(True, False)"},
	{`request.session.update({'a': 1})
request.session.update([('b', 2)])
return request.session.items()`, "dict_items([('fname', 'Aman'), ('a', 1), ('b', 2)])"},
	{`return request.session.values()`, "dict_values(['Aman'])"},
	{`request.session.flush()
return request.session.session_key, request.session.is_empty()`, "(None, True)"},
	{`request.session.clear()
return request.session.session_key, request.session.is_empty()`, "('first', False)"},
	{`request.session.cycle_key()
return request.session.session_key`, "new 1"},
	{`request.session.set_test_cookie()
return request.session.test_cookie_worked()`, "True"},
	{`request.session.delete_test_cookie()`, "KeyError: 'testcookie'"},
	{`return request.session.exists('first'), request.session.exists(None)`, "(True, False)"},
	{`return bool(request.session)`, "True"},
	{`return request.session`, "<django.contrib.sessions.backends.db.SessionStore object at 0x…>"},
	{`return request.session.flush`, "<bound method SessionBase.flush of " +
		"<django.contrib.sessions.backends.db.SessionStore object at 0x…>>"},
	{`request.session.note = 5
return request.session.note`, "5"},
	{`return request.session.get_expiry_age(), request.session.get_expiry_age(until=10)`, "(400, 400)"},
	{`return request.session.get_expiry_age(expiry=30), request.session.get_expiry_age(expiry=None)`,
		"(30, 400)"},
	{`request.session['_session_expiry'] = 10
return request.session.get_expiry_age(modification=1), request.session.get_expiry_age(expiry=[1])`,
		"(10, [1])"},
	{`from datetime import datetime, timedelta
start = datetime(2027, 1, 1)
return request.session.get_expiry_age(modification=start, expiry=start + timedelta(days=1, seconds=5))`,
		"86405"},
	{`from datetime import datetime
return request.session.get_expiry_age(expiry=datetime(2027, 1, 1))`,
		"TypeError: can't subtract offset-naive and offset-aware datetimes"},
	{`return request.session.get_expiry_age(expiry='soon')`, "ValueError: Invalid isoformat string: 'soon'"},
	{`from datetime import datetime
return request.session.get_expiry_date(modification=datetime(2027, 1, 1, 12, 30))`, "2027-01-01 12:36:40"},
	{`from datetime import datetime
return request.session.get_expiry_date(expiry=datetime(2027, 1, 1))`, "2027-01-01 00:00:00"},
	{`return request.session.get_expiry_date(expiry=[1])`,
		"TypeError: unsupported type for timedelta seconds component: list"},
	{`return request.session.get_expiry_date()`, "2027-01-02 03:10:45+00:00"},
	{`return dict(request.session)`, "{'fname': 'Aman'}"},
	{`for key in request.session:
    pass`, "KeyError: 0"},
	{`return len(request.session)`, "TypeError: object of type 'SessionStore' has no len()"},
	{`return request.session()`, "TypeError: 'SessionStore' object is not callable"},
	{`return request.session + 1`, "TypeError: unsupported operand type(s) for +: 'SessionStore' and 'int'"},
	{`return request.session.fname`, "AttributeError: 'SessionStore' object has no attribute 'fname'"},
	{`request.session.session_key = 'abc'`,
		"AttributeError: property 'session_key' of 'SessionStore' object has no setter"},
	{`return request.sesion`, "AttributeError: 'WSGIRequest' object has no attribute 'sesion'"},
	{`return request['a']`, "TypeError: 'WSGIRequest' object is not subscriptable"},
	{`return request`, "<WSGIRequest: POST '/view'>"},
	{`request.note = 5
return request.note, request.method, request.path`, "(5, 'POST', '/view')"},
}

func TestSessionDoesWhatDjangoDoes(t *testing.T) {
	for _, test := range asDjango {
		if got := outcomeOf(t, newMemory("fname", "Aman"), test.source); got != test.want {
			t.Errorf("%s\ngave %s\nwant %s", test.source, got, test.want)
		}
	}
}

func TestANewSessionIsFalse(t *testing.T) {
	for source, want := range map[string]string{
		"return bool(request.session), request.session.is_empty()": "(False, True)",
		"if not request.session:\n    return 'none'":               "none",
		"request.session['a'] = 1\nreturn bool(request.session)":   "True",
	} {
		if got := outcomeOf(t, newMemory(), source); got != want {
			t.Errorf("%s gave %s, want %s", source, got, want)
		}
	}
}

func TestWrongArgumentsRaiseInPythonsWords(t *testing.T) {
	for source, want := range map[string]string{
		"get()": "SessionBase.get() missing 1 required positional argument: 'key'",
		"get('a', 1, 2)": "SessionBase.get() takes from 2 to 3 " +
			"positional arguments but 4 were given",
		"get('a', key=1)":         "SessionBase.get() got multiple values for argument 'key'",
		"get('a', 'b', 'c', x=1)": "SessionBase.get() got an unexpected keyword argument 'x'",
		"setdefault()": "SessionBase.setdefault() missing 2 required positional arguments: " +
			"'key' and 'value'",
		"setdefault(value=1)":   "SessionBase.setdefault() missing 1 required positional argument: 'key'",
		"setdefault('a', 1, 2)": "SessionBase.setdefault() takes 3 positional arguments but 4 were given",
		"flush(1)":              "SessionBase.flush() takes 1 positional argument but 2 were given",
		"flush(a=1)":            "SessionBase.flush() got an unexpected keyword argument 'a'",
		"update(a=1)":           "SessionBase.update() got an unexpected keyword argument 'a'",
		"update(1)":             "'int' object is not iterable",
		"exists()": "SessionStore.exists() missing 1 " +
			"required positional argument: 'session_key'",
		"save(1, 2)": "SessionStore.save() takes from 1 to 2 " +
			"positional arguments but 3 were given",
		"clear_expired(1)":     "SessionStore.clear_expired() takes 1 positional argument but 2 were given",
		"get_expiry_age(1, 2)": "SessionBase.get_expiry_age() takes 1 positional argument but 3 were given",
		"get([])":              "unhashable type: 'list'",
	} {
		got := outcomeOf(t, newMemory(), "request.session."+source)
		if got != "TypeError: "+want {
			t.Errorf("%s gave %s\nwant TypeError: %s", source, got, want)
		}
	}
}

func TestAResponseIsDjangos(t *testing.T) {
	for source, want := range map[string]string{
		"HttpResponse('a', status=404)": `<HttpResponse status_code=404, "text/html; charset=utf-8">`,
		"HttpResponse('a', 404)":        `<HttpResponse status_code=200, "404">`,
		"HttpResponse(status='404')":    `<HttpResponse status_code=404, "text/html; charset=utf-8">`,
		"HttpResponse(status=99)":       "ValueError: HTTP status code must be an integer from 100 to 599.",
		"HttpResponse(status='x')":      "TypeError: HTTP status code must be an integer.",
		"HttpResponse('x', content='y')": "TypeError: HttpResponse.__init__() " +
			"got multiple values for argument 'content'",
		"HttpResponse('x', code=1)": "TypeError: HttpResponseBase.__init__() " +
			"got an unexpected keyword argument 'code'",
		"HttpResponse(1, 2, 3, 4, 5, 6, 7)": "TypeError: HttpResponseBase.__init__() " +
			"takes from 1 to 6 positional arguments but 7 were given",
		"HttpResponse":       "<class 'django.http.response.HttpResponse'>",
		"HttpResponse().foo": "AttributeError: 'HttpResponse' object has no attribute 'foo'",
		"redirect('/next')": `<HttpResponseRedirect status_code=302, ` +
			`"text/html; charset=utf-8", url="/next">`,
		"redirect('/a', permanent=True)": `<HttpResponsePermanentRedirect status_code=301, ` +
			`"text/html; charset=utf-8", url="/a">`,
		"redirect('/a', 1).url": "/a", "redirect('/a', b=2).url": "/a",
		"redirect('/a b/é?x=1&y= \\n').url": "/a%20b/%C3%A9?x=1&y=%20%0A",
		"redirect()": "TypeError: redirect() missing " +
			"1 required positional argument: 'to'",
	} {
		if got := outcomeOf(t, newMemory(), "return "+source); got != want {
			t.Errorf("%s gave %s\nwant %s", source, got, want)
		}
	}
	for source, want := range map[string]string{
		"None": "None", "True": "True", "[1, 'a']": "1a", "{'a': 1, 'b': 2}": "ab", "'x'": "x", "0": "0",
	} {
		o := runView(t, newMemory(), "return HttpResponse("+source+")")
		if o.Response == nil || o.Response.Content != want || o.Response.Status != 200 {
			t.Errorf("HttpResponse(%s) is %+v, want the content %s", source, o.Response, want)
		}
	}
}

// TestWhatIsNotHereSaysSo: an AttributeError would be a lie about Django.
func TestWhatIsNotHereSaysSo(t *testing.T) {
	for _, source := range []string{
		"request.session.create()", "request.session.aget('a')", "request.session._session",
		"request.session.serializer", "request.session.TEST_COOKIE_NAME = 'x'", "request.session.get = 1",
		"request.session.save(must_create=True)", "request.user", "request.POST", "request.session = {}",
		"redirect('home')", "redirect('javascript:a.b')", "HttpResponse('a').set_cookie('a', 1)",
		"HttpResponse('a')['X-A'] = 1", "HttpResponse(headers={})", "HttpResponse('a').content",
	} {
		s := newMemory("a", small(1))
		o := runView(t, s, source)
		if o.Over == "" || o.Raised != nil {
			t.Errorf("%s gave %+v, want a sentence", source, o)
		}
	}
}

func TestEachCallIsReported(t *testing.T) {
	both := []string{"accessed", "modified"}
	accessed, modified := both[:1], both[1:]
	row := []string{"row found"}
	for _, test := range []struct {
		source string
		want   []Act
	}{
		{"request.session['a']", []Act{{Did: Read, Key: "a", New: "1", Flags: accessed, Store: row}}},
		{"request.session.get('b')", []Act{{Did: Read, Key: "b", New: "None", Flags: accessed, Store: row}}},
		{"'b' in request.session", []Act{{Did: Looked, Key: "b", New: "False", Flags: accessed, Store: row}}},
		{"request.session['b'] = 2", []Act{{Did: Added, Key: "b", New: "2", Flags: both, Store: row}}},
		{"request.session['a'] = 2", []Act{
			{Did: Changed, Key: "a", Old: "1", New: "2", Flags: both, Store: row}}},
		{"request.session['a'] += 1", []Act{{Did: Read, Key: "a", New: "1", Flags: accessed, Store: row},
			{Did: Changed, Key: "a", Old: "1", New: "2", Flags: modified}}},
		{"del request.session['a']", []Act{{Did: Removed, Key: "a", Old: "1", Flags: both, Store: row}}},
		{"request.session.pop('a')", []Act{{Did: Removed, Key: "a", Old: "1", Flags: both, Store: row}}},
		{"request.session.pop('b', 5)", []Act{
			{Did: Looked, Key: "b", New: "False", Flags: accessed, Store: row}}},
		{"request.session.pop('b')", []Act{{Did: Read, Key: "b", Flags: accessed, Store: row}}},
		{"request.session.setdefault('a', 5)", []Act{
			{Did: Read, Key: "a", New: "1", Flags: accessed, Store: row}}},
		{"request.session.setdefault('b', 5)", []Act{
			{Did: Added, Key: "b", New: "5", Flags: both, Store: row}}},
		{"request.session.update({'a': 2, 'b': 3})", []Act{
			{Did: Called, Key: "update({'a': 2, 'b': 3})", Flags: both, Store: row},
			{Did: Changed, Key: "a", Old: "1", New: "2"}, {Did: Added, Key: "b", New: "3"}}},
		{"request.session.keys()", []Act{
			{Did: Read, Key: "keys()", New: "dict_keys(['a'])", Flags: accessed, Store: row}}},
		{"request.session.flush()", []Act{
			{Did: Called, Key: "flush()", Flags: both, Store: []string{"row deleted"}}}},
		{"request.session.cycle_key()", []Act{{Did: Called, Key: "cycle_key()",
			Flags: []string{"accessed", "modified", "new ID"}, Store: []string{"row found", "row written"}}}},
		{"request.session.modified = True", []Act{
			{Did: Flagged, Key: "modified", New: "True", Flags: modified}}},
		{"request.session.session_key", nil},
		{"request.session.get_session_cookie_age()", []Act{
			{Did: Read, Key: "get_session_cookie_age()", New: "400"}}},
	} {
		o := runView(t, newMemory("a", small(1)), test.source)
		var got []Act
		for _, e := range o.Events {
			got = append(got, e.Acts...)
		}
		if !slices.EqualFunc(got, test.want, func(a, b Act) bool { return reflect.DeepEqual(a, b) }) {
			t.Errorf("%s\nreported %+v\nwant     %+v", test.source, got, test.want)
		}
	}
}

// TestNothingIsAskedMoreThanDjangoAsks: to know whether a key is new costs no look at the store.
func TestNothingIsAskedMoreThanDjangoAsks(t *testing.T) {
	for source, want := range map[string]int{
		"return 1": 0, "request.session.session_key": 0,
		"request.session.clear()\nrequest.session['a'] = 1": 0,
		"request.session.flush()\nrequest.session['a'] = 1": 0, "request.session.is_empty()": 0,
		"request.session.get_expiry_age(expiry=30)":                                    0,
		"request.session['a'] = 1\nrequest.session['b'] = 2\nrequest.session.pop('a')": 1,
	} {
		s := newMemory("a", small(1))
		runView(t, s, source)
		if s.loads != want {
			t.Errorf("%s loaded %d times, want %d", source, s.loads, want)
		}
	}
}

func runView(t *testing.T, s Session, source string) *Outcome {
	t.Helper()
	p, err := Parse(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	o, err := p.Run(t.Context(), Request{"POST", "/view", &Dict{}, &Dict{}, s}, atNoon)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return o
}

// outcomeOf is what a view returned, as str writes it, or the last line of its traceback.
func outcomeOf(t *testing.T, s Session, source string) string {
	t.Helper()
	o := runView(t, s, source)
	switch {
	case o.Raised != nil:
		return o.Raised.Says
	case o.Over != "":
		return "over: " + o.Over
	}
	return o.Returned
}
