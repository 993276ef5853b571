package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// columns are the heads of the table.
const columns = "run\tstore\trequests\tGET p50\tp95\tp99\tmax\tPOST p50\tp95\tp99\tmax\t" +
	"refused\terrors\tlost\tkept\tpeak\tCPU\tothers\trows\tsize\t"

// printTable prints a line for each run. Where there are two, the second is held against the first.
func printTable(w io.Writer, runs ...*outcome) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, columns)
	for _, r := range runs {
		fmt.Fprintln(table, strings.Join(r.cells(), "\t")+"\t")
	}
	if len(runs) == 2 {
		fmt.Fprintln(table, strings.Join(ratios(runs[0], runs[1]), "\t")+"\t")
	}
	table.Flush()
	for _, r := range runs {
		if r.class.troubles != "" {
			fmt.Fprintf(w, "  %s, the class: %s\n", r.name, r.class.troubles)
		}
		for _, line := range r.said {
			fmt.Fprintf(w, "  %s: %s\n", r.name, line)
		}
	}
	fmt.Fprintln(w)
}

// cells are a run's line of the table.
func (r *outcome) cells() []string {
	c := r.class
	cells := []string{r.name, r.store, strconv.Itoa(c.gets.n + c.posts.n)}
	for _, t := range append(c.gets.times(), c.posts.times()...) {
		cells = append(cells, milliseconds(t))
	}
	for _, n := range []int{c.refused, c.errors, c.lost} {
		cells = append(cells, strconv.Itoa(n))
	}
	kept := fmt.Sprintf("%d/%d", c.kept, c.asked)
	cells = append(cells, kept, megabytes(r.peak), percent(r.cpu), percent(r.others))
	return append(cells, r.rows, megabytes(r.bytes))
}

// ratios are the line of the table that holds b against a.
func ratios(a, b *outcome) []string {
	cells := []string{"ratio", "", ""}
	before := append(a.class.gets.times(), a.class.posts.times()...)
	for i, t := range append(b.class.gets.times(), b.class.posts.times()...) {
		cells = append(cells, ratio(float64(before[i]), float64(t)))
	}
	peak, cpu := ratio(float64(a.peak), float64(b.peak)), ratio(a.cpu, b.cpu)
	return append(cells, "", "", "", "", peak, cpu, "", "", "")
}

func (w waits) times() []time.Duration { return []time.Duration{w.p50, w.p95, w.p99, w.max} }

func milliseconds(d time.Duration) string {
	if ms := float64(d) / float64(time.Millisecond); ms < 100 {
		return fmt.Sprintf("%.1f", ms)
	}
	return strconv.FormatInt(d.Milliseconds(), 10)
}

func percent(share float64) string { return fmt.Sprintf("%.0f%%", 100*share) }

func ratio(a, b float64) string {
	if a == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1fx", b/a)
}

// megabytes writes a size; one that is not known is a dash.
func megabytes(n int64) string {
	if n < 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
