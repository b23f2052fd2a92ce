// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"os"
	"strings"

	"selvedge.dev/benchmarks/scenario"
)

// Insert replaces what is between the two markers of that name in a Markdown file.
func Insert(file, name, content string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		return fmt.Errorf("%s: the lines %q and %q must be there, in this order", file, strings.TrimSpace(begin), end)
	}
	return os.WriteFile(file, []byte(before+begin+content+end+after), 0o644)
}

// Markdown is the tables of all sizes.
func Markdown(results []Result) string {
	var out strings.Builder
	for _, result := range results {
		fmt.Fprintf(&out, "\n### %d services × %d proxies\n\n", result.Services, result.Proxies)
		machine := result.Machine
		fmt.Fprintf(&out, "`%s` on %d cores of %s, %.0f GB, Linux %s; the operator limited to %d MiB",
			result.Command, machine.Cores, machine.CPU, float64(machine.Memory)/1e9, machine.Kernel, result.Memory>>20)
		if result.Cores > 0 {
			fmt.Fprintf(&out, " and %g cores", result.Cores)
		}
		out.WriteString(".\n\n")
		for _, failure := range result.Failures {
			fmt.Fprintf(&out, "**Failed**: %s\n\n", failure)
		}
		starts(&out, result.Starts)
		samples(&out, result)
	}
	return out.String()
}

func starts(out *strings.Builder, all []Start) {
	out.WriteString("| start | serving after s | CPU s until then | CPU s until at rest | RSS at rest, MB |\n|---|---|---|---|---|\n")
	for number, start := range all {
		fmt.Fprintf(out, "| %d | %.1f | %.2f | %.2f | %d |\n",
			number+1, start.Seconds, start.CPU, start.CPUSettled, start.RSSIdle>>20)
	}
	out.WriteString("\n")
}

func samples(out *strings.Builder, result Result) {
	out.WriteString("| change | use | rounds | first | median | p99 | last | last ACK, ms | CPU s until last | CPU s in all |" +
		" RSS end / peak, MB | KB a proxy | status writes | others |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, each := range changes(result) {
		time := func(value func(scenario.Sample) float64) string { return milliseconds(each.median(value)) }
		fmt.Fprintf(out, "| %s | %s | %d | %s | %s | %s | %s | %s | %.3f | %.3f | %.0f / %.0f | %s | %.0f | %.1f |\n",
			each.scenario, each.mode, len(each.rounds),
			time(func(s scenario.Sample) float64 { return s.Received.First }),
			time(func(s scenario.Sample) float64 { return s.Received.Median }),
			time(func(s scenario.Sample) float64 { return s.Received.P99 }),
			time(func(s scenario.Sample) float64 { return s.Received.Last }),
			time(func(s scenario.Sample) float64 { return s.Acknowledged.Last }),
			each.median(func(s scenario.Sample) float64 { return s.CPULast }),
			each.median(func(s scenario.Sample) float64 { return s.CPUSettled }),
			each.median(func(s scenario.Sample) float64 { return float64(s.RSSEnd >> 20) }),
			each.median(func(s scenario.Sample) float64 { return float64(s.RSSPeak >> 20) }),
			kilobytes(each.median(func(s scenario.Sample) float64 { return float64(s.Traffic.Wire) / float64(s.Proxies) })),
			each.median(func(s scenario.Sample) float64 { return float64(s.StatusWrites) }),
			each.median(func(s scenario.Sample) float64 { return s.Others }))
	}
}

func milliseconds(value float64) string {
	if value < 100 {
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.0f", value)
}

func kilobytes(bytes float64) string {
	if bytes < 10_000 {
		return fmt.Sprintf("%.2f", bytes/1000)
	}
	return fmt.Sprintf("%.0f", bytes/1000)
}
