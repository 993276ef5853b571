// Package xray says what happened in a request, as values. It knows no HTML, no lessons and no drivers.
//
// # The rooms
//
//	exchange.go   one request and its answer: what came, each step, the bytes around it, what went out
//	step.go       one thing that happened during it
//	recorder.go   an engine that writes down, in the exchange of its context, what it was asked and said
//	snapshot.go   what a token stands for now; what an exchange found and left, decoded
//	values.go     values as people read them, and what became of each between two states
//	keeper.go     what is promised of the exchanges that are kept, for those who made them
//	history.go    the latest exchanges of each session in memory, within bounds
//	shared.go     the same where several copies of the program share the store
//	privacy.go    what an exchange must not hold any more once its session is gone
//	size.go       how much an exchange takes of the bounds
//	encode.go     an exchange as bytes, with the version of their form, for a history that others share
//	watch.go      who is told when a session changes, whoever changed it
//
// # The promise
//
// Before and after are decoded from the bytes that the store really returned and really got, and a statement
// is what the engine really said. Nothing here is made up later: what a page says is read off these values,
// so it cannot say what did not happen.
//
// An exchange belongs to the session that exists after it, and only its visitor gets it. When a session ends,
// so do the values in its exchanges. What a card read without a session is nobody's, and kept without its
// texts: the exchange that makes a session may name it (Follows), so that the story has its beginning.
//
// # Decisions
//
// The exchange holds bytes and not values: most are never looked at, and decoding them costs more than the
// rest of the recording. A page decodes each state once ([Memo]).
//
// What other copies show is written before it is over: an exchange goes to the store in the same round trip
// as what it saves, as it will be once that has succeeded, and only if it does. So no outcome is lost to a
// copy that is asked next, and none costs a round trip of its own. Rejected: a second trip after the answer,
// which the next request can overtake; and one copy for each visitor, which loses all of its own when it
// ends.
//
// The recorder writes into the exchange of the context, so requests do not meet, and without an exchange it
// only passes on. Rejected: events on a channel, which a reader would have to put in order again.
//
// What an operation finds out for its own page is encoded at once ([Exchange.SetDetail]). Rejected: a field
// of type any, which no other program could read back and whose size nobody knew.
package xray
