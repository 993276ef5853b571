// Hostile measures what one hostile visitor does to a class. It starts a lab on a fresh store, lets a
// simulated class work on it, and lets one attacker loose meanwhile:
//
//	go run ./e2e/hostile -attack slow-json -compare
//	go run ./e2e/hostile -attack streams -store redis -for 20s -lab ./sessionlab -- -cookie-age 8000s
//	go run ./e2e/hostile -attack all -compare -for 20s
//
// The class are 200 visitors behind one address, 127.0.0.2, as behind the router of a school. Each has a
// cookie jar, connections that stay open, a live panel that is read, and clicks every four seconds: one of
// the cheap forms, and the page to which its answer leads. 40 come in the same second, the others within ten.
// The attacker is at 127.0.0.3, in a process of its own with one processor, so that what it does disturbs the
// lab and not the class's clock. It prepares while the class comes in, and attacks during the time of -for.
//
// For each run there is one line of a table:
//
//	requests     of the class, during -for
//	GET, POST    how long the class waited in milliseconds, pages and forms apart, during -for
//	refused      answers of 400 and more that the class got, from its coming in to the end
//	errors       its requests without an answer, and broken live panels
//	lost         pages that did not show what the form just sent had done
//	kept         visitors whose last form can still be looked at in the end, the attack going on
//	peak         most memory that the lab had at once, from its start
//	CPU          processor time of the lab during -for, per cent of one processor
//	others       that of everything but the lab, the attacker and the class: the store's own server, and
//	             what has nothing to do with the measurement
//	rows, size   what the store holds in the end, and its size on the disk
//
// Below it stands what the attack achieved, in its own words, and the kinds of answers that the attacker got.
// With -compare a run without an attack comes before each, on a store of its own, and the ratios of the two
// are printed too. Only these say much: the times of a run depend on the machine and on what else it does,
// which the column others tells: -calm 5m waits for a better moment. TMPDIR=/dev/shm keeps stores and logs
// off a disk that others keep busy.
//
// It needs Linux, where every address of 127.0.0.0/8 can be used, and for two of the stores redis-server and
// PostgreSQL. What it starts has free ports and a temporary directory, and ends with it. go run ./e2e/hostile
// -list names the attacks.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sessionlab/e2e/launch"
)

// options are the command line.
type options struct {
	lab     string // the program; "" until it was built
	store   string
	attacks []attack
	compare bool
	class   int
	length  time.Duration
	warmUp  time.Duration
	calm    time.Duration
	n       int
	memory  int      // that the lab may take, in MiB
	flags   []string // of the lab
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) > 1 && os.Args[1] == attackerCommand {
		err = runAttacker(ctx, os.Args[2:])
	} else {
		err = run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

// run reads the command line, builds the lab where none was given, and prints what was measured.
func run(ctx context.Context) error {
	var o options
	var names string
	var list bool
	flag.StringVar(&o.lab, "lab", "", "`program` of the lab; it is built when absent")
	flag.StringVar(&o.store, "store", "", "fresh sqlite, memory, file, cookie, redis or postgres, or a `URL`")
	flag.StringVar(&names, "attack", "", "`names` of attacks with commas between them, or all")
	flag.BoolVar(&o.compare, "compare", false, "run without the attack first, and print the ratios")
	flag.IntVar(&o.class, "class", 200, "visitors of the class")
	flag.DurationVar(&o.length, "for", time.Minute, "time that is measured")
	flag.DurationVar(&o.warmUp, "warmup", 12*time.Second, "time before it, in which the class comes in")
	flag.DurationVar(&o.calm, "calm", 0, "wait at most so long before each run for idle processors")
	flag.IntVar(&o.n, "n", 0, "how many of what the attack is about, instead of its own `number`")
	flag.IntVar(&o.memory, "memory", 4096, "`MiB` of memory that the lab may have; with more it is ended")
	flag.BoolVar(&list, "list", false, "name the attacks")
	flag.Parse()
	o.flags = flag.Args()
	if list {
		for _, a := range attacks {
			fmt.Printf("%-13s %s (%d)\n", a.name, a.about, a.n)
		}
		return nil
	}
	var err error
	if o.attacks, err = attacksNamed(names); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hostile-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.lab == "" {
		if o.lab, err = launch.BuildLab(ctx, dir); err != nil {
			return err
		}
	}
	return o.measure(ctx, dir)
}

// attacksNamed finds attacks by their names.
func attacksNamed(names string) (list []attack, err error) {
	if names == "" {
		return nil, nil
	}
	if names == "all" {
		return attacks, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		a, ok := attackNamed(name)
		if !ok {
			return nil, fmt.Errorf("there is no attack %q: -list names them", name)
		}
		list = append(list, a)
	}
	return list, nil
}

// measure does all runs, and prints each as soon as it is over.
func (o options) measure(ctx context.Context, dir string) error {
	if len(o.attacks) == 0 {
		control, err := o.once(ctx, dir, attack{name: "control"})
		if err == nil {
			printTable(os.Stdout, control)
		}
		return err
	}
	for _, a := range o.attacks {
		runs := []attack{a}
		if o.compare {
			runs = []attack{{name: "control", store: o.storeFor(a)}, a}
		}
		var lines []*outcome
		for _, r := range runs {
			line, err := o.once(ctx, dir, r)
			if ctx.Err() != nil {
				return errors.New("interrupted")
			}
			if err != nil { // signed cookies, for example, have no large sessions
				fmt.Printf("%s on %s: %v\n\n", r.name, o.storeFor(r), err)
				lines = nil
				break
			}
			lines = append(lines, line)
		}
		if len(lines) > 0 {
			printTable(os.Stdout, lines...)
		}
	}
	return nil
}

// storeFor is the kind of store for an attack: some concern one of them alone.
func (o options) storeFor(a attack) string {
	switch {
	case o.store != "":
		return o.store
	case a.store != "":
		return a.store
	}
	return "sqlite"
}
