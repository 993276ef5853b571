package main

import (
	"context"
	"fmt"
	"os"
	"sessionlab/e2e/launch"
	"time"
)

// outcome is what one run measured: a line of the table, and what stands below it.
type outcome struct {
	name, store string
	class       classFigures
	peak        int64 // bytes
	cpu, others float64
	rows        string
	bytes       int64
	said        []string // by the attacker, and where the lab ended, why
}

// once does one run on a fresh store: the class comes in, the attack begins when it is prepared, and both
// last for the time of -for.
func (o options) once(ctx context.Context, parent string, a attack) (*outcome, error) {
	o.waitForCalm(ctx)
	dir, err := os.MkdirTemp(parent, "run-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	// Others may have to reach into it: PostgreSQL is a user of its own.
	for _, d := range []string{parent, dir} {
		if err := os.Chmod(d, 0o711); err != nil {
			return nil, err
		}
	}
	kind := o.storeFor(a)
	store, err := launch.OpenStore(ctx, kind, dir)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	lab, err := startLab(o.lab, store.URL, o.flags, int64(o.memory)<<20, dir)
	if err != nil {
		return nil, err
	}
	defer lab.Stop()
	fmt.Fprintf(os.Stderr, "%s on %s: %d visitors, %s and %s\n", a.name, kind, o.class, o.warmUp, o.length)

	result := &outcome{name: a.name, store: kind}
	class := newClass(lab.URL, o.class)
	defer class.leave()
	if err := o.together(ctx, a, lab, class, result); err != nil {
		return nil, err
	}
	result.bytes, result.rows = store.Size(), countRows(ctx, lab.URL)
	if text := lab.ended(); text != "" {
		result.said = append(result.said, "THE LAB ENDED: "+text)
	}
	return result, nil
}

// together is the time in which the class and the attacker are there both.
func (o options) together(ctx context.Context, a attack, lab *lab, class *class, result *outcome) error {
	class.come()
	var enemy *attackerProcess
	if a.run != nil {
		n := a.n
		if o.n > 0 {
			n = o.n
		}
		var err error
		if enemy, err = startAttacker(a.name, lab.URL, o.length, n); err != nil {
			return err
		}
		defer enemy.stop()
	}
	wait(ctx, o.warmUp)
	if enemy != nil {
		if err := enemy.prepared(ctx); err != nil {
			return err
		}
	}
	class.record.begin()
	before := usageNow(lab.Process.Process.Pid, enemy.pid())
	if enemy != nil {
		enemy.begin()
	}
	lab.wait(ctx, o.length)
	result.cpu, result.others = usageNow(lab.Process.Process.Pid, enemy.pid()).since(before)
	result.class = class.end()
	result.class.kept, result.class.asked = class.kept()
	if enemy != nil {
		result.said = append(result.said, enemy.stop()...)
	}
	result.peak = lab.peak.Load()
	return ctx.Err()
}

// waitForCalm waits until everything else takes less than a fifth of one processor, or for the time of -calm.
func (o options) waitForCalm(ctx context.Context) {
	for deadline := time.Now().Add(o.calm); time.Now().Before(deadline) && ctx.Err() == nil; {
		before := busyTime()
		wait(ctx, 2*time.Second)
		if busyTime()-before < 400*time.Millisecond {
			return
		}
	}
}

// wait waits, or less if ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
