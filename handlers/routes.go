package handlers

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

// Handler returns the whole site.
func (l *Lab) Handler() chi.Router {
	r := chi.NewRouter()
	r.Use(l.settings.TrustedProxies.ClientIP(), l.accessLog, l.timeLimits, l.headers, l.recoverer,
		l.turnAway, l.checkHost, l.plainOrigin, l.crossOrigin().Handler, l.scenery.Collect, middleware.GetHead)
	r.NotFound(l.notFound)
	r.MethodNotAllowed(l.methodNotAllowed)

	l.lessonsOnValues(r)
	l.lessonsOnSessions(r)
	l.lessonsOnBrowsers(r)
	l.lessonsOnSCS(r)
	l.instruments(r)
	return r
}

// lessonsOnValues are the first half of the course: pages and forms, in the order of the notes.
func (l *Lab) lessonsOnValues(r chi.Router) {
	// Where to begin.
	r.Get("/", l.show("home", l.homePage))
	r.Get("/flow", l.show("flow", l.flowPage))
	r.Post("/flow/b", l.plays("/flow", l.letBBegin))

	// Setting, getting and deleting values.
	r.Get("/set", l.show("set", nil))
	r.Post("/set", l.perform("/set", l.set))
	r.Get("/get", l.show("get", l.getPage))
	r.Get("/modified", l.show("modified", l.modifiedPage))
	r.Post("/modified/in-place", l.perform("/modified", l.changeInPlace))
	r.Post("/modified/assign", l.perform("/modified", l.changeAndAssign))
	r.Post("/modified/flag", l.perform("/modified", l.changeAndFlag))
	r.Get("/delete", l.show("delete", nil))
	r.Post("/delete", l.perform("/delete", l.deleteKey))

	// The session as a dictionary.
	r.Get("/items", l.show("items", l.itemsPage))
	r.Post("/items/store", l.perform("/items", l.storeAndList))
	r.Get("/setdefault", l.show("setdefault", nil))
	r.Post("/setdefault", l.perform("/setdefault", l.setDefault))
	r.Get("/pop", l.show("pop", nil))
	r.Post("/pop", l.perform("/pop", l.pop))
	r.Get("/update", l.show("update", nil))
	r.Post("/update", l.perform("/update", l.update))
	r.Get("/clear", l.show("clear", nil))
	r.Post("/clear", l.perform("/clear", l.clear))
	r.Get("/view", l.show("view", l.viewPage))
	r.Post("/view", l.answering(l.viewing, "/view", l.runView))
}

// lessonsOnSessions are the second half of the course.
func (l *Lab) lessonsOnSessions(r chi.Router) {
	// How a session ends.
	r.Get("/flush", l.show("flush", l.scenePage))
	r.Post("/flush", l.perform("/flush", l.flush))
	r.Post("/flush/b", l.plays("/flush", l.letBKeepACopy))
	r.Get("/cycle-key", l.show("cycle-key", l.scenePage))
	r.Post("/cycle-key", l.perform("/cycle-key", l.cycleKey))
	r.Post("/cycle-key/b", l.plays("/cycle-key", l.tryOldID))
	r.Get("/expiry", l.show("expiry", l.expiryPage))
	r.Post("/expiry", l.perform("/expiry", l.setExpiry))
	r.Get("/clear-expired", l.show("clear-expired", l.clearExpiredPage))
	r.Post("/clear-expired", l.perform("/clear-expired", l.clearExpired))
	r.Post("/clear-expired/plant", l.perform("/clear-expired", l.plantRows))

	// The browser's part, and the server's settings.
	r.Get("/test-cookie", l.show("test-cookie", l.scenePage))
	r.Post("/test-cookie/set", l.perform("/test-cookie", l.setTestCookie))
	r.Post("/test-cookie/check", l.perform("/test-cookie", l.testCookieWorked))
	r.Post("/test-cookie/b", l.plays("/test-cookie", l.checkWithoutJar))
	r.Post("/test-cookie/both", l.perform("/test-cookie", l.setAndCheckTestCookie))
	r.Post("/test-cookie/delete", l.perform("/test-cookie", l.deleteTestCookie))
	r.Get("/settings", l.show("settings", l.settingsPage))
	r.Post("/settings", l.perform("/settings/seen", l.trySettings))
	r.Post("/settings/forget", l.perform("/settings", l.forgetTrial))
	r.Get("/settings/seen", l.reads(l.seenUnder))
	r.Get("/seen", l.reads(l.seenOutside))
	r.Get("/storage", l.show("storage", l.storagePage))
	r.Post("/storage/compare", l.performIn(l.comparing, "/storage", l.compareStores))
	r.Post("/storage/b", l.plays("/storage", l.replayHere))
	r.Get("/templates", l.show("templates", l.renderDjango))

	// Looking back.
	r.Get("/sessions", l.show("sessions", l.sessionsPage))
	r.Post("/sessions/visits", l.perform("/sessions", l.comeWithoutCookie))
	r.Post("/sessions/b", l.plays("/sessions", l.comeTwice))
	r.Get("/security", l.show("security", l.securityPage))
	r.Get("/api", l.showAPI)
	r.Get("/summary", l.showSummary)
}

