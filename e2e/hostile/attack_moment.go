package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"sync/atomic"
	"time"
)

// fixedMoment is from the row about signed cookies. Sessions with equal content that are signed in the same
// second may be the same cookie, and what was recorded with one is then seen with the other. Everybody stores
// a secret of their own, clears it and presses the button for a fixed moment, which offers all the same one.
//
// Two things are tried at once, with different moments: an attacker presses the button each second while the
// victims do it once, and thirty visitors press it within 20 seconds without wishing anybody harm.
func fixedMoment(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	moment := time.Now().Add(10 * time.Minute).Truncate(time.Minute)
	within := min(20*time.Second, a.length-5*time.Second) // looking takes until after the last of them
	if within < time.Second {
		return fmt.Errorf("give it more than %v with -for", a.length)
	}
	var both sync.WaitGroup
	both.Go(func() { a.victims(ctx, moment.UTC().Format(time.RFC3339), within) })
	both.Go(func() { a.visitors(ctx, moment.Add(time.Minute).UTC().Format(time.RFC3339), within) })
	both.Wait()
	<-ctx.Done()
	return nil
}

// secretOf is what a victim stored.
func secretOf(crowd string, i int) string { return fmt.Sprintf("secret-%s-%02d-", crowd, i) }

// press is one visitor: stores a secret, clears it, and presses the button at some time.
func (a *attacker) press(ctx context.Context, v *visitor, secret, moment string, within time.Duration) {
	wait(ctx, rand.N(within))
	a.send(ctx, v, "/set", "key", "secret", "value", secret)
	a.send(ctx, v, "/clear")
	a.send(ctx, v, "/expiry", "at", moment)
}

// victims are robbed by an attacker who presses the button each second, with a new cookie each time.
func (a *attacker) victims(ctx context.Context, moment string, within time.Duration) {
	over, end := context.WithTimeout(ctx, within+2*time.Second)
	defer end()
	var crowd sync.WaitGroup
	for i := range a.n {
		crowd.Go(func() { a.press(ctx, a.newcomer(), secretOf("victim", i), moment, within) })
	}
	var mu sync.Mutex
	robbed := map[int]bool{}
	for over.Err() == nil {
		v := a.newcomer()
		a.send(over, v, "/expiry", "at", moment)
		crowd.Go(func() {
			wait(ctx, 1200*time.Millisecond) // a victim of the same second may come later
			found := a.look(ctx, v, "victim", a.n)
			mu.Lock()
			defer mu.Unlock()
			for _, i := range found {
				robbed[i] = true
			}
		})
		wait(over, time.Until(time.Now().Truncate(time.Second).Add(1500*time.Millisecond)))
	}
	crowd.Wait()
	a.say("an attacker who pressed it each second saw the secrets of %d of %d victims", len(robbed), a.n)
}

// visitors are a crowd without an attacker among them.
func (a *attacker) visitors(ctx context.Context, moment string, within time.Duration) {
	const number = 30
	var crowd sync.WaitGroup
	var saw atomic.Int64
	for i := range number {
		crowd.Go(func() {
			v := a.newcomer()
			a.press(ctx, v, secretOf("visitor", i), moment, within)
			wait(ctx, 1200*time.Millisecond)
			for _, other := range a.look(ctx, v, "visitor", number) {
				if other != i {
					saw.Add(1)
					return
				}
			}
		})
	}
	crowd.Wait()
	a.say("%d of %d visitors who pressed it within %v saw somebody else's secret", saw.Load(), number, within)
}

// exchangeOnPage is the address of an exchange in the history of a panel: of the lesson that shows it.
var exchangeOnPage = regexp.MustCompile(`href="(/[a-z/-]+\?exchange=[A-Za-z0-9_-]+)"`)

// look looks for the secrets of a crowd wherever a visitor can: in the panel, in what it says as JSON, and in
// every exchange of the history.
func (a *attacker) look(ctx context.Context, v *visitor, crowd string, number int) (found []int) {
	panel, _ := a.load(ctx, v, "/internals")
	all := bytes.Clone(panel.body)
	seen := map[string]bool{}
	for _, link := range exchangeOnPage.FindAllSubmatch(panel.body, -1) {
		if path := string(link[1]); !seen[path] {
			seen[path] = true
			page, _ := a.load(ctx, v, path)
			all = append(all, page.body...)
		}
	}
	values, _ := a.load(ctx, v, "/internals.json")
	all = append(all, values.body...)
	for i := range number {
		if bytes.Contains(all, []byte(secretOf(crowd, i))) {
			found = append(found, i)
		}
	}
	return found
}
