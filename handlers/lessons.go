package handlers

import (
	"fmt"
	"strings"
)

// Lesson is one page of the course: everything about it but its text, which is in its template.
type Lesson struct {
	Name   string // of the template; the path is this with a slash before it
	Path   string
	Short  string // in the list of lessons
	Title  string
	Group  string
	Call   string // the Python call that it is about
	Django string // the snippet to set beside the Go code
	Funcs  []string
	Curl   []string // what follows "curl -i -b jar -c jar", one a line; BASE stands for the address

	Questions []Question
	Number    int // in the course, from 1
}

// lessons is the course, in the order of the notes.
var lessons = numbered([]Lesson{
	{Group: "Basics", Name: "flow", Short: "Flow", Title: "The way of a session", Call: "how it works",
		Django: "request.session.get('x')   # no row, no cookie\nrequest.session['x'] = 1    # a row and a cookie",
		Funcs:  []string{"load", "save"},
		Curl:   []string{"'BASE/flow?read=x'", "-d key=x -d value=1 BASE/set", "'BASE/flow?read=x'"},

		Questions: flowQuestions},
	{Group: "Basics", Name: "set", Short: "Set", Title: "Set a value", Call: "session['k'] = v",
		Django: "request.session['fname'] = 'Aman'\nrequest.session['lname'] = 'Roy'",
		Funcs:  []string{"set"},
		Curl:   []string{"-d key=fname -d value=Aman BASE/set"},

		Questions: setQuestions},
	{Group: "Basics", Name: "get", Short: "Get", Title: "Get a value", Call: "session.get('k')",
		Django: "request.session.get('fname')\nrequest.session.get('fname', 'Guest')\nrequest.session['fname']   # KeyError if absent",
		Funcs:  []string{"get", "getItem"},
		Curl:   []string{"'BASE/get?key=fname&default=Guest'", "'BASE/get?key=nickname&access=brackets'"},

		Questions: getQuestions},
	{Group: "Basics", Name: "modified", Short: "Modified", Title: "What counts as a change", Call: "session.modified",
		Django: "cart = request.session.get('cart', {'n': 0})\ncart['n'] += 1                     # not saved\nrequest.session['cart'] = cart     # saved\nrequest.session.modified = True    # saved too",
		Funcs:  []string{"changeInPlace", "changeAndAssign", "changeAndFlag", "cart"},
		Curl:   []string{"-X POST BASE/modified/assign", "-X POST BASE/modified/in-place", "-d also=1 BASE/modified/in-place", "-X POST BASE/modified/flag"},

		Questions: modifiedQuestions},
	{Group: "Basics", Name: "delete", Short: "Delete", Title: "Delete a key", Call: "del session['k']",
		Django: "del request.session['lname']\n\n# never raises:\nrequest.session.pop('lname', None)",
		Funcs:  []string{"deleteKey"},
		Curl:   []string{"-d key=lname BASE/delete"},

		Questions: deleteQuestions},

	{Group: "Whole session", Name: "items", Short: "Items", Title: "List everything", Call: "session.items()",
		Django: "request.session.keys()\nrequest.session.values()\nrequest.session.items()\n\nfor key, value in request.session.items():\n    print(key, value)",
		Funcs:  []string{"itemsPage"},
		Curl:   []string{"BASE/items"},

		Questions: itemsQuestions},
	{Group: "Whole session", Name: "setdefault", Short: "Set default", Title: "Set only if absent", Call: "setdefault()",
		Django: "request.session.setdefault('age', 31)",
		Funcs:  []string{"setDefault"},
		Curl:   []string{"-d key=age -d value=31 -d type=int BASE/setdefault", "-d key=age -d value=99 -d type=int BASE/setdefault"},

		Questions: setdefaultQuestions},
	{Group: "Whole session", Name: "pop", Short: "Pop", Title: "Read once and remove", Call: "session.pop()",
		Django: "msg = request.session.pop('msg', '')",
		Funcs:  []string{"pop"},
		Curl:   []string{"-d key=msg -d 'value=Profile saved' BASE/set", "-d key=msg -d default= BASE/pop", "-d key=msg -d default= BASE/pop"},

		Questions: popQuestions},
	{Group: "Whole session", Name: "update", Short: "Update", Title: "Set many keys at once", Call: "session.update()",
		Django: "request.session.update({'fname': 'Aman', 'lname': 'Roy', 'city': 'Pune'})",
		Funcs:  []string{"update"},
		Curl:   []string{"-d key=fname -d value=Aman -d key=lname -d value=Roy -d key=city -d value=Pune BASE/update"},

		Questions: updateQuestions},
	{Group: "Whole session", Name: "clear", Short: "Clear", Title: "Empty the session", Call: "session.clear()",
		Django: "request.session.clear()",
		Funcs:  []string{"clear"},
		Curl:   []string{"-X POST BASE/clear"},

		Questions: clearQuestions},

	{Group: "Ending", Name: "flush", Short: "Flush", Title: "Flush the session", Call: "session.flush()",
		Django: "request.session.flush()\n\n# in a site with logins:\nfrom django.contrib.auth import logout\nlogout(request)   # flushes",
		Funcs:  []string{"flush"},
		Curl:   []string{"-X POST BASE/flush"},

		Questions: flushQuestions},
	{Group: "Ending", Name: "cycle-key", Short: "Cycle key", Title: "A new id for the same data", Call: "cycle_key()",
		Django: "request.session.cycle_key()",
		Funcs:  []string{"cycleKey", "newToken"},
		Curl:   []string{"-X POST BASE/cycle-key"},

		Questions: cycleKeyQuestions},
	{Group: "Ending", Name: "expiry", Short: "Expiry", Title: "Set the expiry", Call: "set_expiry()",
		Django: "request.session.set_expiry(10)     # 10 s after the last save\nrequest.session.set_expiry(0)      # when the browser closes\nrequest.session.set_expiry(None)   # back to SESSION_COOKIE_AGE\n\nrequest.session.get_session_cookie_age()\nrequest.session.get_expiry_age()\nrequest.session.get_expiry_date()\nrequest.session.get_expire_at_browser_close()",
		Funcs:  []string{"setExpiry", "expiryFrom", "getSessionCookieAge", "getExpiryAge", "expiryDate", "expireAtBrowserClose"},
		Curl:   []string{"-d seconds=10 BASE/expiry", "-s BASE/expiry | grep -o '<output.*/output>'"},

		Questions: expiryQuestions},
	{Group: "Ending", Name: "clear-expired", Short: "Clear expired", Title: "Sweep what has expired", Call: "clear_expired()",
		Django: "request.session.clear_expired()\n\n# normally from the shell, or cron:\n#   python manage.py clearsessions",
		Funcs:  []string{"clearExpired", "plantExpired"},
		Curl:   []string{"-d '' BASE/clear-expired/plant", "-s -L -d '' BASE/clear-expired | grep -o '<output.*/output>'"},

		Questions: clearExpiredQuestions},

	{Group: "Browser", Name: "test-cookie", Short: "Test cookie", Title: "Does the browser keep cookies?", Call: "set_test_cookie()",
		Django: "def first(request):\n    request.session.set_test_cookie()\n\ndef second(request):\n    if request.session.test_cookie_worked():\n        request.session.delete_test_cookie()",
		Funcs:  []string{"setTestCookie", "testCookieWorked", "setAndCheckTestCookie", "deleteTestCookie"},
		Curl:   []string{"-d '' BASE/test-cookie/set", "-s -L -d '' BASE/test-cookie/check | grep -o '<output.*/output>'"},

		Questions: testCookieQuestions},
	{Group: "Browser", Name: "settings", Short: "Settings", Title: "The session settings", Call: "SESSION_COOKIE_*",
		Django: "SESSION_COOKIE_AGE = 400\nSESSION_COOKIE_NAME = 'sessionname'",
		Funcs:  []string{"trySettings", "cookie", "deletedCookie"},
		Curl:   []string{"'BASE/settings?name=sessionname&path=/&samesite=Lax&age=400&httponly=on&persist=on'"}},
	{Group: "Browser", Name: "storage", Short: "Storage", Title: "Where sessions live", Call: "SESSION_ENGINE",
		Django: "SESSION_ENGINE = 'django.contrib.sessions.backends.db'              # the default\nSESSION_ENGINE = 'django.contrib.sessions.backends.cache'\nSESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'\nSESSION_ENGINE = 'django.contrib.sessions.backends.file'\nSESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'",
		Funcs:  []string{"compareStores", "tryStore", "compareSerializers"},
		Curl:   []string{"-X POST BASE/storage/compare"},

		Questions: storageQuestions},
	{Group: "Browser", Name: "templates", Short: "Templates", Title: "Session data in templates", Call: "request.session",
		Django: "{{ request.session.fname }}\n\n{% for key, value in request.session.items %}\n  {{ key }} : {{ value }}\n{% endfor %}",
		Funcs:  []string{"templatesPage", "printInGo"},
		Curl:   []string{"BASE/templates"},

		Questions: templatesQuestions},
	{Group: "Browser", Name: "sessions", Short: "Who is asking", Title: "All sessions, as the server sees them", Call: "Session.objects",
		Django: "from django.contrib.sessions.models import Session\n\nfor s in Session.objects.order_by('-expire_date')[:50]:\n    print(s.session_key[:4], s.expire_date)",
		Funcs:  []string{"table", "newTableRow"},
		Curl:   []string{"BASE/sessions"}},

	{Group: "Before you go", Name: "security", Short: "Security", Title: "What the id is worth", Call: "theft, fixation",
		Django: "SESSION_COOKIE_SECURE = True     # over TLS only\nSESSION_COOKIE_HTTPONLY = True\nSESSION_COOKIE_SAMESITE = 'Lax'\n\nrequest.session.cycle_key()      # at login; login() does it",
		Funcs:  []string{"newToken", "crossOrigin", "guessTime"},
		Curl:   []string{"-X POST BASE/cycle-key"},

		Questions: securityQuestions},
	{Group: "Before you go", Name: "summary", Short: "Revision", Title: "Revision sheet", Call: "table and answers"},
})

