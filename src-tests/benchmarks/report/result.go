// SPDX-License-Identifier: Apache-2.0

// Package report turns results into a table and a plot.
package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"selvedge.dev/benchmarks/operator"
	"selvedge.dev/benchmarks/scenario"
)

// Result is what one size gave.
type Result struct {
	Services int
	Proxies  int
	// Memory is the operator's limit in bytes, Cores that of processors.
	Memory  int64
	Cores   float64
	Machine operator.Machine
	Command string
	// Failures are what did not come to its end, and why.
	Failures []string
	Starts   []Start
	Samples  []scenario.Sample
}

// Start is what it takes the operator to serve, with everything there to be ingested.
type Start struct {
	Mode    string
	Seconds float64
	CPU     float64
	// Threads is CPU by the name of the thread.
	Threads operator.ThreadTimes
	// CPUSettled is until it rested after the start.
	CPUSettled float64
	RSSIdle    int64
	RSSPeak    int64
}

// Read reads the results of all sizes in a directory, the smallest first.
func Read(directory string) ([]Result, error) {
	files, err := filepath.Glob(filepath.Join(directory, "*x*.json"))
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var result Result
		if err = json.Unmarshal(text, &result); err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	slices.SortFunc(results, func(a, b Result) int { return a.Services*a.Proxies - b.Services*b.Proxies })
	return results, nil
}

// change is the median of all rounds of one change in one mode.
type change struct {
	scenario, mode string
	rounds         []scenario.Sample
}

func changes(result Result) []change {
	var all []change
	for _, sample := range result.Samples {
		index := slices.IndexFunc(all, func(c change) bool { return c.scenario == sample.Scenario && c.mode == sample.Mode })
		if index < 0 {
			index = len(all)
			all = append(all, change{scenario: sample.Scenario, mode: sample.Mode})
		}
		all[index].rounds = append(all[index].rounds, sample)
	}
	return all
}

func (c change) median(value func(scenario.Sample) float64) float64 {
	var values []float64
	for _, round := range c.rounds {
		values = append(values, value(round))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
