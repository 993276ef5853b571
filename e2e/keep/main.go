// Keep keeps what a lab answers, so that two versions of it can be compared: it starts the lab on each
// engine, goes through the course as several visitors do, and writes each answer into a file of its own.
// What differs from run to run, such as IDs, times and durations, is masked.
//
//	go build -o /tmp/before . && go run ./e2e/keep -lab /tmp/before /tmp/answers-before
//	(a change that should change nothing)
//	go build -o /tmp/after . && go run ./e2e/keep -lab /tmp/after /tmp/answers-after
//	diff -r /tmp/answers-before /tmp/answers-after
//
// The two stores that are servers need redis-server and PostgreSQL; -store names fewer stores.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"sessionlab/e2e/launch"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "keep:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	lab := flag.String("lab", "", "`program` of the lab; it is built when absent")
	stores := flag.String("store", "sqlite,memory,file,cookie,redis,postgres", "`kinds` of stores")
	flag.Parse()
	if flag.NArg() != 1 {
		return errors.New("name the directory for the answers, and nothing else")
	}
	dir, err := os.MkdirTemp("", "keep-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if *lab == "" {
		if *lab, err = launch.BuildLab(ctx, dir); err != nil {
			return err
		}
	}
	program, err := filepath.Abs(*lab)
	if err != nil {
		return err
	}
	kinds := strings.Split(*stores, ",")
	failed := make([]error, len(kinds))
	var all sync.WaitGroup
	for i, kind := range kinds {
		all.Go(func() { failed[i] = keepStore(ctx, program, kind, dir, filepath.Join(flag.Arg(0), kind)) })
	}
	all.Wait()
	return errors.Join(failed...)
}

// keepStore keeps the answers of the lab on one kind of store in the directory out.
func keepStore(ctx context.Context, program, kind, parent, out string) error {
	dir := filepath.Join(parent, kind)
	if err := os.Mkdir(dir, 0o711); err != nil {
		return err
	}
	if err := os.Chmod(parent, 0o711); err != nil { // PostgreSQL is a user of its own
		return err
	}
	store, err := launch.OpenStore(ctx, kind, dir)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	defer store.Close()
	lab, err := launch.StartLab(program, store.URL, nil, dir)
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	defer lab.Stop()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	if err := walk(ctx, lab.URL, out); err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return nil
}
