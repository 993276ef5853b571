package handlers

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// addressesIn are the addresses in the attributes of a page.
func addressesIn(page string) (list []string) {
	for {
		before, rest, more := strings.Cut(page, `="`)
		if !more {
			return list
		}
		value, after, _ := strings.Cut(rest, `"`)
		switch before[strings.LastIndexAny(before, " \n")+1:] {
		case "href", "src", "action", "formaction", "data-exchange":
			list = append(list, html.UnescapeString(value))
		}
		page = after
	}
}

// An id is in Set-Cookie and, for its owner, in the panel; never in an address and never in the log.
func TestTokensInNoURLAndNoLog(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	v := tl.visitor()
	var tokens []string
	var addresses []string
	note := func(a answer) {
		if token := v.token(); token != "" && !slices.Contains(tokens, token) {
			tokens = append(tokens, token)
		}
		addresses = append(addresses, a.Header.Get("Location"))
		addresses = append(addresses, addressesIn(a.Body)...)
	}
	fields := []string{"key", "pin", "value", "S3CRET", "seconds", "300", "default", "S3CRET"}
	for _, path := range tl.paths(http.MethodPost) {
		v.post("/set", fields...)
		a := v.post(path, fields...)
		note(a)
		if to := a.Header.Get("Location"); to != "" {
			note(v.get(to))
		}
	}
	v.post("/set", fields...)
	for _, path := range tl.paths(http.MethodGet) {
		note(v.get(path + "?key=pin&default=S3CRET"))
	}
	unknown := strings.Repeat("Z", 43)
	stranger := tl.visitor()
	stranger.setToken(unknown)
	note(stranger.get("/set"))
	tl.sql("UPDATE sessions SET data = 'S3CRET'")
	note(v.get("/set"))
	tl.sql("DROP TABLE sessions")
	note(v.get("/set"))
	v.post("/set", fields...)

	if len(tokens) < 3 {
		t.Fatalf("only %d tokens came by", len(tokens))
	}
	log := tl.log.String()
	for _, secret := range append(tokens, unknown) {
		for _, address := range addresses {
			if strings.Contains(address, secret) {
				t.Errorf("a token is in the address %q", address)
			}
		}
		if strings.Contains(log, secret) || strings.Contains(log, secret[:16]) {
			t.Error("a token is in the log")
		}
	}
	if strings.Contains(log, "S3CRET") || strings.Contains(log, "pin") {
		t.Error("what a visitor typed is in the log")
	}
}

// Of others' sessions a visitor sees that they are there, and nothing that could be used or read.
func TestOthersAreMasked(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	owner, other := tl.visitor(), tl.visitor()
	owner.run("/set", "key", "medical", "value", "S3CRET diagnosis")
	other.run("/set", "key", "k", "value", "v")
	i := owner.internals()
	token := owner.token()
	hidden := []string{"S3CRET", "medical", base64.StdEncoding.EncodeToString(i.Row.Data)[len(i.Row.Data):],
		hex.EncodeToString(i.Row.Data)[len(i.Row.Data):]}
	for at := 0; at+8 <= len(token); at++ {
		hidden = append(hidden, token[at:at+8])
	}
	for _, visitor := range []*visitor{other, tl.visitor()} {
		for _, path := range tl.paths(http.MethodGet) {
			a := visitor.get(path)
			for _, s := range hidden {
				if strings.Contains(a.Body, s) {
					t.Errorf("%s shows %q of another visitor", path, s)
				}
			}
		}
	}
	for _, path := range []string{"/sessions", "/clear-expired"} {
		if a := other.get(path); !strings.Contains(a.Body, token[:4]+"…"+token[39:]) {
			t.Errorf("%s does not list the other session at all", path)
		}
	}
}

// Other cookies belong to other programs on this host. Their number is shown, and nothing else is kept.
func TestOtherCookiesAreOnlyCounted(t *testing.T) {
	t.Parallel()
	tl := newLab(t)
	mine, second := tl.visitor(), tl.visitor()
	mine.run("/set", "key", "k", "value", "v")
	second.run("/set", "key", "k", "value", "SECOND")
	const others = "other_name=other_value; csrftoken=other_value2; empty_other="
	for _, tt := range []struct {
		name, cookie, says string
	}{
		{"beside a session", "sessionname=" + mine.token() + "; " + others, "and 3 of other programs on this host"},
		{"before a session", others + "; sessionname=" + mine.token(), "and 3 of other programs on this host"},
		{"without a session", others, "and 3 of other programs on this host"},
		{"another of the same name", "sessionname=" + second.token() + "; sessionname=" + mine.token(),
			"the last of 2 cookies"},
		{"none", "sessionname=" + mine.token(), ""},
	} {
		for _, path := range tl.addresses(http.MethodGet) {
			a := tl.send(http.MethodGet, path, "Cookie", tt.cookie)
			for _, private := range []string{"other_name", "other_value", "empty_other", second.token(), "SECOND"} {
				if strings.Contains(a.Body, private) {
					t.Errorf("%s: %s shows %q", tt.name, path, private)
				}
			}
			if used := strings.Contains(tt.cookie, mine.token()); path == "/set" &&
				used != strings.Contains(a.Body, `data-token="`+mine.token()+`"`) {
				t.Errorf("%s: the panel does not show the cookie that is used", tt.name)
			}
			if path == "/set" && (tt.says == "" && strings.Contains(a.Body, "of other programs") ||
				!strings.Contains(a.Body, tt.says)) {
				t.Errorf("%s: %s does not say %q", tt.name, path, tt.says)
			}
		}
	}
	s := mine.streamWith("sessionname=" + mine.token() + "; " + others)
	s.session("the state", func(internals) bool { return true })
	if strings.Contains(s.all(), "other_") {
		t.Error("the stream carries another cookie")
	}
	for _, x := range tl.exchanges(mine.token()) {
		if all := fmt.Sprintf("%+v", x); strings.Contains(all, "other_") || strings.Contains(all, second.token()) {
			t.Errorf("recorded: %s", all)
		}
	}
	if log := tl.log.String(); strings.Contains(log, "other_") {
		t.Error("another cookie is in the log")
	}
}
