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
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var kilobytes int64
		name, rest, _ := strings.Cut(lines.Text(), ":")
		switch name {
		case "VmRSS", "VmHWM":
			fmt.Sscan(rest, &kilobytes)
		}
		switch name {
		case "VmRSS":
			now = kilobytes << 10
		case "VmHWM":
			peak = kilobytes << 10
		}
	}
	return now, peak
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
