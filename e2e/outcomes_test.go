package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// clicks are what visitors of a site do at the same time: each sends a form and follows its answer, which
// leads to the other copy.
type clicks struct {
	mu     sync.Mutex // guards what follows
	done   int        // forms that were answered with 303
	lost   int        // of those, the ones whose page does not show the outcome
	failed map[int]int
	kept   []keptOutcome
}

// keptOutcome is a page that shows what a visitor did.
type keptOutcome struct {
	client *http.Client
	page   string
}

// click has a visitor send n forms, each time followed by the page with the outcome.
func (c *clicks) click(t *testing.T, v *http.Client, n int) {
	for i := range n {
		form := fmt.Sprintf("key=k%d&value=v%d", i%3, i)
		status, to, _ := attempt(t, v, http.MethodPost, siteURL+"/set", form)
		if status != http.StatusSeeOther {
			c.fail(status)
			continue
		}
		status, _, body := attempt(t, v, http.MethodGet, siteURL+to, "")
		if status != http.StatusOK {
			c.fail(status)
		}
		c.mu.Lock()
		c.done++
		if status == http.StatusOK && !showsOutcome(body) {
			c.lost++
		}
		c.kept = append(c.kept, keptOutcome{v, siteURL + to})
		c.mu.Unlock()
	}
}

// attempt sends a request that may find its copy dying. status is 0 for an answer that did not come, or not
// whole.
func attempt(t *testing.T, v *http.Client, method, address, form string) (status int, to, body string) {
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form))
	if err != nil {
		t.Error(err)
		return 0, "", ""
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := v.Do(r)
	if err != nil {
		return 0, "", ""
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", ""
	}
	return answer.StatusCode, answer.Header.Get("Location"), string(b)
}

func (c *clicks) fail(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = map[int]int{}
	}
	c.failed[status]++
}

func showsOutcome(page string) bool {
	return strings.Contains(page, "data-outcome") && !strings.Contains(page, "not kept here")
}

// siteShowsEveryOutcome has twenty visitors send twenty-five forms each, while nginx gives each request to
// the other copy.
func siteShowsEveryOutcome(t *testing.T, s *site) {
	var c clicks
	var all sync.WaitGroup
	for i := range 20 {
		v := s.visitor(fmt.Sprintf("127.0.1.%d", i+1))
		all.Go(func() { c.click(t, v, 25) })
	}
	all.Wait()
	if c.done != 500 || c.lost != 0 || len(c.failed) != 0 {
		t.Errorf("of 500 forms %d were taken, %d outcomes are lost; other answers: %v", c.done, c.lost, c.failed)
	}
	stranger := s.visitor("127.0.2.1")
	ask(t, stranger, http.MethodPost, siteURL+"/set", "key=mine&value=v")
	for _, k := range c.kept[:20] {
		if _, body := ask(t, stranger, http.MethodGet, k.page, ""); showsOutcome(body) {
			t.Fatalf("a stranger sees the outcome of somebody else:\n%s", body)
		}
	}
}

// siteOutlivesACopy kills one copy while visitors click. What it was asked for just then may fail; nothing
// else does, and what it had answered is still shown.
func siteOutlivesACopy(t *testing.T, s *site) {
	var c clicks
	var all sync.WaitGroup
	const visitors = 10
	for i := range visitors {
		v := s.visitor(fmt.Sprintf("127.0.3.%d", i+1))
		all.Go(func() { c.click(t, v, 20) })
	}
	until(t, "some have clicked", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.done >= 40
	})
	s.copies[1].kill()
	all.Wait()
	failed := 0
	for status, n := range c.failed {
		if failed += n; status > 0 && status < 500 {
			t.Errorf("%d answers %d", n, status)
		}
	}
	if c.lost != 0 || failed > 2*visitors {
		t.Errorf("%d outcomes are lost, and %v were not answered as they should be", c.lost, c.failed)
	}
	latest := map[*http.Client]keptOutcome{}
	for _, k := range c.kept {
		latest[k.client] = k
	}
	for _, k := range latest {
		if _, body := ask(t, k.client, http.MethodGet, k.page, ""); !showsOutcome(body) {
			t.Errorf("the last outcome of a visitor is lost")
		}
	}
}
