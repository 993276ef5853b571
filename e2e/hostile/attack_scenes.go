package main

import "context"

// longScenes are the experiments that send the most requests, or wait for the longest time.
var longScenes = [][]string{
	{"/lost-update"}, {"/late-request"}, {"/double-submit"}, {"/stolen/act", "act", "cycle"}, {"/two/jar"},
	{"/lost-update/cure", "cure", "lock"}, {"/double-submit/cure", "cure", "lock"},
}

// scenes has experiments with several browsers run without end, each by somebody new.
func scenes(ctx context.Context, a *attacker) error {
	a.ready(ctx)
	repeat(ctx, a.n, func(sender int) {
		scene := longScenes[sender%len(longScenes)]
		a.send(ctx, a.newcomer(), scene[0], scene[1:]...)
	})
	a.say("%d senders of experiments that have browsers send requests", a.n)
	return nil
}
