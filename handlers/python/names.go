package python

import (
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
)

// pythons are the names that CPython 3.11 knows everywhere. A view that reads one which is not made here is
// told so before it runs: a NameError would not be true.
var pythons = strings.Fields("" +
	"ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup " +
	"BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError " +
	"ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError " +
	"DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception " +
	"ExceptionGroup FileExistsError FileNotFoundError FloatingPointError FutureWarning " +
	"GeneratorExit IOError ImportError ImportWarning IndentationError IndexError " +
	"InterruptedError IsADirectoryError KeyError KeyboardInterrupt LookupError MemoryError " +
	"ModuleNotFoundError NameError NotADirectoryError NotImplemented NotImplementedError " +
	"OSError OverflowError PendingDeprecationWarning PermissionError ProcessLookupError " +
	"RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning " +
	"StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError " +
	"TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError " +
	"UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning " +
	"ZeroDivisionError __build_class__ __debug__ __doc__ __import__ __loader__ __name__ " +
	"__package__ __spec__ abs aiter all anext any ascii bin bool breakpoint bytearray bytes " +
	"callable chr classmethod compile complex copyright credits delattr dict dir divmod " +
	"enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help " +
	"hex id input int isinstance issubclass iter len license list locals map max memoryview min " +
	"next object oct open ord pow print property quit range repr reversed round set setattr " +
	"slice sorted staticmethod str sum super tuple type vars zip")

// reads notes a name that is read, and stands for something only if the view assigns it.
func (c *checker) reads(e *ast.Name) {
	if c.line > 0 && string(e.Id) == c.name || slices.Contains(pythons, string(e.Id)) {
		c.doubtful = append(c.doubtful, e)
	}
}

// resolve refuses the doubtful names that nothing gave a value.
func (c *checker) resolve() {
	names := known()
	for _, e := range c.doubtful {
		name := string(e.Id)
		_, has := names[name]
		switch {
		case has || c.bound[name]:
		case name == c.name:
			c.refuse(e, "A view here cannot call itself.", "Write a loop.")
		case name == "set" || name == "frozenset":
			c.no(e, code(name), "Write a list.")
		default:
			c.no(e, code(name), "")
		}
	}
}
