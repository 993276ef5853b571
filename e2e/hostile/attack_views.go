package main

import "context"

// greedyViews are views that take what one may: steps, numbers, texts, changes inside the session.
var greedyViews = []string{
	"x = 0\nwhile True:\n    x = x + 1",
	"n = 99999999999999999999\nfor i in range(60):\n    n = n * 99999999999999999999\n" +
		"while True:\n    m = n * n % 7",
	"a = 'abcdefghij' * 2000\nwhile True:\n    b = a.count('ij')",
	"request.session['a'] = list(range(900))\nwhile True:\n    request.session['a'][0] = 1",
	"a = [[[[[[1]]]]]]\nwhile True:\n    b = str(a) == str(a)",
}

// views has views run without end, each of which takes all that a view may before it is ended.
func views(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	repeat(ctx, a.n, func(sender int) {
		a.send(ctx, a.newcomer(), "/view", "code", greedyViews[sender%len(greedyViews)])
	})
	a.say("%d senders of views that take all they may", a.n)
	return nil
}
