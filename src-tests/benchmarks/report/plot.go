// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"math"
	"strings"

	"selvedge.dev/benchmarks/scenario"
)

const (
	rowHeight = 18
	barLeft   = 250
	barRight  = 900
	top       = 40
)

// Plot draws the operator's CPU seconds for each change of each size, on a logarithmic scale, as an SVG.
func Plot(results []Result) string {
	var rows strings.Builder
	y, smallest, largest := top, 0.001, 100.0
	width := func(value float64) float64 {
		part := math.Log10(max(value, smallest)/smallest) / math.Log10(largest/smallest)
		return min(part, 1) * (barRight - barLeft)
	}
	for _, result := range results {
		fmt.Fprintf(&rows, "<text x='10' y='%d' font-weight='bold'>%d services × %d proxies</text>\n", y+13, result.Services, result.Proxies)
		y += rowHeight
		for _, each := range changes(result) {
			value := each.median(func(s scenario.Sample) float64 { return s.CPULast })
			color := map[string]string{"demand": "#4c9f70", "worst": "#c06c4d"}[each.mode]
			fmt.Fprintf(&rows, "<text x='%d' y='%d' text-anchor='end'>%s, %s</text>"+
				"<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s'/><text x='%.1f' y='%d'>%.3f</text>\n",
				barLeft-8, y+13, each.scenario, each.mode, barLeft, y+3, width(value), rowHeight-5, color,
				barLeft+width(value)+5, y+13, value)
			y += rowHeight
		}
		y += rowHeight / 2
	}
	var grid strings.Builder
	for value := smallest; value <= largest; value *= 10 {
		x := barLeft + width(value)
		fmt.Fprintf(&grid, "<line x1='%.1f' y1='%d' x2='%.1f' y2='%d' stroke='#ddd'/><text x='%.1f' y='%d' text-anchor='middle'>%g</text>\n",
			x, top-6, x, y, x, top-12, value)
	}
	return fmt.Sprintf("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='12'>\n"+
		"<rect width='100%%' height='100%%' fill='white'/>\n<text x='10' y='16'>CPU seconds of the operator until the last proxy had it</text>\n%s%s</svg>\n",
		barRight+80, y+10, grid.String(), rows.String())
}
