package pages

import (
	"testing"
	"testing/fstest"
)

// withOverride are the files of a site with one more in templates/cookie.
func withOverride(name, text string) fstest.MapFS {
	files := templates(`{{define "main"}}A row{{block "where" .}} in a table{{end}}{{end}}`)
	files["templates/cookie/"+name] = &fstest.MapFile{Data: []byte(text)}
	return files
}

// The texts of templates/cookie take the place of the page's, and of the shared ones, where they apply.
func TestOverride(t *testing.T) {
	t.Parallel()
	for _, cookie := range []bool{true, false} {
		files := withOverride("page.html", `{{define "where"}} in the cookie{{end}}`)
		files["templates/cookie/layout.html"] = &fstest.MapFile{Data: []byte(`{{define "main"}}nowhere{{end}}`)}
		files["templates/bare.html"] = &fstest.MapFile{}
		s := parsed(t, files, Options{Shared: withLayout.Shared, Cookie: cookie})
		want := map[string]string{"page": "<html>A row in a table</html>", "bare": "<html>nothing</html>"}
		if cookie {
			want = map[string]string{"page": "<html>A row in the cookie</html>", "bare": "<html>nowhere</html>"}
		}
		for name, want := range want {
			if p, err := s.Make(name, "layout.html", nil); err != nil || string(p.Bytes()) != want {
				t.Errorf("cookie %t: %s is %s, %v, want %s", cookie, name, p.Bytes(), err, want)
			}
		}
	}
}

// A text of templates/cookie that would be shown nowhere is an error, whether such texts apply or not.
func TestOverridesWithoutPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, text, want string }{
		{"page.html", `{{define "were"}}Hello{{end}}`,
			`templates/cookie/page.html: templates/page.html has no block "were"`},
		{"page.html", `{{define "nothing"}}Hello{{end}}`, // a page is made of it, but it is not the page's own
			`templates/cookie/page.html: templates/page.html has no block "nothing"`},
		{"page.html", `{{define "where"}} {{end}}`, `templates/cookie/page.html: the block "where" is empty`},
		{"nothing.html", `{{define "where"}}Hello{{end}}`,
			`templates/cookie/nothing.html: there is no page templates/nothing.html`},
		{"page.htm", `{{define "where"}}Hello{{end}}`,
			`templates/cookie/page.htm: there is no page templates/page.htm`},
		{"page.html", `{{define "where"}}Hello`,
			`parse templates/cookie/page.html: template: templates/cookie/page.html:1: unexpected EOF`},
	} {
		for _, cookie := range []bool{true, false} {
			files := withOverride(tt.file, tt.text)
			layout := files["templates/layout.html"]
			layout.Data = append(layout.Data, `{{define "nothing"}}{{end}}`...)
			_, err := Parse[*subject](files, Options{Shared: withLayout.Shared, Cookie: cookie})
			if err == nil || err.Error() != tt.want {
				t.Errorf("%s with %s: %v, want %s", tt.file, tt.text, err, tt.want)
			}
		}
	}
}

// In development templates are read anew for each page, those of templates/cookie too.
func TestDevelopment(t *testing.T) {
	t.Parallel()
	files := withOverride("page.html", `{{define "where"}} of the start{{end}}`)
	s := parsed(t, files, Options{Shared: withLayout.Shared, Cookie: true, Dev: true})
	for _, where := range []string{" at first", " then"} {
		text := `{{define "where"}}` + where + `{{end}}`
		files["templates/cookie/page.html"] = &fstest.MapFile{Data: []byte(text)}
		if got, err := made(t, s, ""); err != nil || got != "<html>A row"+where+"</html>" {
			t.Errorf("%s, %v, want %s", got, err, where)
		}
	}
	files["templates/layout.html"] = &fstest.MapFile{Data: []byte(`<body>{{template "main" .}}`)}
	if got, err := made(t, s, ""); err != nil || got != "<body>A row then" {
		t.Errorf("with another frame: %s, %v", got, err)
	}
	files["templates/page.html"] = &fstest.MapFile{Data: []byte(`{{define "main"}}`)}
	if got, err := made(t, s, ""); got != brokenPage || err == nil {
		t.Errorf("with a page that cannot be parsed: %s, %v", got, err)
	}
}
