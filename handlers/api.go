package handlers

import (
	"cmp"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/alexedwards/scs/v2"
)

var apiLesson = &Lesson{
	Group: "Before you go", Name: "api", Short: "Every operation",
	Title: "Every operation", Call: "the table of all calls",
}

// apiPageData is the data of api.html.
type apiPageData struct {
	*page
	Sought  string // what the visitor looks for
	Group   string // the ID of the only group to show; "" for all
	Differs bool   // only the rows where the two differ
	Words   *regexp.Regexp
	Groups  []apiGroup // what was found
	Found   int
	All     int // rows there are
	Methods int // of SCS's SessionManager
}

// showAPI answers GET /api, the table of every operation. As the revision sheet, it loads no session. The
// address may carry a filter.
func (l *Lab) showAPI(w http.ResponseWriter, r *http.Request) {
	d := apiPageData{page: l.newPage(r, apiLesson.Title, apiLesson)}
	d.Sought = strings.Join(strings.Fields(cut(d.Query.Get("q"), maxSought)), " ")
	d.Words = wordsOf(d.Sought)
	d.Differs = d.Query.Get("differs") != ""
	if in := d.Query.Get("in"); slices.ContainsFunc(apiGroups, func(g apiGroup) bool { return g.ID == in }) {
		d.Group = in
	}
	d.Groups = sift(func(g apiGroup, row apiRow) bool {
		return (d.Group == "" || g.ID == d.Group) && !(d.Differs && row.Differs == "") && row.has(d.Sought)
	})
	d.Found, d.All = rowsIn(d.Groups), rowsIn(apiGroups)
	d.Methods = reflect.TypeFor[*scs.SessionManager]().NumMethod()
	l.render(w, r, http.StatusOK, "api", d, nil)
}

// maxSought is more than the longest name has.
const maxSought = 60

// cut is s without what is beyond n characters, and without what is no text.
func cut(s string, n int) string {
	runes := []rune(strings.ToValidUTF8(s, ""))
	return string(runes[:min(n, len(runes))])
}

// sift returns the groups with those of their rows that are wanted, and no empty group.
func sift(wanted func(apiGroup, apiRow) bool) (groups []apiGroup) {
	for _, g := range apiGroups {
		all := g.Rows
		g.Rows = nil
		for _, row := range all {
			if wanted(g, row) {
				g.Rows = append(g.Rows, row)
			}
		}
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func rowsIn(groups []apiGroup) (n int) {
	for _, g := range groups {
		n += len(g.Rows)
	}
	return n
}

// has reports whether each word of sought is in the row, in capitals or not. Spaces part words.
func (row apiRow) has(sought string) bool {
	text := strings.ToLower(row.Django + "\n" + row.SCS + "\n" + strings.ReplaceAll(row.Differs, "`", ""))
	for _, word := range strings.Fields(strings.ToLower(sought)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// wordsOf matches each word of sought; nil for none.
func wordsOf(sought string) *regexp.Regexp {
	words := strings.Fields(sought)
	if len(words) == 0 {
		return nil
	}
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	// The longest first: of two that begin alike a regular expression takes the one that it has first.
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return regexp.MustCompile("(?i)" + strings.Join(words, "|"))
}

// Filtered reports whether the filter may have left out rows.
func (d apiPageData) Filtered() bool { return d.Sought != "" || d.Group != "" || d.Differs }

// AllGroups are what the filter offers.
func (d apiPageData) AllGroups() []apiGroup { return apiGroups }

// Elsewhere is how many rows there are of what is sought, whatever else the filter says.
func (d apiPageData) Elsewhere() int {
	return rowsIn(sift(func(_ apiGroup, row apiRow) bool { return row.has(d.Sought) }))
}

// Guess is the name that is most like what is sought, or begins so; "" where none is like it.
func (d apiPageData) Guess() string {
	sought := bare(d.Sought)
	best, nearest := "", 2*max(1, len(sought)/3)+2
	for _, row := range apiRows() {
		for _, name := range append(row.names(), row.scsNames()...) {
			if n := unlike(sought, bare(name)); n < nearest {
				best, nearest = name, n
			}
		}
	}
	return strings.TrimPrefix(best, "Cookie.")
}

// unlike is twice the number of letters to change until sought is the name or begins it, and one more where
// they are not of the same length.
func unlike(sought, name string) int {
	n := 2 * levenshtein.ComputeDistance(sought, name)
	if len(sought) == len(name) {
		return n
	}
	return 1 + min(n, 2*levenshtein.ComputeDistance(sought, name[:min(len(sought), len(name))]))
}

// bare is a name without what is easily written in another way.
func bare(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", " ", "", "(", "", ")", "", "Cookie.", "").Replace(name))
}

var (
	djangoName = regexp.MustCompile(`\bsession\.(\w+)|\b([a-z]\w*)\(`)
	scsName    = regexp.MustCompile(`\b[A-Z]\w*(\.[A-Z]\w*)?|\.[A-Z]\w*`)
)

// names are those of SessionBase that the row is about.
func (row apiRow) names() []string {
	if row.Names != nil {
		return row.Names
	}
	var names []string
	for _, m := range djangoName.FindAllStringSubmatch(row.Django, -1) {
		names = append(names, cmp.Or(m[1], m[2]))
	}
	return names
}

// scsNames are those of SCS that the row is about.
func (row apiRow) scsNames() []string {
	names := scsName.FindAllString(row.SCS, -1)
	for i, name := range names {
		if name[0] == '.' {
			names[i] = "Cookie" + name
		}
	}
	return names
}

// In are the lessons where the row's operation runs.
func (row apiRow) In() (list []*Lesson) {
	for _, name := range row.Lessons {
		list = append(list, lessonNamed(name))
	}
	return list
}
