package e2e

import "testing"

func TestLessonSet(t *testing.T) {
	t.Parallel()
	l := startLab(t)
	v := newVisitor(t, l)
	v.open("/set")
	l.empty()
	v.noCookie()
	v.submit("/set", "key", "fname", "value", "Aman")
	c := v.cookie()
	l.holds(c.Value, map[string]any{"fname": "Aman"})
	a, sent := v.posted()
	t.Log(a, sent)
	t.Log(v.text("main"))
}
