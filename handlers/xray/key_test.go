package xray

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// The key that a form named is a text that a visitor typed: it is kept for its visitor and nobody else.
func TestTheKeyOfAForm(t *testing.T) {
	t.Parallel()
	at := time.Now()
	limits := Limits{Total: 10, PerSession: 10, Bytes: 1 << 20, Ownerless: 10}
	for _, tt := range []struct {
		name string
		x    *Exchange
		want string
	}{
		{"of a session that lives on", &Exchange{Token: "t", Known: true, Sent: "t"}, "otp"},
		{"of a page that is answered at once, and not kept", &Exchange{}, "otp"},
		{"of no session", &Exchange{Location: "/pop"}, ""},
		{"of a session that it ended", &Exchange{Known: true, Sent: "t", Ended: true, Location: "/flush"}, ""},
		{"of a session that was ended while it ran", &Exchange{Token: "over", Known: true, Sent: "over"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := NewHistory(limits)
			h.Add(t.Context(), &Exchange{ID: "flush", At: at.Add(time.Second), Sent: "over", Known: true, Ended: true})
			x := tt.x
			x.ID, x.At, x.Method, x.Key = "x", at, http.MethodPost, "otp"
			h.Add(t.Context(), x)
			if x.Key != tt.want {
				t.Errorf("the key is %q, want %q", x.Key, tt.want)
			}
		})
	}
}

func TestTheKeyOfAFormCountsInItsSize(t *testing.T) {
	t.Parallel()
	bare, named := new(Exchange), &Exchange{Key: strings.Repeat("k", 100)}
	if got := named.size() - bare.size(); got != 100 {
		t.Errorf("a key of 100 bytes counts as %d", got)
	}
}
