package handlers

import "slices"

// apiRow is an operation: Django's call, and what stands for it in SCS.
type apiRow struct {
	Django string // as Python writes it; "" where Django has none
	// Names are those of SessionBase that the row is about, where Django has an operator and no name.
	Names []string
	// SCS are names of SCS, some with their arguments; "" where it has none. Each word with a capital letter is
	// one: Put is a method of SessionManager or a name of the package, Cookie.Path and .Domain are fields.
	SCS     string
	Differs string // code in backticks, as in all texts here; "" where they do the same
	// Since is the version of Django that brought it, where that is later than 3.2.
	Since string
	// Lessons are the names of those where it runs. Where SCS has methods for it, the functions that these
	// lessons print call them.
	Lessons []string
	Nowhere string // why it runs in none
}

// apiGroup is one heading of the table.
type apiGroup struct {
	ID, Name string
	Rows     []apiRow
}

// apiGroups is the table of every operation. Its test compares it with SCS, and with the list of Django's
// names in testdata/sessionbase.txt.
var apiGroups = []apiGroup{
	{"key", "One key", oneKeyRows},
	{"all", "All keys", allKeysRows},
	{"end", "The ID and the end of a session", endRows},
	{"expiry", "Expiry", expiryRows},
	{"flags", "Flags and test cookie", flagRows},
	{"store", "Row and store", storeRows},
	{"typed", "Typed getters", typedRows},
	{"around", "Around the view", aroundRows},
	{"settings", "Settings", settingsRows},
	{"async", "Async", asyncRows},
}

// apiRows are the rows of all groups.
func apiRows() (rows []apiRow) {
	for _, g := range apiGroups {
		rows = slices.Concat(rows, g.Rows)
	}
	return rows
}

var oneKeyRows = []apiRow{
	{
		Django: "session['k'] = v", Names: []string{"__setitem__"}, SCS: `Put(ctx, "k", v)`,
		Differs: "In Django each save moves the end. In SCS none does.",
		Lessons: []string{"set"},
	},
	{
		Django: "session['k']", Names: []string{"__getitem__"}, SCS: `Get(ctx, "k")`,
		Differs: "Absent: `KeyError`. In SCS nil.",
		Lessons: []string{"get"},
	},
	{
		Django: "session.get('k', d)", SCS: `Get(ctx, "k")`,
		Differs: "SCS has no default: ask `Exists` first.",
		Lessons: []string{"get"},
	},
	{
		Django: "'k' in session, has_key('k')", Names: []string{"__contains__", "has_key"},
		SCS:     `Exists(ctx, "k")`,
		Lessons: []string{"get"},
	},
	{
		Django: "del session['k']", Names: []string{"__delitem__"}, SCS: `Remove(ctx, "k")`,
		Differs: "Absent: `KeyError`. In SCS nothing happens.",
		Lessons: []string{"delete"},
	},
	{
		Django: "session.pop('k', d)", SCS: `Pop(ctx, "k")`,
		Differs: "Absent and no default: `KeyError`. In SCS nil.",
		Lessons: []string{"pop"},
	},
	{
		Django:  "session.setdefault('k', v)",
		Differs: "In SCS: `Exists`, then `Put`.",
		Lessons: []string{"setdefault"},
	},
	{
		Django: "session[0] = v", Names: []string{"__setitem__"},
		Differs: "JSON has text keys only: it comes back as `'0'`. A tuple comes back as a list.",
		Lessons: []string{"view"},
	},
}

var allKeysRows = []apiRow{
	{
		Django: "session.keys()", SCS: "Keys(ctx)",
		Differs: "SCS sorts them. Django keeps their order.",
		Lessons: []string{"items"},
	},
	{
		Django:  "session.values(), items()",
		Differs: "In SCS: `Keys`, then `Get`. Django lists `_session_expiry` and `testcookie` too.",
		Lessons: []string{"items"},
	},
	{
		Django: "for k in session, len(session)", Names: []string{"__getitem__"},
		Differs: "`KeyError: 0`, `TypeError`. Take `keys()`.",
		Lessons: []string{"items"},
	},
	{
		Django:  "session.update({…})",
		Differs: "Django saves even for `{}`. In SCS: a `Put` for each.",
		Lessons: []string{"update"},
	},
	{
		Django: "session.clear()", SCS: "Clear(ctx)",
		Differs: "Empty before: Django saves, SCS does not.",
		Lessons: []string{"clear"},
	},
	{
		Django:  "session.is_empty()",
		Differs: "No ID and no value: False after `clear()`.",
		Lessons: []string{"clear"},
	},
	{
		Django: "bool(session)", Names: []string{"__bool__"}, Since: "6.1",
		Differs: "Not `is_empty()`. Until 6.0 always True.",
		Lessons: []string{"items"},
	},
}

