// Package python writes values as Python would, so that what a page shows can be held against the study notes
// and against a Python shell; and it runs the views that visitors write, in a small Python.
//
// # The small Python
//
// It is as much of Python 3.11 as views on sessions need, with CPython's own messages: what it runs, it runs
// as CPython does, and of what it does not know it says so in a sentence before anything runs. The parser is
// gpython's, of Python 3.4's grammar. The rest is a walk over its tree:
//
//	parse.go check.go targets.go scan.go   a source to a [Program], or an [Unknown] that says why it is none:
//	reason.go literal.go text.go           what CPython refuses and the parser takes is found here too
//	run.go machine.go                      a run, and what it may take: steps, bytes, time
//	exec.go assign.go try.go               statements
//	eval.go expressions.go comprehension.go scope.go  expressions and names
//	exception.go traceback.go              exceptions, and what Python prints of them
//	trace.go fold.go                       what each line did
//	operations.go and the rest             values: their types, methods and arithmetic; see [Value]
//	request.go session*.go response.go     what a view sees: its request, the session, the answers
//	json.go jsonread.go                    a value as a session's store keeps it, and back
//	store.go find.go                       what the session's side needs of values and of a run
//
// The machine counts: each statement and expression is a step, and so is each round of what loops inside; the
// bytes of a value are taken before it is made. So no view takes more than [MaxSteps], [MaxBytes] and
// [MaxTime], whatever it does, and nothing that it calls reads a file or opens a connection.
//
// testdata/values.txt has what CPython printed for a thousand lines, and e2e/views what Django gave for whole
// views.
package python
