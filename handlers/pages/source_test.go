package pages

import (
	"slices"
	"testing"
	"testing/fstest"
)

// A function is printed with its comment, and neither what stands before it nor what comes after it.
func TestSource(t *testing.T) {
	t.Parallel()
	s, err := ReadSource(fstest.MapFS{
		"set.go": {Data: []byte("package x\n\n// About the file.\n\n// set sets.\n" +
			"func set(key string) {\n\tput(key)\n}\n\nfunc (l *Lab) put(string) {}\n")},
		"set_test.go": {Data: []byte("package x\n\nfunc inTests() {}\n")},
		"set.sql":     {Data: []byte("not Go")},
	}, "handlers")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Of([]string{"put", "set"})
	want := []Excerpt{
		{"put", "handlers/set.go", 10, "func (l *Lab) put(string) {}"},
		{"set", "handlers/set.go", 6, "// set sets.\nfunc set(key string) {\n\tput(key)\n}"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	for name, want := range map[string]bool{"set": true, "put": true, "inTests": false, "Lab": false} {
		if s.Has(name) != want {
			t.Errorf("%s is in the source: %t", name, !want)
		}
	}
	_, err = s.Of([]string{"set", "inTests"})
	if want := `no function "inTests" in the source`; err == nil || err.Error() != want {
		t.Errorf("a function of a test: %v, want %s", err, want)
	}
}

// Source that cannot be parsed is an error that names the place.
func TestSourceWithAnError(t *testing.T) {
	t.Parallel()
	_, err := ReadSource(fstest.MapFS{"set.go": {Data: []byte("package x\n\nfunc {\n")}}, "handlers")
	const want = "parse source: set.go:3:6: expected 'IDENT', found '{'"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Of two methods of one name a page must say whose it shows: it would else show the last that was read.
func TestSourceOfTwoMethods(t *testing.T) {
	t.Parallel()
	s, err := ReadSource(fstest.MapFS{
		"get.go":   {Data: []byte("package x\n\nfunc (l *Lab) get() {}\n\nfunc (b box[T]) only() {}\n")},
		"other.go": {Data: []byte("package x\n\nfunc (a app) get() {}\n")},
	}, "handlers")
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Of([]string{"Lab.get", "app.get", "only", "box.only"})
	want := []Excerpt{
		{"get", "handlers/get.go", 3, "func (l *Lab) get() {}"},
		{"get", "handlers/other.go", 3, "func (a app) get() {}"},
		{"only", "handlers/get.go", 5, "func (b box[T]) only() {}"},
		{"only", "handlers/get.go", 5, "func (b box[T]) only() {}"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
	_, err = s.Of([]string{"get"})
	const says = `two functions "get" in the source, at handlers/get.go:3 and handlers/other.go:3: ` +
		`name its type too, as in Lab.get`
	if err == nil || err.Error() != says {
		t.Errorf("got  %v\nwant %s", err, says)
	}
}
