// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// CPU is the processor time of all threads since the start, to the nanosecond.
func (p *Process) CPU() time.Duration {
	return CPU(p.Pid)
}

// CPU is the processor time of any process.
func CPU(pid int) time.Duration {
	// The clock of a process, as clock_getcpuclockid(3) makes it: its inverted pid, and 2 for the scheduler's count.
	clock := int32(^pid<<3 | 2)
	var spent unix.Timespec
	if err := unix.ClockGettime(clock, &spent); err != nil {
		return 0
	}
	return time.Duration(spent.Nano())
}

// Memory is what a process has in RAM, and the most since the last reset, in bytes.
func Memory(pid int) (now, peak int64) {
	return status(pid, "VmRSS"), status(pid, "VmHWM")
}

// FileMemory is the part of Memory that is pages of files: the program's code, which all its processes on a node share.
func FileMemory(pid int) int64 {
	return status(pid, "RssFile")
}

// status is one of the sizes in a process's status, in bytes.
func status(pid int, field string) int64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, rest, _ := strings.Cut(lines.Text(), ":"); name == field {
			var kilobytes int64
			fmt.Sscan(rest, &kilobytes)
			return kilobytes << 10
		}
	}
	return 0
}

// ResetPeak lets the peak of the memory begin anew.
func ResetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// Settle waits until a process rests: less than two hundredths of a core over a second. It gives up at the limit.
func (p *Process) Settle(limit time.Duration) {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		before := p.CPU()
		time.Sleep(time.Second)
		if p.CPU()-before < 20*time.Millisecond {
			return
		}
	}
}
