package pages

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
)

// assets are the static files without what only their readers need, under names that carry a hash of their
// content: a browser may keep them for ever, and a new version has a new name. They are served by exact name
// only, so there is nothing to list and nowhere to escape to.
type assets struct {
	byURL map[string]asset
	urls  map[string]string // file name to URL
}

// kinds are the media types of the static files, by the ends of their names. Go's package mime asks the
// system too, which may say anything. A file of another kind is not served: editors leave such ones beside
// theirs.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml; charset=utf-8",
	".png": "image/png",
}

type asset struct {
	kind    string
	body    []byte
	gzipped []byte // nil for what is compressed already
}

// readAssets reads the static files. Comments and spaces of style sheets and scripts stay in the file: they
// are a quarter of what a page would load. With whole they are sent too, for whoever works on them.
func readAssets(files fs.FS, whole bool) (*assets, error) {
	a := &assets{byURL: map[string]asset{}, urls: map[string]string{}}
	names, err := fs.Glob(files, "static/*")
	if err != nil {
		return nil, fmt.Errorf("list static files: %w", err)
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read static file: %w", err)
		}
		name = path.Base(name)
		if !whole {
			if body, err = smaller(name, body); err != nil {
				return nil, err
			}
		}
		sum := sha256.Sum256(body)
		ext := path.Ext(name)
		url := "/static/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext
		kind, known := kinds[ext]
		if !known {
			continue
		}
		file := asset{kind: kind, body: body}
		if ext != ".png" {
			file.gzipped = zip(body)
		}
		a.byURL[url] = file
		a.urls[name] = url
	}
	return a, nil
}

// smaller is a style sheet or a script without comments and spaces, and any other file as it is.
func smaller(name string, body []byte) ([]byte, error) {
	m := minify.New()
	m.AddFunc(".css", css.Minify)
	m.AddFunc(".js", js.Minify)
	less, err := m.Bytes(path.Ext(name), body)
	if errors.Is(err, minify.ErrNotExist) {
		return body, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read static/%s: %w", name, err)
	}
	return less, nil
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = w.Write(body)                                  // a bytes.Buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// current returns the static files: in development those on the disk now.
func (s *Site) current() *assets {
	if s.options.Dev {
		if fresh, err := readAssets(s.files, true); err == nil {
			return fresh
		}
	}
	return s.assets
}

// Asset returns the URL of a static file.
func (s *Site) Asset(name string) (string, error) {
	url, ok := s.current().urls[name]
	if !ok {
		return "", fmt.Errorf("no static file %q", name)
	}
	return url, nil
}

// ServeAsset answers with the static file of the request's path. It reports whether there is one: a name that
// is not exactly that of a file gets no answer here.
func (s *Site) ServeAsset(w http.ResponseWriter, r *http.Request) bool {
	a, ok := s.current().byURL[r.URL.Path]
	if !ok {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := a.body
	if a.gzipped != nil && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body)
	return true
}

// takesGzip reports whether the client named gzip among the codings that it takes, without the weight 0 that
// refuses it (RFC 9110, 12.5.3).
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, parameters, err := mime.ParseMediaType(coding)
		if err == nil && name == "gzip" {
			weight, err := strconv.ParseFloat(cmp.Or(parameters["q"], "1"), 64)
			return err == nil && weight > 0
		}
	}
	return false
}
