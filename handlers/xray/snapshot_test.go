package xray

import (
	"testing"
	"time"
)

func TestLook(t *testing.T) {
	t.Parallel()
	eng, file := openStore(t, "")
	commit := func(token string, data []byte, expiry time.Time) {
		if err := eng.CommitCtx(t.Context(), token, data, expiry); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	commit("live", encoded(t, map[string]any{"k": "v"}), now.Add(time.Minute))
	commit("over", encoded(t, map[string]any{"k": "v"}), now.Add(-time.Minute))
	commit("broken", []byte("no gob"), now.Add(time.Minute))
	before := everything(t, file)
	look := func(token string) Snapshot {
		s, err := Look(t.Context(), eng, Codec, token, now)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := look("live"); s.Row == nil || s.Values["k"] != "v" || s.Lying != nil || s.Undecodable != "" {
		t.Errorf("live: %+v", s)
	}
	if s := look("over"); s.Row != nil || s.Values != nil || s.Lying == nil || s.Lying.Data != nil ||
		s.Lying.Size == 0 {
		t.Errorf("expired: %+v, want a row lying without its data", s)
	}
	if s := look("broken"); s.Row == nil || s.Undecodable == "" || len(s.Values) != 0 {
		t.Errorf("broken: %+v", s)
	}
	for _, unknown := range []string{"", "Live", "live ", "liv", "live\x00", "%", "' OR 1=1 --"} {
		if s := look(unknown); s.Row != nil || s.Lying != nil || s.Values != nil {
			t.Errorf("%q: %+v, want nothing", unknown, s)
		}
	}
	if after := everything(t, file); after != before {
		t.Error("looking changed the store")
	}
}
