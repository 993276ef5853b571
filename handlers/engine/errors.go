package engine

import "errors"

// Errors that decide which page the visitor gets. They are wrapped: use [errors.Is]. [Engine] says which
// method returns which.
var (
	// ErrEnded means that the session was deleted while a request that had loaded it was still running.
	// Django: SessionInterrupted, which its SessionMiddleware makes of UpdateError.
	ErrEnded = errors.New("the session was ended meanwhile")
	// ErrBusy means that others held the store, or all connections to it, for too long.
	ErrBusy = errors.New("the store is busy")
	// ErrFull means that the store has no room left.
	ErrFull = errors.New("the store is full")
	// ErrUnavailable means that the store cannot be reached, or is not the one that was opened.
	ErrUnavailable = errors.New("the store is not available")
	// ErrUnsure means that a statement went out to the store and no answer came back, so that
	// nobody knows whether it was done. It comes together with [ErrUnavailable], from servers alone.
	ErrUnsure = errors.New("no answer came")
	// ErrTooLarge means that the session, or what is to be kept beside it, does not fit into what the engine
	// can keep, however empty that is.
	ErrTooLarge = errors.New("the session is too large for this store")
)
