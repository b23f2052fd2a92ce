// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Machine is where the numbers were taken.
type Machine struct {
	Cores  int
	CPU    string
	Kernel string
	Memory int64
}

// ThisMachine describes the one that we run on.
func ThisMachine() Machine {
	machine := Machine{Cores: runtime.NumCPU(), CPU: "unknown"}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
				machine.CPU = strings.TrimSpace(value)
			}
		}
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		machine.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		machine.Memory = int64(info.Totalram) * int64(info.Unit)
	}
	return machine
}

// Load is what the machine and this benchmark have worked until some moment.
type Load struct {
	at        time.Time
	all, ours time.Duration
}

const tick = time.Second / 100

// LoadNow sums up; only the processes of this benchmark are below /proc, since it has a process namespace.
func LoadNow() Load {
	load := Load{at: time.Now()}
	if text, err := os.ReadFile("/proc/stat"); err == nil {
		var user, nice, system, idle, wait, interrupt, soft int64
		fmt.Sscanf(string(text), "cpu %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &wait, &interrupt, &soft)
		load.all = time.Duration(user+nice+system+interrupt+soft) * tick
	}
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		var pid int
		fmt.Sscan(filepath.Base(process), &pid)
		load.ours += CPU(pid)
	}
	return load
}

// Others is how many cores foreign processes took on average since then.
func (l Load) Others() float64 {
	now := LoadNow()
	return max(0, ((now.all-l.all)-(now.ours-l.ours)).Seconds()/now.at.Sub(l.at).Seconds())
}
