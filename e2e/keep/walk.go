package main

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

// experiments are what the lessons have a visitor do, with the page that asks for a prediction. An experiment
// without a form is a GET.
var experiments = []struct{ page, path, form string }{
	{"/flow", "/flow?read=x", ""},
	{"/set", "/set", "key=fname&value=Aman"},
	{"/set", "/set", "key=age&value=31&type=int"},
	{"/get", "/get?key=fname&default=Guest", ""},
	{"/get", "/get?key=nickname&access=brackets", ""},
	{"/modified", "/modified/assign", "x="},
	{"/modified", "/modified/in-place", "x="},
	{"/modified", "/modified/flag", "x="},
	{"/delete", "/delete", "key=lname"},
	{"/setdefault", "/setdefault", "key=age&value=99&type=int"},
	{"/pop", "/pop", "key=msg&default="},
	{"/update", "/update", "key=fname&value=Aman&key=lname&value=Roy&key=city&value=Pune"},
	{"/clear", "/clear", "x="},
	{"/items", "/items", ""},
	{"/cycle-key", "/cycle-key", "x="},
	{"/expiry", "/expiry", "seconds=10"},
	{"/expiry", "/expiry", "seconds=0"},
	{"/expiry", "/expiry", "at=2099-01-01T00:00:00Z"},
	{"/expiry", "/expiry", "seconds="},
	{"/clear-expired", "/clear-expired/plant", "x="},
	{"/clear-expired", "/clear-expired", "x="},
	{"/test-cookie", "/test-cookie/set", "x="},
	{"/test-cookie", "/test-cookie/check", "x="},
	{"/test-cookie", "/test-cookie/both", "x="},
	{"/test-cookie", "/test-cookie/delete", "x="},
	{"/templates", "/templates", ""},
	{"/storage", "/storage/compare", "x="},
	{"/security", "/security", ""},
	{"/flush", "/flush", "x="},
}

// refused are requests that change nothing.
var refused = []struct{ method, path, form string }{
	{http.MethodPost, "/set", "key=&value=1"},
	{http.MethodPost, "/set", "key=_x&value=1"},
	{http.MethodPost, "/set", "key=n&value=ten&type=int"},
	{http.MethodPost, "/set", "value=%zz"},
	{http.MethodPost, "/delete", "key=nowhere"},
	{http.MethodPost, "/pop", "key=nowhere"},
	{http.MethodPost, "/expiry", "seconds=-1"},
	{http.MethodPost, "/expiry", "at=2001-01-01T00:00:00Z"},
	{http.MethodPost, "/update", ""},
	{http.MethodPost, "/test-cookie/delete", "x="},
	{http.MethodGet, "/get?key=nowhere&access=brackets", ""},
	{http.MethodGet, "/nowhere", ""},
	{http.MethodPut, "/set", ""},
	{http.MethodGet, "/set?exchange=AAAAAAAAAAAAAAAAAAAAAAAAAA", ""},
}

var lessonLink = regexp.MustCompile(`href="(/[a-z-]+)"`)

// walk goes through the course as several visitors and keeps what they get.
func walk(ctx context.Context, base, out string) error {
	steps := []func(v *visitor, pages []string) error{
		walkNew, walkExperiments, walkRefused, walkExpired, walkOld}
	names := []string{"new", "experiments", "refused", "expired", "old"}
	home, err := newVisitor(ctx, "start", base, out).get("/")
	if err != nil {
		return err
	}
	pages := []string{"/"}
	for _, m := range lessonLink.FindAllSubmatch(home, -1) {
		pages = append(pages, string(m[1]))
	}
	pages = append(pages, "/internals", "/internals.json", "/internals?part=panel")
	for i, step := range steps {
		if err := step(newVisitor(ctx, names[i], base, out), pages); err != nil {
			return err
		}
	}
	return nil
}

// all keeps every page as it is now.
func (v *visitor) all(pages []string) error {
	for _, page := range pages {
		if _, err := v.get(page); err != nil {
			return err
		}
	}
	return nil
}

// walkNew looks at every page without a session, and then with one.
func walkNew(v *visitor, pages []string) error {
	if err := v.all(pages); err != nil {
		return err
	}
	if err := v.post("/set", "key=fname&value=Aman"); err != nil {
		return err
	}
	return v.all(pages)
}

// walkExperiments does each experiment once for each prediction that its page offers, and once without.
func walkExperiments(v *visitor, pages []string) error {
	for _, e := range experiments {
		page, err := v.get(e.page)
		if err != nil {
			return err
		}
		for _, guess := range append(guesses(page), "") {
			if e.form != "" {
				err = v.post(e.path, e.form+"&predict="+guess)
			} else {
				err = v.read(e.path, guess)
			}
			if err != nil {
				return err
			}
		}
		if err := v.post("/set", "key=lname&value=Roy"); err != nil { // what the next one may find
			return err
		}
		if err := v.all([]string{"/", "/flow", "/internals", "/internals.json"}); err != nil {
			return err
		}
	}
	return v.all(pages)
}

// read does an experiment that only reads.
func (v *visitor) read(path, guess string) error {
	u, err := url.Parse(path)
	if err != nil {
		return err
	}
	if q := u.Query(); guess != "" {
		plain, err := url.QueryUnescape(guess)
		if err != nil {
			return err
		}
		q.Set("predict", plain)
		u.RawQuery = q.Encode()
	}
	_, err = v.get(u.String())
	return err
}

// walkRefused sends what is refused, without a session and with one.
func walkRefused(v *visitor, pages []string) error {
	for range 2 {
		for _, r := range refused {
			if _, _, err := v.ask(r.method, r.path, r.form); err != nil {
				return err
			}
		}
		if err := v.all([]string{"/set", "/internals", "/internals.json"}); err != nil {
			return err
		}
		if err := v.post("/set", "key=fname&value=Aman"); err != nil {
			return err
		}
	}
	return v.all(pages)
}

// walkExpired looks at every page with a cookie whose session has expired.
func walkExpired(v *visitor, pages []string) error {
	for _, page := range pages {
		if err := v.post("/set", "key=fname&value=Aman"); err != nil {
			return err
		}
		if err := v.post("/expiry", "seconds=1"); err != nil {
			return err
		}
		time.Sleep(1200 * time.Millisecond) // the clock is the lab's own
		if _, err := v.get(page); err != nil {
			return err
		}
	}
	return nil
}

// walkOld comes back with the cookie that a flush and a renewal left behind.
func walkOld(v *visitor, pages []string) error {
	for _, end := range []string{"/cycle-key", "/flush"} {
		if err := v.post("/set", "key=fname&value=Aman"); err != nil {
			return err
		}
		base, err := url.Parse(v.base)
		if err != nil {
			return err
		}
		old := v.client.Jar.Cookies(base)
		if err := v.post(end, "x="); err != nil {
			return err
		}
		if err := v.all(pages); err != nil {
			return err
		}
		v.client.Jar.SetCookies(base, old)
		for _, page := range []string{"/internals", "/internals.json", "/", "/set"} {
			if _, err := v.get(page); err != nil {
				return err
			}
		}
	}
	return nil
}
