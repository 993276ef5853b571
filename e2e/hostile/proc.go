package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// What Linux says of processes and of the machine. Elsewhere it is nothing, and the figures are 0.

// tick is the unit in which Linux counts processor time.
const tick = 10 * time.Millisecond

// mostMemory is the most memory that a process has had at once, in bytes.
func mostMemory(pid int) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)) // none when it has ended
	_, text, _ := strings.Cut(string(b), "VmHWM:")
	text, _, _ = strings.Cut(text, " kB")
	n, _ := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n * 1024
}

// processorTime is what a process has taken so far.
func processorTime(pid int) time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, text, _ := strings.Cut(string(b), ") ") // the name before it may have spaces
	fields := strings.Fields(text)
	if len(fields) < 13 {
		return 0
	}
	return ticks(fields[11]) + ticks(fields[12]) // as a user, and as the system
}

// busyTime is what all processors together have worked so far, for whomever; with what another machine took
// of them, if this one is virtual.
func busyTime() time.Duration {
	b, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(b), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 {
		return 0
	}
	var all time.Duration
	for i, field := range fields[1:9] {
		if i != 3 && i != 4 { // idle, and waiting for a disk
			all += ticks(field)
		}
	}
	return all
}

func ticks(s string) time.Duration {
	n, _ := strconv.ParseInt(s, 10, 64)
	return time.Duration(n) * tick
}

// usage is processor time at one moment.
type usage struct {
	at          time.Time
	lab, others time.Duration
}

// usageNow looks at the lab, and at everything but it, this process and the attacker.
func usageNow(lab, attacker int) usage {
	u := usage{at: time.Now(), lab: processorTime(lab)}
	u.others = busyTime() - u.lab - processorTime(os.Getpid())
	if attacker != 0 {
		u.others -= processorTime(attacker)
	}
	return u
}

// since returns the shares of one processor since before.
func (u usage) since(before usage) (lab, others float64) {
	seconds := u.at.Sub(before.at).Seconds()
	if u.lab < before.lab { // it has ended, and nobody knows any more
		return 0, 0
	}
	return (u.lab - before.lab).Seconds() / seconds, max(0, (u.others-before.others).Seconds()/seconds)
}
