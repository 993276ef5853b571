package engine

import (
	"time"
)

// lateRequest is longer than any request takes: until then one may still hold a session that was deleted
// after it had loaded it, and so long every engine remembers that the session was ended. The memory is
// against such late requests alone. It is not what keeps an old cookie out: a token without a row is never
// adopted.
const lateRequest = time.Hour
