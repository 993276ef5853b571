package handlers

// noAsync is why no async twin runs here.
const noAsync = "no async in Go"

var storeRows = []apiRow{
	{
		Django: "session.save(must_create=False)", SCS: "Commit(ctx), Store.Commit",
		Differs: "Django updates a row that must be there, or raises. SCS writes one in any case.",
		Lessons: []string{"flow", "scs-steps"},
	},
	{
		Django: "session.load()", SCS: "Load(ctx, token)",
		Differs: "Django loads at the first touch, SCS at every request with a cookie.",
		Lessons: []string{"flow", "scs-steps"},
	},
	{
		Django:  "session.create()",
		Differs: "Makes an ID and an empty row at once. `cycle_key()` calls it.",
		Lessons: []string{"cycle-key"},
	},
	{
		Django: "session.exists(key)", SCS: "Store.Find",
		Differs: "`Find` also gives the data.",
		Lessons: []string{"view"},
	},
	{
		Django: "session.delete(key=None)", SCS: "Store.Delete",
		Differs: "Without a key: the session's own row.",
		Lessons: []string{"flush"},
	},
	{
		Django: "session.encode(d), decode(s), key_salt, serializer",
		Names:  []string{"encode", "decode", "key_salt", "serializer"}, SCS: "Codec, GobCodec",
		Differs: "JSON, signed. In SCS gob, not signed.",
		Lessons: []string{"storage", "scs-codec"},
	},
	{
		Django: "SessionStore(key), Session.get_decoded()", Names: []string{},
		Differs: "Outside a view: nothing saves for you. In SCS: `Load` and `Commit`.",
		Lessons: []string{"sessions"},
	},
}

var typedRows = []apiRow{
	{
		SCS:     "GetString GetBool GetBytes GetTime",
		Differs: "Wrong type: \"\", false, nil, the zero time. Never an error.",
		Lessons: []string{"scs-getters"},
	},
	{
		SCS:     "GetInt GetInt32 GetInt64 GetFloat",
		Differs: "Wrong type: 0. `GetInt64` of an int is 0.",
		Lessons: []string{"scs-getters"},
	},
	{
		SCS:     "PopString PopBool PopBytes PopTime PopInt PopFloat",
		Differs: "Wrong type: zero, and the key is gone.",
		Lessons: []string{"scs-getters"},
	},
}

var aroundRows = []apiRow{
	{
		Django: "SessionMiddleware", SCS: "LoadAndSave(next)",
		Differs: "SCS saves at the first byte of the answer. What you store later is lost.",
		Lessons: []string{"scs-late"},
	},
	{
		SCS:     "ErrorFunc",
		Differs: "What `LoadAndSave` calls when the store fails. By itself it answers 500.",
		Lessons: []string{"scs-down"},
	},
	{
		SCS:     "WriteSessionCookie(ctx, w, token, expiry)",
		Differs: "For code that does without `LoadAndSave`.",
		Lessons: []string{"scs-steps"},
	},
	{
		SCS:     "New(), NewSession(), Session, SessionManager, SessionCookie",
		Differs: "The manager. `NewSession` and `Session` are its old names.",
		Nowhere: "it makes no session yet",
	},
}

var settingsRows = []apiRow{
	{
		Django: "SESSION_COOKIE_NAME", SCS: "Cookie.Name",
		Differs: "By default `sessionid` and `session`.",
		Lessons: []string{"settings"},
	},
	{
		Django:  "SESSION_COOKIE_PATH, _DOMAIN, _HTTPONLY, _SAMESITE, _SECURE",
		SCS:     "Cookie.Path, .Domain, .HttpOnly, .SameSite, .Secure",
		Lessons: []string{"settings"},
	},
	{
		SCS:     "Cookie.Partitioned",
		Differs: "For a page inside another site's page. Django has no setting for it.",
		Nowhere: "it takes two sites and TLS",
	},
	{
		Django: "SESSION_COOKIE_AGE", SCS: "Lifetime",
		Differs: "Since the last save. In SCS since the first.",
		Lessons: []string{"settings", "scs-clock"},
	},
	{
		Django: "SESSION_EXPIRE_AT_BROWSER_CLOSE", SCS: "Cookie.Persist",
		Differs: "The opposite: True is `Persist` off.",
		Lessons: []string{"settings", "scs-remember"},
	},
	{
		Django: "SESSION_SAVE_EVERY_REQUEST", SCS: "IdleTimeout",
		Differs: "With both, reading extends. `IdleTimeout` does not extend the life.",
		Lessons: []string{"settings", "scs-clock"},
	},
	{
		Django: "SESSION_ENGINE", SCS: "Store, CtxStore, IterableStore, IterableCtxStore",
		Differs: "`Iterate` needs a store that can list its rows.",
		Lessons: []string{"storage"},
	},
	{
		SCS:     "HashTokenInStore",
		Differs: "The row has a hash of the ID, not the ID.",
		Lessons: []string{"scs-everywhere"},
	},
}

var asyncRows = []apiRow{
	{
		Django: "await session.aget('k'), aset(), apop(), asetdefault(), ahas_key()", Since: "5.1",
		Differs: "Twins for one key. `del` has none: `await session.apop('k')`.",
		Nowhere: noAsync,
	},
	{
		Django: "akeys(), avalues(), aitems(), aupdate(), aset_test_cookie(), atest_cookie_worked()",
		Since:  "5.1", Differs: "`clear()` does not ask the store, and has no twin.",
		Nowhere: noAsync,
	},
	{
		Django: "aset_expiry(), aget_expiry_age(), aget_expiry_date(), aget_expire_at_browser_close()",
		Since:  "5.1", Differs: "`get_session_cookie_age()` does not ask the store either.",
		Nowhere: noAsync,
	},
	{
		Django: "aflush(), acycle_key(), aload(), asave(), acreate(), aexists(), adelete(), aclear_expired()",
		Since:  "5.1", Differs: "The middleware is not async: it calls `save()`.",
		Nowhere: noAsync,
	},
	{
		Django: "adelete_test_cookie()", Since: "5.1",
		Differs: "Leaves `modified` False, so it is not saved: the key stays.",
		Nowhere: noAsync,
	},
}
