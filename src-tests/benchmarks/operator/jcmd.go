// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// Jcmd asks the operator's JVM, with the tool of the JDK in JAVA_HOME.
func (p *Process) Jcmd(arguments ...string) ([]byte, error) {
	tool := filepath.Join(os.Getenv("JAVA_HOME"), "bin", "jcmd")
	output, err := exec.Command(tool, append([]string{strconv.Itoa(p.Pid)}, arguments...)...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("jcmd %v: %w: %.600s", arguments, err, output)
	}
	return output, nil
}
