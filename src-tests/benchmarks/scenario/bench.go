// SPDX-License-Identifier: Apache-2.0

// Package scenario changes a mesh and measures what it takes until every proxy has the change.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"selvedge.dev/benchmarks/operator"
	"selvedge.dev/benchmarks/proxy"
	"selvedge.dev/benchmarks/world"
)

const patience = 10 * time.Minute

// Bench is a mesh under load.
type Bench struct {
	World   *world.World
	Fleet   *proxy.Fleet
	Process *operator.Process
	// Mode is demand or worst.
	Mode   string
	Rounds int
	// Log hears of each sample.
	Log func(format string, values ...any)

	pods  []world.Pod
	count int
}

// Quantiles are times in milliseconds.
type Quantiles struct {
	First, Median, P99, Last float64
}

// Sample is one measured change.
type Sample struct {
	Scenario string
	Mode     string
	// Proxies that had to receive it.
	Proxies  int
	Received Quantiles
	// Acknowledged is when the proxies had sent their acknowledgements.
	Acknowledged Quantiles
	// OperatorMean and OperatorMax are the operator's own measure, from the event to the acknowledgement, in milliseconds.
	OperatorMean float64
	OperatorMax  float64
	// CPULast is the operator's processor time in seconds until the last proxy had it; CPUSettled until it rested, with
	// the counts in the statuses written.
	CPULast    float64
	CPUSettled float64
	// Threads is CPULast by the name of the thread.
	Threads operator.ThreadTimes
	// RSSEnd and RSSPeak are bytes.
	RSSEnd  int64
	RSSPeak int64
	Traffic proxy.Traffic
	// StatusWrites are the requests by which the operator told what became of it.
	StatusWrites int
	// Failures are streams that ended meanwhile.
	Failures int64
	// Others is how many cores foreign processes took meanwhile.
	Others float64
}

// Scenarios are all changes by name, in their order.
var Scenarios = []struct {
	Name string
	Run  func(*Bench, context.Context) ([]Sample, error)
}{
	{"cold-connect", (*Bench).coldConnect},
	{"route-edit", (*Bench).routeEdit},
	{"endpoint", (*Bench).endpoint},
	{"new-service", (*Bench).newService},
	{"policy-for-all", (*Bench).policyForAll},
	{"rolling-restart", (*Bench).rollingRestart},
}

// measured runs a change and waits for its end.
func (b *Bench) measured(
	ctx context.Context, name string, proxies int, change func(context.Context) (received, acknowledged []time.Duration, err error),
) (Sample, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(b.Process.Ended(), func() { cancel(context.Cause(b.Process.Ended())) })()
	if err := operator.ResetPeak(b.Process.Pid); err != nil {
		return Sample{}, err
	}
	metrics, err := operator.Metrics()
	if err != nil {
		return Sample{}, err
	}
	writes, err := b.World.Client.Writes(ctx)
	if err != nil {
		return Sample{}, err
	}
	load := operator.LoadNow()
	traffic, failures, cpu, threads := b.Fleet.Traffic(), b.Fleet.Failures(), b.Process.CPU(), b.Process.Threads()
	received, acknowledged, err := change(ctx)
	last, spent := b.Process.CPU(), b.Process.Threads().Since(threads)
	if err != nil {
		return Sample{}, fmt.Errorf("%s: %w", name, errors.Join(err, context.Cause(ctx)))
	}
	others := load.Others()
	b.Process.Settle(time.Minute)
	sample := Sample{
		Scenario: name, Mode: b.Mode, Proxies: proxies,
		Received: quantiles(received), Acknowledged: quantiles(acknowledged),
		CPULast: (last - cpu).Seconds(), CPUSettled: (b.Process.CPU() - cpu).Seconds(), Threads: spent,
		Traffic: b.Fleet.Traffic().Since(traffic), Failures: b.Fleet.Failures() - failures, Others: others,
	}
	sample.RSSEnd, sample.RSSPeak = operator.Memory(b.Process.Pid)
	if sample.StatusWrites, err = b.World.Client.Writes(ctx); err != nil {
		return Sample{}, err
	}
	sample.StatusWrites -= writes
	after, err := operator.Metrics()
	if err != nil {
		return Sample{}, err
	}
	const timer = "selvedge_xds_convergence_seconds"
	if count := after[timer+"_count"] - metrics[timer+"_count"]; count > 0 {
		sample.OperatorMean = 1000 * (after[timer+"_sum"] - metrics[timer+"_sum"]) / count
		sample.OperatorMax = 1000 * after[timer+"_max"]
	}
	b.Log("%-16s %-6s first %7.1f median %7.1f p99 %7.1f last %7.1f ms; cpu %.3f s, settled %.3f s; rss %d peak %d MB; %.1f KB a proxy; %d status writes; failures %d; others %.1f; %s",
		name, b.Mode, sample.Received.First, sample.Received.Median, sample.Received.P99, sample.Received.Last,
		sample.CPULast, sample.CPUSettled, sample.RSSEnd>>20, sample.RSSPeak>>20,
		float64(sample.Traffic.Wire)/1000/float64(max(1, proxies)), sample.StatusWrites, sample.Failures, others, spent)
	if sample.Failures > 0 {
		b.Log("the last stream that ended: %v", b.Fleet.Trouble())
	}
	return sample, nil
}

// watched measures a change that the proxies receive as one resource.
func (b *Bench) watched(ctx context.Context, name string, watch *proxy.Watch, change func(context.Context) error) (Sample, error) {
	return b.measured(ctx, name, len(watch.Proxies), func(ctx context.Context) (received, acknowledged []time.Duration, err error) {
		b.Fleet.Watch(watch)
		if err := change(ctx); err != nil {
			return nil, nil, err
		}
		if err := watch.Wait(ctx); err != nil {
			return nil, nil, err
		}
		return watch.Received(), watch.Acknowledged(), nil
	})
}

func quantiles(sorted []time.Duration) Quantiles {
	if len(sorted) == 0 {
		return Quantiles{}
	}
	at := func(part float64) float64 {
		index := min(len(sorted)-1, int(part*float64(len(sorted))))
		return float64(sorted[index].Microseconds()) / 1000
	}
	return Quantiles{First: at(0), Median: at(0.5), P99: at(0.99), Last: at(1)}
}
