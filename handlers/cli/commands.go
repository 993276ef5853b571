package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"sessionlab/handlers/engine"
	"sessionlab/handlers/xray"
)

// command is what the program does besides serving. schema is that of SQLite.
type command func(ctx context.Context, args []string, schema string, stdout, stderr io.Writer) error

var commands = map[string]command{
	"clearsessions": clearSessions,
	"endsessions":   endSessions,
}

// Run runs the command that args begin with, and names those that there are if it is none. An error is one
// line; who asks for help gets it on stderr, and the error is [flag.ErrHelp].
func Run(ctx context.Context, args []string, schema string, stdout, stderr io.Writer) error {
	run, ok := commands[args[0]]
	if !ok {
		names := slices.Sorted(maps.Keys(commands))
		return fmt.Errorf("unknown command %q: use %s, or none to serve",
			engine.Redact(args[0]), strings.Join(names, ", "))
	}
	return run(ctx, args[1:], schema, stdout, stderr)
}

// openExisting opens a store for a command. One that is not there is an error, and none is made. what is what
// the command cannot do then.
func openExisting(ctx context.Context, store, schema, what string) (engine.Engine, error) {
	if err := engine.Exists(ctx, store); err != nil {
		return nil, fmt.Errorf("cannot %s: %w", what, err)
	}
	return engine.Open(ctx, store, schema)
}

// counted is n with its noun.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// clearSessions removes the expired rows of a store and prints how many, as Django's
// manage.py clearsessions does.
func clearSessions(ctx context.Context, args []string, schema string, stdout, stderr io.Writer) error {
	store, err := newStoreFlags("sessionlab clearsessions").parse(args, stderr)
	if err != nil {
		return err
	}
	eng, err := openExisting(ctx, store, schema, "clear")
	if err != nil {
		return err
	}
	defer eng.Close()
	n, err := eng.DeleteExpired(ctx, time.Now())
	if err == nil || n > 0 { // what was removed before the error stays so
		fmt.Fprintf(stdout, "%s removed\n", counted(n, "expired session", "expired sessions"))
	}
	if err != nil {
		return err
	}
	if why := eng.Kind().NothingToSweep; why != "" {
		fmt.Fprintln(stdout, why)
	}
	return nil
}

// leastID is how much of a session ID names a session: of a random one, that is enough to be the only one.
const leastID = 8

// endSessions ends a session before its time, or all of them, as their own flush would: the live panels
// notice, and no late request brings one back. It prints how many it ended. Where what was given of an ID
// fits several, it lists them and ends none.
func endSessions(ctx context.Context, args []string, schema string, stdout, stderr io.Writer) error {
	f := newStoreFlags("sessionlab endsessions")
	id := f.String("id", "", fmt.Sprintf("the session's `ID`, or its first %d or more characters", leastID))
	all := f.Bool("all", false, "end all sessions")
	store, err := f.parse(args, stderr)
	switch {
	case err != nil:
		return err
	case *all == (*id != ""):
		return errors.New("say which sessions: -id with an ID or the beginning of one, or -all")
	case !*all && len(*id) < leastID:
		return fmt.Errorf("-id: give at least the first %d characters", leastID)
	}
	eng, err := openExisting(ctx, store, schema, "end sessions")
	if err != nil {
		return err
	}
	defer eng.Close()
	if why := eng.Kind().NothingToEnd; why != "" {
		return fmt.Errorf("cannot end sessions: %s", why)
	}
	prefix := "" // which all of them begin with
	if !*all {
		if prefix, err = onlyOne(ctx, eng, *id, stdout); err != nil {
			return err
		}
	}
	n, err := endAll(ctx, eng, prefix)
	if err == nil || n > 0 { // what was ended before the error stays so
		fmt.Fprintf(stdout, "%s ended\n", counted(n, "session", "sessions"))
	}
	return err
}

// endAll ends the sessions whose IDs begin with prefix, and returns how many.
func endAll(ctx context.Context, eng engine.Engine, prefix string) (n int, err error) {
	err = eng.Tokens(ctx, prefix, func(tokens []string) error {
		for _, token := range tokens {
			if err := eng.DeleteCtx(ctx, token); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// onlyOne returns the one session ID that is id or begins with it. No such ID is an error, and several are.
// These are listed on w, as the lab shows them.
func onlyOne(ctx context.Context, eng engine.Engine, id string, w io.Writer) (string, error) {
	var found []string
	err := eng.Tokens(ctx, id, func(tokens []string) error {
		found = append(found, tokens...)
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", errors.New("no session has this ID, or one that begins so")
	case len(found) == 1:
		return found[0], nil
	}
	for _, token := range found {
		fmt.Fprintln(w, xray.Mask(token))
	}
	return "", fmt.Errorf("%d sessions have an ID that begins so, and none was ended: give more of it",
		len(found))
}
