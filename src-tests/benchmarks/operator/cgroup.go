// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

const hierarchy = "/sys/fs/cgroup"

// cgroup limits the operator as its container would be; the JVM chooses its heap and collector by it.
type cgroup struct {
	directories []string
}

// newCgroup makes a group with this limit of memory, and of processor time unless cores is 0.
func newCgroup(name string, memory int64, cores float64) (*cgroup, error) {
	group := &cgroup{}
	settings := map[string]string{}
	quota := strconv.Itoa(int(cores * 100_000))
	if _, err := os.Stat(hierarchy + "/cgroup.controllers"); err == nil {
		directory := filepath.Join(hierarchy, name)
		group.directories = []string{directory}
		settings[directory+"/memory.max"] = fmt.Sprint(memory)
		if cores > 0 {
			settings[directory+"/cpu.max"] = quota + " 100000"
		}
		// Fails where they are on already, or where the group of the machine itself does not hand them out.
		_ = os.WriteFile(hierarchy+"/cgroup.subtree_control", []byte("+memory +cpu"), 0o644)
	} else {
		memoryGroup, cpuGroup := filepath.Join(hierarchy, "memory", name), filepath.Join(hierarchy, "cpu", name)
		group.directories = []string{memoryGroup}
		settings[memoryGroup+"/memory.limit_in_bytes"] = fmt.Sprint(memory)
		if cores > 0 {
			group.directories = append(group.directories, cpuGroup)
			settings[cpuGroup+"/cpu.cfs_quota_us"] = quota
		}
	}
	for _, directory := range group.directories {
		if err := os.MkdirAll(directory, 0o755); err != nil {
			return nil, err
		}
	}
	for file, value := range settings {
		if err := os.WriteFile(file, []byte(value), 0o644); err != nil {
			return group, errors.Join(fmt.Errorf("%s: %w", file, err), group.remove())
		}
	}
	return group, nil
}

// story tells whether a process was killed for its memory.
func (c *cgroup) story() string {
	for _, file := range []string{"memory.oom_control", "memory.events"} {
		text, err := os.ReadFile(filepath.Join(c.directories[0], file))
		if count := oomKill.FindSubmatch(text); err == nil && count != nil && string(count[1]) != "0" {
			return ", killed since it needed more memory than its limit"
		}
	}
	return ""
}

var oomKill = regexp.MustCompile(`(?m)^oom_kill (\d+)$`)

// remove waits until the last process has gone.
func (c *cgroup) remove() error {
	var failure error
	for _, directory := range c.directories {
		for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			failure = os.Remove(directory)
			if failure == nil || errors.Is(failure, os.ErrNotExist) || time.Now().After(deadline) {
				break
			}
		}
	}
	return failure
}
