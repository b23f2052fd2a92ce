// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"selvedge.dev/benchmarks/operator"
)

// Sidecar is what a real Envoy pays that uses five of these services.
type Sidecar struct {
	Services int
	Machine  operator.Machine
	// Bare and InMesh are its RSS in bytes with nothing but the bootstrap, and in use.
	Bare   int64
	InMesh int64
	// BareCode and InMeshCode are the parts of them that are Envoy's code, which all sidecars of a node share.
	BareCode   int64
	InMeshCode int64
	Changes    []SidecarChange
}

// SidecarChange is the proxy's processor time for one change.
type SidecarChange struct {
	Name         string
	Milliseconds float64
}

// ReadSidecars reads the results of all sizes in a directory, the smallest first.
func ReadSidecars(directory string) ([]Sidecar, error) {
	files, err := filepath.Glob(filepath.Join(directory, "sidecar-*.json"))
	if err != nil {
		return nil, err
	}
	var results []Sidecar
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var result Sidecar
		if err = json.Unmarshal(text, &result); err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	slices.SortFunc(results, func(a, b Sidecar) int { return a.Services - b.Services })
	return results, nil
}

// SidecarMarkdown is the table of all sizes.
func SidecarMarkdown(results []Sidecar) string {
	var out strings.Builder
	if len(results) == 0 {
		return ""
	}
	out.WriteString("\n| services | RSS bare, MB | RSS in use, MB | more, MB | of it code, MB |")
	for _, change := range results[0].Changes {
		fmt.Fprintf(&out, " CPU ms: %s |", change.Name)
	}
	out.WriteString("\n|" + strings.Repeat("---|", 5+len(results[0].Changes)) + "\n")
	for _, result := range results {
		fmt.Fprintf(&out, "| %d | %.1f | %.1f | %.1f | %.1f |", result.Services,
			float64(result.Bare)/1e6, float64(result.InMesh)/1e6, float64(result.InMesh-result.Bare)/1e6,
			float64(result.InMeshCode-result.BareCode)/1e6)
		for _, change := range result.Changes {
			fmt.Fprintf(&out, " %.2f |", change.Milliseconds)
		}
		out.WriteString("\n")
	}
	return out.String() + "\n"
}
