package main

import "regexp"

// masks are what differs between two runs of the same program, and what stands for it.
var masks = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`&#39;`), "'"}, // a template writes one, and code the other
	{regexp.MustCompile(`(?m)^(Date|Etag|Content-Length): .*`), "$1"},
	{regexp.MustCompile(`expires=[^;\n]*GMT`), "expires"},
	{regexp.MustCompile(`Expires=[^;\n<]*GMT`), "Expires"},
	{regexp.MustCompile(`[A-Z2-7]{26}`), "EXCHANGE"},
	{regexp.MustCompile(`(?m)^<i>[0-9a-f]{4}</i>.*`), "HEX"},
	{regexp.MustCompile(`<i>[0-9a-f]{4}</i>.*`), "HEX"},
	{regexp.MustCompile(`"data": "[^"]*"`), "DATA"},
	{regexp.MustCompile(`data-whole>.*</p>`), "WHOLE"},
	{regexp.MustCompile(`[A-Za-z0-9_-]{43,}=*`), "TOKEN"},
	{regexp.MustCompile(`notebook=[A-Za-z0-9_-]{22}`), "NOTEBOOK"},
	{regexp.MustCompile(`<dt>random</dt><dd>[A-Za-z0-9_-]+`), "RANDOM"},
	{regexp.MustCompile(`new-\d+-\d+`), "NEW"},
	{regexp.MustCompile(`memory of process \d+`), "PROCESS"},
	{regexp.MustCompile(`ctid \(\d+,\d+\)`), "CTID"},
	{regexp.MustCompile(`[A-Za-z0-9_-]{4}…[A-Za-z0-9_-]{4}|…[A-Za-z0-9_-]{8}`), "SHORT"},
	{regexp.MustCompile(`data-tok="[0-4]"`), "TOK"},
	{regexp.MustCompile(`<path d="M[^"]*"`), "<path"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?`), "MOMENT"},
	{regexp.MustCompile(`\b\d\d:\d\d:\d\d(\.\d+)?\b`), "TIME"},
	{regexp.MustCompile(`\b\d+:[0-5]\d\b`), "LEFT"},
	{regexp.MustCompile(`<b>\d+</b> seconds left`), "LEFT"},
	{regexp.MustCompile(`<dt>readable</dt>.*`), "READABLE"},
	{regexp.MustCompile(`characters: <code>[^<]*`), "CHARACTERS"},
	{regexp.MustCompile(`PT\d+S`), "PERIOD"},
	{regexp.MustCompile(`under 1 µs|\b\d+(\.\d+)? (µs|ms|s)\b`), "DURATION"},
	{regexp.MustCompile(`\b24\d{5}\.\d+|\b17\d{8,17}\b|\b18\d{8,17}\b`), "INSTANT"},
	{regexp.MustCompile(`value="\d+" aria-label="Time left"`), "LEFT"},
	{regexp.MustCompile(`data-stamp="[^"]*" data-hue="\w+" data-bars="[^"]*"`), "STAMP"},
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`/[a-z/]*sessionlab-[A-Za-z0-9]+`), "SCRATCH"},
	// What a page prints of the program is the program: it differs wherever the two do.
	{regexp.MustCompile(`(?s)<figcaption>Go .*?</figure>`), "SOURCE"},
}

// mask replaces what differs between two runs.
func mask(b []byte) []byte {
	for _, m := range masks {
		b = m.what.ReplaceAll(b, []byte(m.with))
	}
	return b
}
