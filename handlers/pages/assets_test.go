package pages

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

const sheet = "body{margin:0}"

// withAssets is a site of static files alone.
func withAssets(t *testing.T) *Site {
	t.Helper()
	return parsed(t, fstest.MapFS{
		"static/lab.css": {Data: []byte(sheet)}, "static/lab.png": {Data: []byte("a picture")},
		"static/lab.css~": {Data: []byte("an editor's copy")},
	}, Options{})
}

// assetURL is the URL of a file that the site has.
func assetURL(t *testing.T, s *Site, name string) string {
	t.Helper()
	url, err := s.Asset(name)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// ask asks for a static file. found is whether the site has answered.
func ask(s *Site, url, accept string) (w *httptest.ResponseRecorder, found bool) {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	r.Header.Set("Accept-Encoding", accept)
	w = httptest.NewRecorder()
	return w, s.ServeAsset(w, r)
}

// gzip goes to those who take it, and to nobody else.
func TestCompression(t *testing.T) {
	t.Parallel()
	s := withAssets(t)
	url := assetURL(t, s, "lab.css")
	for accept, want := range map[string]string{
		"gzip": "gzip", "GZIP": "gzip", "br, gzip;q=0.5": "gzip", "deflate, gzip ; q=1.0, *;q=0": "gzip",
		"": "", "br": "", "gzip;q=0": "", "br, gzip; q=0.000": "", "xgzip": "", "gzip;q=": "",
	} {
		w, found := ask(s, url, accept)
		if got := w.Header().Get("Content-Encoding"); got != want || !found {
			t.Errorf("Accept-Encoding %q: found %t, Content-Encoding %q, want %q", accept, found, got, want)
		}
		if got := unzipped(t, w); got != sheet {
			t.Errorf("Accept-Encoding %q: the file says %q", accept, got)
		}
	}
}

func unzipped(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") == "" {
		return w.Body.String()
	}
	r, err := gzip.NewReader(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A picture is compressed already.
func TestPictureIsSentAsItIs(t *testing.T) {
	t.Parallel()
	s := withAssets(t)
	w, found := ask(s, assetURL(t, s, "lab.png"), "gzip")
	if !found || w.Body.String() != "a picture" || w.Header().Get("Content-Encoding") != "" {
		t.Errorf("found %t, %v, %q", found, w.Header(), w.Body)
	}
}

// What only a reader of the file needs is not sent, except in development. A file that cannot be understood
// stops the lab, and does not reach a browser.
func TestAssetsWithoutComments(t *testing.T) {
	t.Parallel()
	const long = "/* why */\nbody { margin: 0 }\n"
	for _, dev := range []bool{true, false} {
		s := parsed(t, fstest.MapFS{"static/lab.css": {Data: []byte(long)}}, Options{Dev: dev})
		w, _ := ask(s, assetURL(t, s, "lab.css"), "")
		if got := w.Body.String(); got != map[bool]string{true: long, false: sheet}[dev] {
			t.Errorf("in development %t: %q", dev, got)
		}
	}
	files := fstest.MapFS{"static/lab.js": {Data: []byte("const x = ;")}}
	if _, err := Parse[int](files, Options{}); err == nil || !strings.Contains(err.Error(), "static/lab.js") {
		t.Errorf("a script that is none: %v", err)
	}
}

// What is not exactly the name of a file with its hash is not found, and the answer is left to others.
func TestAssetsByExactName(t *testing.T) {
	t.Parallel()
	s := withAssets(t)
	url := assetURL(t, s, "lab.css")
	for _, other := range []string{
		"/static/", "/static/lab.css", "/static/lab.css~", url + "~", url + "/", "/static/../" + url[1:],
		strings.ToUpper(url),
	} {
		if w, found := ask(s, other, ""); found || len(w.Header()) > 0 || w.Body.Len() > 0 {
			t.Errorf("%s: found %t, %v, %q", other, found, w.Header(), w.Body)
		}
	}
	if url, err := s.Asset("lab.css~"); err == nil || err.Error() != `no static file "lab.css~"` {
		t.Errorf("a file of another kind has the URL %q, %v", url, err)
	}
}

// A new version of a file has a new URL; in development it has it at once.
func TestAssetFollowsItsFile(t *testing.T) {
	t.Parallel()
	for _, dev := range []bool{true, false} {
		files := fstest.MapFS{"static/lab.css": {Data: []byte(sheet)}}
		s := parsed(t, files, Options{Dev: dev})
		before := assetURL(t, s, "lab.css")
		files["static/lab.css"] = &fstest.MapFile{Data: []byte("body { margin: 1px }")}
		after := assetURL(t, s, "lab.css")
		if (before != after) != dev {
			t.Errorf("in development %t: %s, then %s", dev, before, after)
		}
		if w, found := ask(s, after, ""); !found || (w.Body.String() != sheet) != dev {
			t.Errorf("in development %t: found %t, %q", dev, found, w.Body)
		}
	}
}