func numbered(list []Lesson) []Lesson {
	for i := range list {
		list[i].Number, list[i].Path = i+1, "/"+list[i].Name
	}
	return list
}

// Prev and Next are the neighbours in the course; nil at its ends.
func (l *Lesson) Prev() *Lesson { return lessonNumber(l.Number - 1) }

// Next is the lesson after l; nil after the last.
func (l *Lesson) Next() *Lesson { return lessonNumber(l.Number + 1) }

// Count is the number of lessons.
func (l *Lesson) Count() int { return len(lessons) }

func lessonNumber(n int) *Lesson {
	if n < 1 || n > len(lessons) {
		return nil
	}
	return &lessons[n-1]
}

// lessonNamed returns the lesson of that name. For the first page, which is no lesson, it returns
// one that only has a title.
func lessonNamed(name string) *Lesson {
	for i := range lessons {
		if lessons[i].Name == name {
			return &lessons[i]
		}
	}
	if name == "home" {
		return &Lesson{Name: name, Path: "/", Title: "Your data stays on the server"}
	}
	panic(fmt.Sprintf("no lesson %q", name)) // a route without a lesson: found at start
}

// lessonAt returns the lesson whose page or form has this path; nil when there is none.
func lessonAt(path string) *Lesson {
	for i := range lessons {
		if rest, ok := strings.CutPrefix(path, lessons[i].Path); ok && (rest == "" || rest[0] == '/') {
			return &lessons[i]
		}
	}
	return nil
}

// pageOf is the page that shows the exchanges of that path: the lesson's, or the x-ray's own.
func pageOf(path string) string {
	if lesson := lessonAt(path); lesson != nil {
		return lesson.Path
	}
	return "/internals"
}

// group is one heading of the list of lessons.
type group struct {
	Name    string
	Lessons []*Lesson
}

// lessonGroups returns the lessons under their headings, in order.
func lessonGroups() []group {
	var groups []group
	for i := range lessons {
		if len(groups) == 0 || groups[len(groups)-1].Name != lessons[i].Group {
			groups = append(groups, group{Name: lessons[i].Group})
		}
		g := &groups[len(groups)-1]
		g.Lessons = append(g.Lessons, &lessons[i])
	}
	return groups
}
