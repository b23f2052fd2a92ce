// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"selvedge.dev/benchmarks/operator"
	"selvedge.dev/benchmarks/proxy"
	"selvedge.dev/benchmarks/report"
	"selvedge.dev/benchmarks/scenario"
	"selvedge.dev/benchmarks/world"
)

// used is how many services a proxy uses on demand.
const used = 10

type loadRun struct {
	environment
	services, proxies, rounds int
	policies                  int
	modes, scenarios          []string
	size, command             string
	jfr                       bool
	world                     *world.World
}

// name tells results of different limits and policies apart.
func (r *loadRun) name() string {
	name := fmt.Sprintf("%s-%dMiB", r.size, r.image.Memory>>20)
	if r.image.Cores > 0 {
		name += fmt.Sprintf("-%gcores", r.image.Cores)
	}
	if r.policies > 0 {
		name += fmt.Sprintf("-%dpolicies", r.policies)
	}
	return name
}

func (r *loadRun) measure(ctx context.Context, kubeconfig string) (*report.Result, error) {
	if err := r.prepare(ctx, kubeconfig); err != nil {
		return nil, err
	}
	result := &report.Result{Services: r.services, Proxies: r.proxies, Memory: r.image.Memory, Cores: r.image.Cores,
		Machine: operator.ThisMachine(), Command: r.command}
	var failures error
	for _, mode := range r.modes {
		if err := r.mode(ctx, mode, result); err != nil {
			result.Failures = append(result.Failures, mode+": "+strings.ReplaceAll(err.Error(), "\n", "; "))
			failures = errors.Join(failures, fmt.Errorf("%s: %w", mode, err))
		}
	}
	return result, failures
}

// prepare fills the cluster through an operator of its own, which injects the pods.
func (r *loadRun) prepare(ctx context.Context, kubeconfig string) error {
	process, err := r.begin(ctx, kubeconfig)
	if err != nil {
		return err
	}
	defer process.Stop()
	begin := time.Now()
	if r.world, err = world.Build(ctx, r.image.Client, r.services, r.proxies); err != nil {
		return err
	}
	if err = r.world.AddPolicies(ctx, r.policies); err != nil {
		return err
	}
	log.Printf("wrote %d services in %.1f s", r.services, time.Since(begin).Seconds())
	process.Settle(time.Minute)
	return nil
}

func (r *loadRun) mode(ctx context.Context, mode string, result *report.Result) error {
	image := r.image
	if r.jfr {
		image.Options = append(slices.Clone(image.Options), "-XX:StartFlightRecording:settings=profile,filename=/tmp/"+mode+".jfr,dumponexit=true")
	}
	process, err := image.Start(ctx)
	if err != nil {
		return err
	}
	defer process.Stop()
	start := report.Start{Mode: mode, Seconds: process.Ready.Seconds(), CPU: process.ReadyCPU.Seconds(), Threads: process.ReadyThreads}
	process.Settle(time.Minute)
	start.CPUSettled = process.CPU().Seconds()
	start.RSSIdle, start.RSSPeak = operator.Memory(process.Pid)
	result.Starts = append(result.Starts, start)
	if err = r.inspect(process, mode+"-idle", "GC.heap_info", "VM.native_memory"); err != nil {
		return err
	}
	log.Printf("%s: serving after %.1f s and %.2f CPU s, settled %.2f; RSS %d MB, peak %d; %s",
		mode, start.Seconds, start.CPU, start.CPUSettled, start.RSSIdle>>20, start.RSSPeak>>20, start.Threads)

	fleet := &proxy.Fleet{
		Address: operator.XDS, ServerName: operator.ServerName, Roots: r.roots,
		Everything: mode == "worst", Services: r.services, Prefix: world.RoutePrefix, Uses: r.uses(),
	}
	defer fleet.Close()
	bench := &scenario.Bench{World: r.world, Fleet: fleet, Process: process, Mode: mode, Rounds: r.rounds, Log: log.Printf}
	for _, each := range scenario.Scenarios {
		// Everything else needs the connected proxies.
		if each.Name != "cold-connect" && r.scenarios != nil && !slices.Contains(r.scenarios, each.Name) {
			continue
		}
		samples, err := each.Run(bench, ctx)
		result.Samples = append(result.Samples, samples...)
		if err != nil {
			return err
		}
	}
	return r.inspect(process, mode, "GC.heap_info", "VM.native_memory", "GC.class_histogram")
}

// inspect writes down what is on the heap and, with -XX:NativeMemoryTracking=summary, beside it. A histogram collects
// garbage first, so it comes last.
func (r *loadRun) inspect(process *operator.Process, moment string, questions ...string) error {
	var all []byte
	for _, question := range questions {
		answer, err := process.Jcmd(question)
		if err != nil {
			return err
		}
		all = append(all, answer...)
	}
	return os.WriteFile(filepath.Join(r.out, fmt.Sprintf("memory-%s-%s.txt", r.name(), moment)), all, 0o644)
}

// uses spreads ten services for each proxy evenly.
func (r *loadRun) uses() [][]string {
	uses := make([][]string, r.proxies)
	for index := range uses {
		for number := range min(used, r.services) {
			service := r.world.Services[(index+number*(r.services/used+1))%r.services]
			if !slices.Contains(uses[index], service.Route()) {
				uses[index] = append(uses[index], service.Route())
			}
		}
	}
	return uses
}
