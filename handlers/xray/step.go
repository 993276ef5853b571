package xray

import (
	"sessionlab/handlers/engine"
	"slices"
	"time"
)

// StepKind says who acted in a [Step].
type StepKind int

const (
	Code   StepKind = iota // a function of the application ran
	Page                   // a page was made that has no data of its own
	Find                   // SCS asked the store for a session
	Commit                 // SCS gave the store a session to keep
	Delete                 // SCS had the store delete a session
	Cycle                  // a session moved to a new token: Delete and Commit in one step
	Plant                  // the store was given a row that is not the visitor's
	Sweep                  // expired rows were removed
	All                    // SCS asked the store for all sessions
)

// String returns the name of the operation in SCS's words.
func (k StepKind) String() string {
	return [...]string{"Code", "Page", "Find", "Commit", "Delete", "Cycle", "Commit", "Sweep", "All"}[k]
}

// Step is one thing that happened during an exchange.
type Step struct {
	Kind       StepKind
	Name       string // of the function that ran, for Code; of the template, for Page
	Token      string // the token that went to the store
	Old        string // for Cycle: the token that was left behind
	Size       int    // bytes that the store returned or got
	Found      bool   // for Find: whether there was a live session
	Rows       int    // for Sweep and All: how many rows
	Took       time.Duration
	Err        string
	Unsure     bool // a change went out to the store, and whether it was done is not known
	Statements []engine.Statement
}

// Asked reports whether the store was asked for something of that kind.
func (x *Exchange) Asked(kind StepKind) bool {
	return slices.ContainsFunc(x.Steps, func(s Step) bool { return s.Kind == kind })
}
