package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestPictures makes the README's pictures from the running app:
//
//	go test ./e2e -run TestPictures -pictures ../static
//
// Without the flag it only checks that they can be made and are small enough.
func TestPictures(t *testing.T) {
	t.Parallel()
	needBrowser(t)
	dir := *pictures
	if dir == "" {
		dir = t.TempDir()
	}
	for _, scheme := range []string{"light", "dark"} {
		l := startLab(t)
		v := newVisitor(t, l)
		v.theme(scheme)
		v.do("size", chromedp.EmulateViewport(1440, 900))
		v.open("/set")
		v.run("Set it", "key", "fname", "value", "Aman", "predict", "An ID is made, because there was none")
		v.live()
		js[bool](v, `(scrollTo({top: 0, behavior: "instant"}), document.activeElement.blur(), true)`)
		png := get(v, "picture", chromedp.CaptureScreenshot())
		if len(png) < 20_000 || len(png) > 300_000 {
			t.Errorf("%s: %d bytes", scheme, len(png))
		}
		if err := os.WriteFile(filepath.Join(dir, "lab-"+scheme+".png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if *pictures != "" {
		t.Log("written to", dir)
	}
}
