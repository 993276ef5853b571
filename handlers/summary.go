package handlers

import (
	"fmt"
	"hash/crc32"
	"net/http"
)

// quizQuestion is a prediction of the revision sheet. The stylesheet alone shows whether it was right. The
// script keeps what was chosen in the browser; without one, a form puts it into the page's address.
type quizQuestion struct {
	Number    int
	Ask       string // code in backticks, as in all texts here
	Options   []string
	Right     string // one of Options
	Why, Hint string // shown after a right and after a wrong choice
	Try       string // the lesson that shows it
}

// quiz are ten predictions from all over the course.
var quiz = numberedQuiz([]quizQuestion{
	{Ask: "You open the lab for the first time and only read. How many rows are added?",
		Options: []string{"None", "One", "One, deleted at the end"},
		Right:   "None",
		Why:     "A session is made when something is stored.",
		Hint:    "Look at the row in the x-ray after a first visit.", Try: "/flow"},
	{Ask: "`session.get('x', 'Guest')`, and `x` is absent. What does the session hold after it?",
		Options: []string{"`x` with Guest", "`x` with None", "Nothing new"},
		Right:   "Nothing new",
		Why:     "The default is only returned.",
		Hint:    "Reading never writes.", Try: "/get"},
	{Ask: "`session['cart']['n'] += 1`, and nothing else. The next request sees",
		Options: []string{"The new number", "The old number", "A KeyError"},
		Right:   "The old number",
		Why:     "The session did not notice the change inside.",
		Hint:    "Nobody told the session that it changed.", Try: "/modified"},
	{Ask: "You delete the last key. What is left?",
		Options: []string{"An empty row and the cookie", "Nothing", "The cookie without a row"},
		Right:   "An empty row and the cookie",
		Why:     "Only `flush()` ends a session.",
		Hint:    "Compare it with `flush()`.", Try: "/delete"},
	{Ask: "After `flush()` the browser holds",
		Options: []string{"A new ID at once", "The old ID, for an empty session", "No session cookie"},
		Right:   "No session cookie",
		Why:     "A new ID is made with the next write.",
		Hint:    "Look at `Max-Age` in the answer.", Try: "/flush"},
	{Ask: "Which one keeps the values and changes the session ID?",
		Options: []string{"`cycle_key()`", "`clear()`", "`set_expiry(0)`"},
		Right:   "`cycle_key()`",
		Why:     "Use it at login, against fixation.",
		Hint:    "It has “key” in its name.", Try: "/cycle-key"},
	{Ask: "`set_expiry(10)`, then you read every 3 seconds. When does the session end?",
		Options: []string{"Never", "10 s after it was set", "10 s after the last read"},
		Right:   "10 s after it was set",
		Why:     "The clock runs from the last save.",
		Hint:    "Is reading a change?", Try: "/expiry"},
	{Ask: "After `set_expiry(0)` the cookie has",
		Options: []string{"`Max-Age=0`", "`Max-Age=400`", "No `Max-Age`"},
		Right:   "No `Max-Age`",
		Why:     "The browser drops it when it closes. The row does not know of that.",
		Hint:    "`Max-Age=0` would delete it at once.", Try: "/expiry"},
	{Ask: "An expired row that nobody asks for is",
		Options: []string{"Still in the table", "Deleted by Django at once", "Deleted by the browser"},
		Right:   "Still in the table",
		Why:     "Until `clearsessions` sweeps it.",
		Hint:    "Who would delete it, and when?", Try: "/clear-expired"},
	{Ask: "You set the test cookie and check it in the same view. The browser blocks cookies. You get",
		Options: []string{"False", "True", "A KeyError"},
		Right:   "True",
		Why:     "It reads back what it has just put into the dictionary.",
		Hint:    "No browser has been asked yet.", Try: "/test-cookie"},
})

func numberedQuiz(list []quizQuestion) []quizQuestion {
	for i := range list {
		list[i].Number = i + 1
	}
	return list
}

// quizEdition differs when the questions do: what was kept for others is not shown as an answer to these.
var quizEdition = fmt.Sprintf("%08x", crc32.ChecksumIEEE(fmt.Append(nil, quiz)))

// askedQuestion is a question with what was chosen: the place among its options, from 0, and "" for nothing.
type askedQuestion struct {
	quizQuestion
	Chosen string
}

// Name is what the question's field is called.
func (q quizQuestion) Name() string { return fmt.Sprintf("q%d", q.Number) }

// summaryPageData is the data of summary.html.
type summaryPageData struct {
	*page
	Edition string
	Quiz    []askedQuestion
}

// showSummary answers GET /summary, the revision sheet. It needs no session and loads none: the store is not
// asked and nothing is recorded, as in a Django view that never touches request.session. The address may
// carry the answers of the quiz.
func (l *Lab) showSummary(w http.ResponseWriter, r *http.Request) {
	p := l.newPage(r, summaryLesson.Title, summaryLesson)
	d := summaryPageData{page: p, Edition: quizEdition}
	for _, q := range quiz {
		d.Quiz = append(d.Quiz, askedQuestion{q, p.Query.Get(q.Name())})
	}
	l.render(w, r, http.StatusOK, "summary", d, nil)
}

var summaryLesson = &Lesson{
	Group: "Before you go", Name: "summary", Short: "Revision",
	Title: "Revision sheet", Call: "table and answers",
}
