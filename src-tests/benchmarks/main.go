// SPDX-License-Identifier: Apache-2.0

// Command benchmarks measures the operator with simulated proxies on a real API server. See README.md.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"selvedge.dev/benchmarks/operator"
	"selvedge.dev/benchmarks/report"
)

func main() {
	log.SetFlags(log.Ltime)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) < 2 {
		log.Fatal("usage: benchmarks load|report [flags]")
	}
	var err error
	switch os.Args[1] {
	case "load":
		err = load(ctx, os.Args[2:])
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
	flags := flag.NewFlagSet("load", flag.ExitOnError)
	size := flags.String("size", "100x100", "services x proxies")
	modes := flags.String("modes", "demand,worst", "what the proxies use: ten services, or everything")
	scenarios := flags.String("scenarios", "", "names of changes, with commas; all when empty")
	rounds := flags.Int("rounds", 5, "how often each change is made")
	out := flags.String("out", "", "directory of the results")
	root := flags.String("root", "", "the unpacked image of the operator")
	launcher := flags.String("launcher", "", "the script in-image")
	kubeconfig := flags.String("kubeconfig", "", "of the cluster to fill")
	memory := flags.Int64("memory", 0, "the operator's limit of memory, in MiB")
	cores := flags.Float64("cores", 0, "the operator's limit of processors; 0 is none")
	command := flags.String("command", "", "how the run was started, for the report")
	profile := flags.Bool("jfr", false, "record the operator with JFR")
	_ = flags.Parse(arguments)
	run := loadRun{
		modes: strings.Split(*modes, ","), rounds: *rounds, out: *out, jfr: *profile, command: *command,
		image: operator.Image{
			Root: *root, Launcher: *launcher, Memory: *memory << 20, Cores: *cores,
			Log: filepath.Join(*out, "operator-"+*size+".log"),
		},
	}
	if *scenarios != "" {
		run.scenarios = strings.Split(*scenarios, ",")
	}
	if _, err := fmt.Sscanf(*size, "%dx%d", &run.services, &run.proxies); err != nil {
		return fmt.Errorf("-size %s: must be two numbers such as 100x100", *size)
	}
	result, failure := run.measure(ctx, *kubeconfig)
	if result != nil {
		text, err := json.MarshalIndent(result, "", " ")
		if err != nil {
			return err
		}
		if err = os.WriteFile(filepath.Join(*out, *size+".json"), text, 0o644); err != nil {
			return err
		}
	}
	return failure
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
	return report.Insert(*document, "bench", report.Markdown(results))
}
