// SPDX-License-Identifier: Apache-2.0

// Command benchmarks measures the operator with simulated proxies on a real API server. See README.md.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"selvedge.dev/benchmarks/report"
)

func main() {
	log.SetFlags(log.Ltime)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) < 2 {
		log.Fatal("usage: benchmarks load|sidecar|report [flags]")
	}
	var err error
	switch os.Args[1] {
	case "load":
		err = load(ctx, os.Args[2:])
	case "sidecar":
		err = measureSidecar(ctx, os.Args[2:])
	case "report":
		err = writeReport(os.Args[2:])
	default:
		err = fmt.Errorf("no such command: %s", os.Args[1])
	}
	if err != nil {
		stop()
		log.Fatal(err)
	}
}

func load(ctx context.Context, arguments []string) error {
	run := loadRun{}
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	kubeconfig, complete := run.flags(flags)
	size := flags.String("size", "100x100", "services x proxies")
	modes := flags.String("modes", "demand,worst", "what the proxies use: ten services, or everything")
	scenarios := flags.String("scenarios", "", "names of changes, with commas; all when empty")
	flags.IntVar(&run.rounds, "rounds", 5, "how often each change is made")
	flags.IntVar(&run.policies, "policies", 0, "traffic policies beside the one of each service")
	flags.StringVar(&run.command, "command", "", "how the run was started, for the report")
	flags.BoolVar(&run.jfr, "jfr", false, "record the operator with JFR")
	_ = flags.Parse(arguments)
	complete(*size)
	run.size = *size
	run.modes = strings.Split(*modes, ",")
	if *scenarios != "" {
		run.scenarios = strings.Split(*scenarios, ",")
	}
	if _, err := fmt.Sscanf(*size, "%dx%d", &run.services, &run.proxies); err != nil {
		return fmt.Errorf("-size %s: must be two numbers such as 100x100", *size)
	}
	result, failure := run.measure(ctx, *kubeconfig)
	if result == nil {
		return failure
	}
	return errors.Join(failure, write(filepath.Join(run.out, run.name()+".json"), result))
}

func measureSidecar(ctx context.Context, arguments []string) error {
	run := sidecarRun{}
	flags := flag.NewFlagSet("sidecar", flag.ExitOnError)
	kubeconfig, complete := run.flags(flags)
	flags.IntVar(&run.services, "services", 1000, "how many services the mesh has")
	flags.IntVar(&run.rounds, "rounds", 20, "how often each change is made")
	flags.StringVar(&run.envoy, "envoy", "", "the proxy's binary")
	flags.StringVar(&run.rootfs, "rootfs", "", "the files of the proxy's image")
	_ = flags.Parse(arguments)
	complete(fmt.Sprintf("sidecar-%d", run.services))
	result, err := run.measure(ctx, *kubeconfig)
	if err != nil {
		return err
	}
	return write(filepath.Join(run.out, fmt.Sprintf("sidecar-%d.json", run.services)), result)
}

func write(file string, result any) error {
	text, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

func writeReport(arguments []string) error {
	flags := flag.NewFlagSet("report", flag.ExitOnError)
	in := flags.String("in", "", "directory of the results")
	document := flags.String("document", "", "Markdown file with markers")
	plot := flags.String("plot", "", "SVG to write")
	_ = flags.Parse(arguments)
	results, err := report.Read(*in)
	if err != nil {
		return err
	}
	if err = os.WriteFile(*plot, []byte(report.Plot(results)), 0o644); err != nil {
		return err
	}
	if err = report.Insert(*document, "bench", report.Markdown(results)); err != nil {
		return err
	}
	sidecars, err := report.ReadSidecars(*in)
	if err != nil {
		return err
	}
	return report.Insert(*document, "sidecar", report.SidecarMarkdown(sidecars))
}
