package main

import "context"

// longScenes are the experiments that send the most requests, or wait for the longest time.
var longScenes = [][]string{
	{"/lost-update"}, {"/late-request"}, {"/double-submit"}, {"/stolen/act", "act", "cycle"}, {"/two/jar"},
	{"/lost-update/cure", "cure", "lock"}, {"/double-submit/cure", "cure", "lock"},
}

// scenes has experiments with several browsers run without end. Each sender keeps its notebook: new ones have
// a rate.
func scenes(ctx context.Context, a *attacker) error {
	senders := make([]*visitor, a.n)
	for i := range senders {
		senders[i] = a.newcomer()
	}
	a.ready(ctx)
	repeat(ctx, a.n, func(sender int) {
		scene := longScenes[sender%len(longScenes)]
		a.send(ctx, senders[sender], scene[0], scene[1:]...)
	})
	a.say("%d senders of experiments that have browsers send requests", a.n)
	return nil
}
