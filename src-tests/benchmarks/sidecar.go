// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"path/filepath"
	"time"

	"selvedge.dev/benchmarks/envoy"
	"selvedge.dev/benchmarks/operator"
	"selvedge.dev/benchmarks/report"
	"selvedge.dev/benchmarks/world"
)

// called is how many services the application behind the sidecar uses.
const called = 5

// sidecarRun measures what a real Envoy pays for a mesh of which it uses five services.
type sidecarRun struct {
	environment
	services, rounds int
	envoy, rootfs    string
	world            *world.World
}

func (r *sidecarRun) measure(ctx context.Context, kubeconfig string) (*report.Sidecar, error) {
	process, err := r.begin(ctx, kubeconfig)
	if err != nil {
		return nil, err
	}
	defer process.Stop()
	// Two services more, which are changed and not used.
	if r.world, err = world.Build(ctx, r.image.Client, called+2, 1); err != nil {
		return nil, err
	}
	if err = r.world.AddPlain(ctx, r.services-len(r.world.Services)); err != nil {
		return nil, err
	}
	process.Settle(time.Minute)
	result := &report.Sidecar{Services: r.services, Machine: operator.ThisMachine()}
	if result.Bare, result.BareCode, err = r.bare(ctx); err != nil {
		return nil, err
	}
	proxy, err := r.start(ctx, "sidecar", operator.XDS)
	if err != nil {
		return nil, err
	}
	defer proxy.Stop()
	if err = proxy.AwaitReady(ctx); err != nil {
		return nil, err
	}
	for _, service := range r.world.Services[:called] {
		// Nothing listens there: the answer is the proxy's own, and tells that it knows the service.
		response, err := http.Get("http://" + service.Scope() + "/")
		if err != nil {
			return nil, fmt.Errorf("the first request to %s: %w", service.Route(), err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusServiceUnavailable {
			return nil, fmt.Errorf("the first request to %s was answered %s", service.Route(), response.Status)
		}
	}
	result.InMesh, result.InMeshCode = proxy.RestingMemory()
	log.Printf("%d services: %.1f MB (code %.1f), bare %.1f MB (code %.1f)", r.services,
		float64(result.InMesh)/1e6, float64(result.InMeshCode)/1e6, float64(result.Bare)/1e6, float64(result.BareCode)/1e6)
	return result, r.changes(ctx, proxy, result)
}

func (r *sidecarRun) bare(ctx context.Context) (all, code int64, err error) {
	// Nobody serves there.
	proxy, err := r.start(ctx, "bare", "127.0.0.1:9")
	if err != nil {
		return 0, 0, err
	}
	defer proxy.Stop()
	all, code = proxy.RestingMemory()
	return all, code, nil
}

func (r *sidecarRun) start(ctx context.Context, name, server string) (*envoy.Envoy, error) {
	pod := r.world.Pods[0]
	token, err := r.world.Token(ctx, pod)
	if err != nil {
		return nil, err
	}
	bootstrap, err := r.world.Bootstrap(ctx, pod)
	if err != nil {
		return nil, err
	}
	return envoy.Start(envoy.Settings{
		Binary: r.envoy, RootFS: r.rootfs, Folder: filepath.Join(r.out, "envoy-"+name), Bootstrap: bootstrap,
		Server: server, Host: operator.ServerName, Token: token, Trust: r.bundle,
		Namespace: pod.Namespace, Pod: pod.Name, Address: "127.0.0.1",
	})
}

// changes measures the proxy's processor time for what it does not use.
func (r *sidecarRun) changes(ctx context.Context, proxy *envoy.Envoy, result *report.Sidecar) error {
	unused := r.world.Services[called]
	endpoints := unused.Endpoints
	all := []struct {
		name string
		make func(int) error
	}{
		{"nothing", func(int) error { return nil }},
		{"a route of a service that it does not use", func(round int) error {
			return r.world.SetRoute(ctx, unused, fmt.Sprintf("round-%d", round))
		}},
		{"an endpoint of a service that it does not use", func(round int) error {
			return r.world.SetEndpoints(ctx, unused, endpoints[:1+round%2])
		}},
		{"a new service", func(int) error { return r.world.AddPlain(ctx, 1) }},
	}
	for _, change := range all {
		before := proxy.CPU()
		for round := range r.rounds {
			if err := change.make(round); err != nil {
				return err
			}
			time.Sleep(pause)
		}
		each := (proxy.CPU() - before).Seconds() * 1000 / float64(r.rounds)
		result.Changes = append(result.Changes, report.SidecarChange{Name: change.name, Milliseconds: each})
		log.Printf("%d services: %s: %.2f ms of CPU each", r.services, change.name, each)
	}
	return nil
}

// pause lets each change arrive by itself; what the proxy does in the pauses anyway is measured as "nothing".
const pause = 500 * time.Millisecond
