// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ThreadTimes are processor seconds by the name of the thread, without the number at its end.
type ThreadTimes map[string]float64

// clockTicks a second: the unit of /proc/PID/stat, the same on every Linux that Go runs on.
const clockTicks = 100

// Threads is the processor time of the process's present threads. Threads that have ended are not in it.
func (p *Process) Threads() ThreadTimes {
	times := ThreadTimes{}
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", p.Pid))
	for _, file := range files {
		// One that ends meanwhile has no file any more.
		if text, err := os.ReadFile(file); err == nil {
			name, ticks := threadTime(string(text))
			times[name] += float64(ticks) / clockTicks
		}
	}
	return times
}

// threadTime reads a line of proc_pid_stat(5).
func threadTime(line string) (name string, ticks int64) {
	begin, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if begin < 0 || end < begin {
		return "", 0
	}
	name = strings.TrimRightFunc(line[begin+1:end], func(r rune) bool {
		return unicode.IsDigit(r) || strings.ContainsRune("#- ", r)
	})
	// The 14th and 15th field of the line are the user's and the system's part.
	fields := strings.Fields(line[end+1:])
	for _, field := range fields[11:13] {
		part, _ := strconv.ParseInt(field, 10, 64)
		ticks += part
	}
	return name, ticks
}

// Since is what was spent after an earlier count.
func (t ThreadTimes) Since(before ThreadTimes) ThreadTimes {
	spent := ThreadTimes{}
	for name, seconds := range t {
		if more := seconds - before[name]; more > 0 {
			spent[name] = more
		}
	}
	return spent
}

// String is the largest parts.
func (t ThreadTimes) String() string {
	names := slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		if t[a] != t[b] {
			return int(100 * (t[b] - t[a]))
		}
		return strings.Compare(a, b)
	})
	var parts []string
	for _, name := range names[:min(len(names), 8)] {
		parts = append(parts, fmt.Sprintf("%s %.2f", name, t[name]))
	}
	return strings.Join(parts, ", ")
}