// lessonsOnBrowsers are those with more than one browser, and with more than one request at a time.
func (l *Lab) lessonsOnBrowsers(r chi.Router) {
	play := func(path, page string, e experiment) { r.Post(path, l.plays(page, e)) }
	r.Get("/two", l.show("two", l.scenePage))
	play("/two", "/two", l.letBStore)
	play("/two/jar", "/two", l.letBStoreFive)
	r.Post("/two/tab", l.perform("/two", l.storeInTab))
	play("/two/move", "/two", l.moveTwo)
	r.Get("/stolen", l.show("stolen", l.scenePage))
	play("/stolen", "/stolen", l.steal)
	play("/stolen/act", "/stolen", l.stealAndAct)

	// At the same time.
	r.Get("/lost-update", l.show("lost-update", l.scenePage))
	play("/lost-update", "/lost-update", l.loseUpdate)
	play("/lost-update/cure", "/lost-update", l.cureUpdate)
	r.Post("/lost-update/add", l.perform("/lost-update", l.addOne))
	r.Get("/late-request", l.show("late-request", l.scenePage))
	play("/late-request", "/late-request", l.saveTooLate)
	play("/late-request/cure", "/late-request", l.cureLate)
	r.Post("/late-request/slow", l.perform("/late-request", l.workSlowly))
	r.Get("/double-submit", l.show("double-submit", l.scenePage))
	play("/double-submit", "/double-submit", l.submitTwice)
	play("/double-submit/cure", "/double-submit", l.cureSubmit)
	r.Post("/double-submit/form", l.perform("/double-submit", l.newForm))
	r.Post("/double-submit/pay", l.perform("/double-submit", l.pay))
}

// lessonsOnSCS are those that run SCS by itself, each run on a bench of its own.
func (l *Lab) lessonsOnSCS(r chi.Router) {
	run := func(path, page string, op operation) { r.Post(path, l.performIn(l.benches, page, op)) }
	r.Get("/scs-getters", l.show("scs-getters", l.scsPage))
	run("/scs-getters", "/scs-getters", l.tryGetters)
	run("/scs-getters/pop", "/scs-getters", l.tryPop)
	r.Get("/scs-late", l.show("scs-late", l.scsPage))
	run("/scs-late", "/scs-late", l.tryLate)
	run("/scs-late/destroy", "/scs-late", l.tryLateDestroy)
	run("/scs-late/errors", "/scs-late", l.tryErrors)
	r.Get("/scs-renew", l.show("scs-renew", l.scsPage))
	run("/scs-renew", "/scs-renew", l.tryRenew)
	r.Get("/scs-merge", l.show("scs-merge", l.scsPage))
	run("/scs-merge", "/scs-merge", l.tryMerge)
	r.Get("/scs-everywhere", l.show("scs-everywhere", l.scsPage))
	run("/scs-everywhere", "/scs-everywhere", l.tryEverywhere)
	run("/scs-everywhere/hashed", "/scs-everywhere", l.tryHashed)
	r.Get("/scs-codec", l.show("scs-codec", l.scsPage))
	run("/scs-codec", "/scs-codec", l.tryCodec)
	run("/scs-codec/switch", "/scs-codec", l.tryOtherCodec)
	r.Get("/scs-down", l.show("scs-down", l.scsPage))
	run("/scs-down", "/scs-down", l.tryDown)
	r.Get("/scs-remember", l.show("scs-remember", l.scsPage))
	run("/scs-remember", "/scs-remember", l.tryRemember)
	r.Get("/scs-steps", l.show("scs-steps", l.scsPage))
	run("/scs-steps", "/scs-steps", l.tryByHand)
	run("/scs-steps/destroy", "/scs-steps", l.tryDestroyAndPut)
	r.Get("/scs-clock", l.show("scs-clock", l.scsClockPage))
	run("/scs-clock", "/scs-clock", l.tryClock)
	run("/scs-clock/life", "/scs-clock", l.tryLife)
	run("/scs-clock/live", "/scs-clock", l.tryLive)
}

// instruments are what stands beside the course. The panel reads the store by the cookie's token and never
// loads a session.
func (l *Lab) instruments(r chi.Router) {
	r.Get("/internals", l.reads(l.internalsPage))
	r.Get("/internals.json", l.reads(l.internalsJSON))
	r.Get("/internals/events", l.events)

	r.Get("/healthz", l.health)
	r.Get("/static/*", l.serveStatic)
	r.Get("/favicon.ico", l.favicon)
}

// health says whether the store answers: 200 and "ok", or 503 and a line. No session is involved.
func (l *Lab) health(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := l.engine.Ping(r.Context()); err != nil {
		l.log.Error("health", "err", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, "the session store does not answer")
		return
	}
	fmt.Fprintln(w, "ok")
}
