package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// printTable prints a line for each run. Where there are two, the second is held against the first.
func printTable(w io.Writer, runs ...*outcome) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "run\tstore\trequests\tGET p50\tp95\tp99\tmax\tPOST p50\tp95\tp99\tmax\t"+
		"refused\terrors\tlost\tkept\tpeak\tCPU\trows\tstore\t")
	for _, r := range runs {
		c := r.class
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\t", r.name, r.store, c.gets.n+c.posts.n, c.gets, c.posts)
		fmt.Fprintf(table, "%d\t%d\t%d\t%d/%d\t%s\t%.0f%%\t%s\t%s\t\n", c.refused, c.errors, c.lost, c.kept, c.asked,
			megabytes(r.peak), 100*r.cpu, r.rows, megabytes(r.bytes))
	}
	if len(runs) == 2 {
		a, b := runs[0], runs[1]
		times := func(x, y time.Duration) string { return ratio(float64(x), float64(y)) }
		fmt.Fprintf(table, "ratio\t\t\t%s\t%s\t%s\t%s\t", times(a.class.gets.p50, b.class.gets.p50),
			times(a.class.gets.p95, b.class.gets.p95), times(a.class.gets.p99, b.class.gets.p99),
			times(a.class.gets.max, b.class.gets.max))
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t", times(a.class.posts.p50, b.class.posts.p50),
			times(a.class.posts.p95, b.class.posts.p95), times(a.class.posts.p99, b.class.posts.p99),
			times(a.class.posts.max, b.class.posts.max))
		fmt.Fprintf(table, "\t\t\t\t%s\t%s\t\t\t\n", ratio(float64(a.peak), float64(b.peak)), ratio(a.cpu, b.cpu))
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

// String writes the times as four cells of the table, in milliseconds.
func (w waits) String() string {
	return milliseconds(w.p50) + "\t" + milliseconds(w.p95) + "\t" + milliseconds(w.p99) + "\t" + milliseconds(w.max)
}

func milliseconds(d time.Duration) string {
	if ms := float64(d) / float64(time.Millisecond); ms < 100 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprint(d.Milliseconds())
}

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
