package python

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-python/gpython/ast"
)

// What is kept of an exception.
const (
	maxSays      = 300
	maxTraceback = 4 << 10
	maxPassed    = 20
)

// at notes where an exception was raised, when that is not known yet, and what was being handled then.
func (m *machine) at(n ast.Ast, err error) error {
	r, ok := err.(*Raised)
	if !ok || r.Line > 0 {
		return err
	}
	r.Line = m.program.lineOf(n)
	e := r.Exception
	e.fromSession = e.fromSession || r.FromSession
	if len(m.handled) > 0 {
		e.during(m.handled[len(m.handled)-1])
	}
	return m.passed(n, err)
}

// lineOf is the line that CPython names for a node: of a method's call that of the method's name.
func (p *Program) lineOf(n ast.Ast) int {
	if call, ok := n.(*ast.Call); ok {
		if method, ok := call.Func.(*ast.Attribute); ok {
			return method.GetLineno() - p.shift
		}
	}
	return p.pos(n).line
}

// passed notes a line that an exception came through.
func (m *machine) passed(n ast.Ast, err error) error {
	if r, ok := err.(*Raised); ok && len(r.Exception.passed) < maxPassed {
		line := passed{m.program.lineOf(n), m.frame.name}
		r.Exception.passed = slices.Insert(r.Exception.passed, 0, line)
	}
	return err
}

// during makes other the context of e. An exception is never in its own chain.
func (e *Exception) during(other *Exception) {
	if e == other {
		return
	}
	for o := other; o.context != nil; o = o.context {
		if o.context == e {
			o.context = nil
			break
		}
	}
	e.context = other
}

// last is the last line of the traceback of e, bounded.
func (e *Exception) last() string {
	text := ""
	switch len(e.Args) {
	case 0:
		return e.Class.Name
	case 1:
		v := e.Args[0]
		s, isText := v.(string)
		if inner, ok := v.(*Exception); ok && e.Class != keyErrorClass {
			s, isText = strings.TrimPrefix(strings.TrimPrefix(inner.last(), inner.Class.Name), ": "), true
		}
		if text = s; !isText || e.Class == keyErrorClass {
			text = written(v, maxSays)
		}
	default:
		text = written(&Tuple{Items: e.Args}, maxSays)
	}
	if text == "" {
		return e.Class.Name
	}
	return clip(e.Class.Name+": "+text, maxSays)
}

const (
	directCause    = "\nThe above exception was the direct cause of the following exception:\n\n"
	duringHandling = "\nDuring handling of the above exception, another exception occurred:\n\n"
)

// traceback writes what Python prints for an exception that nobody caught. Of a long chain the end is kept.
func (p *Program) traceback(e *Exception) string {
	var parts []string
	size := 0
	for seen := map[*Exception]bool{}; e != nil && !seen[e]; {
		seen[e] = true
		part := p.tracebackOf(e)
		if size += len(part); size > maxTraceback && len(parts) > 0 {
			break
		}
		parts = append(parts, part)
		switch {
		case e.cause != nil:
			e = e.cause
			parts = append(parts, directCause)
		case e.context != nil && !e.suppress:
			e = e.context
			parts = append(parts, duringHandling)
		default:
			e = nil
		}
	}
	if len(parts)%2 == 0 { // what comes before it is left out
		parts = parts[:len(parts)-1]
	}
	slices.Reverse(parts)
	return strings.TrimSuffix(strings.Join(parts, ""), "\n")
}

func (p *Program) tracebackOf(e *Exception) string {
	var b strings.Builder
	if len(e.passed) > 0 {
		b.WriteString("Traceback (most recent call last):\n")
	}
	for _, line := range e.passed {
		fmt.Fprintf(&b, "  File \"your view\", line %d, in %s\n", line.line, line.in)
		if text := p.text.line(line.line); text != "" {
			fmt.Fprintf(&b, "    %s\n", text)
		}
	}
	return b.String() + e.last() + "\n"
}

// failure is what is kept of an exception that ended the view.
func (p *Program) failure(r *Raised) *Failure {
	e := r.Exception
	f := &Failure{Line: r.Line, Class: e.Class.Name, Says: e.last(), Traceback: p.traceback(e)}
	if len(e.passed) > 0 {
		f.Line = e.passed[0].line
	}
	if key, ok := firstOf(e.Args).(string); ok && e.fromSession && e.Class == keyErrorClass {
		f.Key = clip(key, maxSays)
	}
	return f
}

func firstOf(list []Value) Value {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}
