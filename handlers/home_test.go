package handlers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestHomeLeadsToEveryLesson(t *testing.T) {
	t.Parallel()
	page := newLab(t).visitor().get("/")
	_, lessonMap, found := strings.Cut(page.Body, `<div class="map">`)
	if !found {
		t.Fatal("no map of the lessons")
	}
	for _, lesson := range lessons {
		wantText(t, answer{Body: lessonMap}, `<a href="`+lesson.Path+`"><span class="dot"></span>`)
	}
	wantText(t, page, `href="`+lessons[0].Path+`" data-continue>`)
}

func TestHomeShowsTheSessionOfNow(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	page := v.get("/")
	wantText(t, page, "No session. Nothing is stored for you.")
	wantText(t, page, "<dt>cookie</dt><dd>none</dd>")
	if got, want := page.passedOver(), []string{"f3", "f3db", "f4", "f7"}; !slices.Equal(got, want) {
		t.Errorf("passed over: %v, want %v", got, want)
	}

	v.run("/set", "key", "fname", "value", "Aman")
	v.run("/set", "key", "lname", "value", "Roy")
	page = v.get("/")
	for _, text := range []string{`data-token="` + v.token() + `"`, fmt.Sprint(v.stored().Size, " bytes in the"),
		"<dd>fname, lname</dd>", `data-clock="ok"`, "GET /<br>"} {
		wantText(t, page, text)
	}
	if got, want := page.passedOver(), []string{"f4"}; !slices.Equal(got, want) {
		t.Errorf("passed over: %v, want %v", got, want)
	}
	if strings.Contains(page.Body, `id="xray"`) {
		t.Error("the first page has the side panel too")
	}
}

func TestHomeCutsWhatIsLong(t *testing.T) {
	t.Parallel()
	v := newLab(t).visitor()
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		v.run("/set", "key", key, "value", strings.Repeat("<long>", 100))
	}
	page := v.get("/")
	wantText(t, page, "and 2 more")
	if strings.Contains(page.Body, "<long>") || strings.Contains(page.Body, strings.Repeat("&lt;long&gt;", 10)) {
		t.Error("a long value is shown whole, or not escaped")
	}
}
