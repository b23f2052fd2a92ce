// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// A jump is a rule in a chain that the kernel owns. The chains that the rules declare are emptied when they are
// applied again; a jump would be there twice.
type jump struct {
	table string // "nat"
	rule  string // "OUTPUT -p tcp -j MESH_OUT"
}

// question is a restore text that changes nothing, and fails unless the jump is there.
func (j jump) question() string {
	return fmt.Sprintf("*%s\n-C %s\nCOMMIT\n", j.table, j.rule)
}

// jumps lists the rules that are added to chains which the text does not declare as its own.
func jumps(text string) ([]jump, error) {
	var found []jump
	err := eachLine(text, func(table, line string, own map[string]bool) {
		if rule, ok := added(line); ok && !own[chainOf(rule)] {
			found = append(found, jump{table, rule})
		}
	})
	return found, err
}

// withoutDuplicates deletes each jump that is present right before it is added, in the same transaction, so that at no
// moment traffic passes by.
func withoutDuplicates(text string, present map[jump]bool) (string, error) {
	var out strings.Builder
	err := eachLine(text, func(table, line string, own map[string]bool) {
		if rule, ok := added(line); ok && !own[chainOf(rule)] && present[jump{table, rule}] {
			fmt.Fprintf(&out, "-D %s\n", rule)
		}
		out.WriteString(line + "\n")
	})
	return out.String(), err
}

// eachLine visits the lines of a restore text with the table they belong to and the chains declared in it so far.
func eachLine(text string, visit func(table, line string, own map[string]bool)) error {
	table, own := "", map[string]bool{}
	for number, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "*"):
			if table != "" {
				return fmt.Errorf("line %d: table %s has no COMMIT", number+1, table)
			}
			table, own = line[1:], map[string]bool{}
		case table == "":
			return fmt.Errorf("line %d: %q stands outside of a table", number+1, line)
		case strings.HasPrefix(line, ":"):
			// ":NAME -" declares a chain; ":OUTPUT ACCEPT" only sets the policy of the kernel's.
			if fields := strings.Fields(line[1:]); len(fields) > 1 && fields[1] == "-" {
				own[fields[0]] = true
			}
		}
		visit(table, line, own)
		if line == "COMMIT" {
			table = ""
		}
	}
	if table != "" {
		return fmt.Errorf("table %s has no COMMIT", table)
	}
	return nil
}

// added is the rule of an "-A" line.
func added(line string) (string, bool) {
	return strings.CutPrefix(line, "-A ")
}

func chainOf(rule string) string {
	chain, _, _ := strings.Cut(rule, " ")
	return chain
}
