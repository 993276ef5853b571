// Package cli is the command line of the program: the flags of the server, and the commands that do
// something to its store besides.
package cli

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"sessionlab/handlers/engine"
)

// storeFlags are the flags that the server and every command have: where the sessions are.
type storeFlags struct {
	*flag.FlagSet
	store, db string
}

// newStoreFlags returns them for what the help calls name.
func newStoreFlags(name string) *storeFlags {
	f := &storeFlags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError)}
	f.SetOutput(io.Discard)
	f.StringVar(&f.store, "store", "sqlite:sessions.db", "where sessions are kept, as `URL`")
	f.StringVar(&f.db, "db", "", "SQLite `file`; the same as -store sqlite:file")
	return f
}

// parse reads args, all of which have to be flags, and returns the URL of the store. Who asks for help gets
// it on stderr.
func (f *storeFlags) parse(args []string, stderr io.Writer) (store string, err error) {
	err = f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(stderr)
		f.Usage()
	}
	if err != nil {
		return "", err
	}
	if f.NArg() > 0 {
		return "", fmt.Errorf("unexpected argument %q", engine.Redact(f.Arg(0)))
	}
	set := map[string]bool{}
	f.Visit(func(f *flag.Flag) { set[f.Name] = true })
	switch {
	case !set["db"]:
		return f.store, nil
	case set["store"]:
		return "", errors.New("use -db or -store, not both")
	case strings.Contains(f.db, "://"):
		return "", fmt.Errorf("-db takes a SQLite file: use -store %s", engine.Redact(f.db))
	}
	return "sqlite:" + f.db, nil
}
