package pages

import (
	"bytes"
	"sync"
)

// Page is a page that was made, or a part of one. [Page.Done] gives its memory to the next one.
type Page struct{ buf bytes.Buffer }

var spare = sync.Pool{New: func() any { return new(Page) }}

// maxSpare is the room of the largest page whose memory is kept for the next one. Nearly all are far smaller,
// and one larger would hold on to it for nothing.
const maxSpare = 256 << 10

// brokenPage stands in for a page whose template fails. It needs none.
const brokenPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Something broke on the server · Session Lab</title>
<p>Something broke on the server. Nothing was changed. The reason is in the server's log.</p>
</html>
`

// Make executes the template part of the page of that name. It never makes half a page: with an error, which
// says what is wrong with the template, comes a page that says so without the reason.
func (s *Site) Make(name, part string, data any) (*Page, error) {
	p := spare.Get().(*Page)
	p.buf.Reset()
	err := s.execute(&p.buf, name, part, data)
	if err != nil {
		p.buf.Reset()
		p.buf.WriteString(brokenPage)
	}
	return p, err
}

// Bytes is the page. It holds until [Page.Done].
func (p *Page) Bytes() []byte { return p.buf.Bytes() }

// Done says that the page is sent, and nobody looks at it any more.
func (p *Page) Done() {
	if p.buf.Cap() <= maxSpare {
		spare.Put(p)
	}
}
