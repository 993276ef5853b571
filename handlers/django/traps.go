package django

// Trap is a template that is not rendered here, and what real Django answers to it.
type Trap struct {
	Source string
	Answer Result
	Ends   bool // whether the session is gone afterwards
}

// The traps of sessions in templates.
var (
	PrivateName = Trap{
		Source: `{{ request.session._session_expiry }}`,
		Answer: Result{Raised: &Exception{"TemplateSyntaxError", "Variables and attributes may not " +
			"begin with underscores: 'request.session._session_expiry'"}},
	}
	CalledMethod = Trap{
		Source: `{{ request.session.flush }}`,
		Answer: Result{Segments: []Segment{{Text: "None"}}},
		Ends:   true,
	}
	LoopOverItself = Trap{
		Source: `{% for key in request.session %}{{ key }}{% endfor %}`,
		Answer: Result{Raised: &Exception{"KeyError", "0"}},
	}
)

// Versions are the versions of Django that all of this was compared with.
var Versions = []string{"3.2.25", "6.1 alpha"}
