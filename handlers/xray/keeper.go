package xray

import "context"

// Keeper keeps the latest exchanges, for the visitors who made them. A [History] keeps them in memory, a
// [Shared] where the sessions are.
type Keeper interface {
	// Add files a completed exchange under the session that exists after it. When the exchange cycled the
	// key, what the old token had goes along; when it ended the session, what the session had is dropped, and
	// the exchange itself keeps the removed keys' names, no values, and the dead token only masked. The caller
	// must not change x any more. An error says that other copies will not find it.
	Add(ctx context.Context, x *Exchange) error

	// Get returns the exchange of that id if it is kept and belongs to the session of token; nil if not. One
	// that left no session behind belongs to whoever knows its id.
	Get(ctx context.Context, id, token string) (*Exchange, error)

	// Of returns the exchanges of the session of token, the latest first; none without a token.
	Of(ctx context.Context, token string) ([]*Exchange, error)

	// Tokens returns the sessions that have exchanges in the memory of this program, and DropSession forgets
	// those of one of them.
	Tokens() []string
	DropSession(token string)
}
