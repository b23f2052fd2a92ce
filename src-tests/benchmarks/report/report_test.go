// SPDX-License-Identifier: Apache-2.0

package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"selvedge.dev/benchmarks/scenario"
)

func TestOnlyWhatIsBetweenTheMarkersIsReplaced(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte("before\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Insert(file, "x", "new\n"); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(file)
	if want := "before\n<!-- x:begin -->\nnew\n<!-- x:end -->\nafter\n"; string(text) != want {
		t.Errorf("got %q", text)
	}
	if err := Insert(file, "y", "new\n"); err == nil || !strings.Contains(err.Error(), "y:begin") {
		t.Errorf("a missing marker gave %v", err)
	}
}

func TestARowHasTheMedianOfItsRounds(t *testing.T) {
	result := Result{Services: 10, Proxies: 10}
	for _, cpu := range []float64{0.3, 0.1, 0.2} {
		result.Samples = append(result.Samples, scenario.Sample{Scenario: "route-edit", Mode: "worst", Proxies: 10, CPULast: cpu})
	}
	text := Markdown([]Result{result})
	if !strings.Contains(text, "| route-edit | worst | 3 |") || !strings.Contains(text, "| 0.200 |") {
		t.Errorf("got\n%s", text)
	}
	if !strings.Contains(Plot([]Result{result}), ">0.200</text>") {
		t.Error("the plot lacks the bar")
	}
}