var endRows = []apiRow{
	{
		Django: "session.session_key", SCS: "Token(ctx)",
		Differs: "Django: 32 characters. SCS: 43.",
		Lessons: []string{"cycle-key"},
	},
	{
		Django: "session.cycle_key()", SCS: "RenewToken(ctx)",
		Differs: "SCS also sets the end back to a full life.",
		Lessons: []string{"cycle-key", "scs-renew"},
	},
	{
		Django: "session.flush()", SCS: "Destroy(ctx)",
		Differs: "SCS deletes the cookie even if none came.",
		Lessons: []string{"flush"},
	},
	{
		Django:  "session.clear_expired()",
		Differs: "In SCS the store sweeps, mostly every 5 minutes.",
		Lessons: []string{"clear-expired"},
	},
	{
		SCS:     "MergeSession(ctx, token)",
		Differs: "The other's values win. Its row is deleted.",
		Lessons: []string{"scs-merge"},
	},
	{
		SCS:     "Iterate(ctx, fn)",
		Differs: "In Django: a loop over `Session.objects`.",
		Lessons: []string{"scs-everywhere"},
	},
}

var expiryRows = []apiRow{
	{
		Django:  "session.set_expiry(10)",
		Differs: "Counts from each save. In SCS: `SetDeadline` before each save.",
		Lessons: []string{"expiry"},
	},
	{
		Django: "session.set_expiry(0)", SCS: "RememberMe(ctx, false)",
		Differs: "No `Max-Age`, and the row keeps its age. In SCS only with `Persist` off.",
		Lessons: []string{"expiry", "scs-remember"},
	},
	{
		Django:  "session.set_expiry(None)",
		Differs: "Back to the setting.",
		Lessons: []string{"expiry"},
	},
	{
		Django: "session.set_expiry(datetime)", SCS: "SetDeadline(ctx, t)", Since: "4.1",
		Differs: "Until 4.0 `TypeError` at the save. In both no save moves that end.",
		Lessons: []string{"expiry", "scs-renew"},
	},
	{
		Django: "session.set_expiry(timedelta)", Since: "4.1",
		Differs: "From now, once: no save moves that end.",
		Lessons: []string{"expiry"},
	},
	{
		Django: "get_session_cookie_age()", SCS: "Lifetime",
		Differs: "The setting, whatever `set_expiry` did.",
		Lessons: []string{"expiry"},
	},
	{
		Django:  "get_expiry_age(modification=, expiry=)",
		Differs: "For seconds no countdown. In SCS `time.Until(Deadline)` is one.",
		Lessons: []string{"expiry"},
	},
	{
		Django: "get_expiry_date(modification=, expiry=)", SCS: "Deadline(ctx)",
		Differs: "Django adds the age to `modification`, by default now. SCS gives the end itself.",
		Lessons: []string{"expiry", "scs-renew"},
	},
	{
		Django:  "get_expire_at_browser_close()",
		Differs: "True after `set_expiry(0)`. Without any `set_expiry` it is the setting.",
		Lessons: []string{"expiry"},
	},
}

var flagRows = []apiRow{
	{
		Django: "session.modified", SCS: "Status(ctx): Unmodified, Modified, Destroyed",
		Differs: "In SCS nobody sets it by hand. `Put` and `SetDeadline` do.",
		Lessons: []string{"modified", "scs-steps"},
	},
	{
		Django:  "session.accessed",
		Differs: "With it Django sends `Vary: Cookie`. SCS always does.",
		Lessons: []string{"flow"},
	},
	{
		Django:  "set_test_cookie(), TEST_COOKIE_NAME, TEST_COOKIE_VALUE",
		Names:   []string{"set_test_cookie", "TEST_COOKIE_NAME", "TEST_COOKIE_VALUE"},
		Differs: "No cookie of its own: the key `testcookie` with the value `worked`.",
		Lessons: []string{"test-cookie"},
	},
	{
		Django:  "test_cookie_worked()",
		Differs: "True in the same request too. Ask in the next one.",
		Lessons: []string{"test-cookie"},
	},
	{
		Django:  "delete_test_cookie()",
		Differs: "Absent: `KeyError`.",
		Lessons: []string{"test-cookie"},
	},
}
