// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"selvedge.dev/benchmarks/proxy"
	"selvedge.dev/benchmarks/world"
)

// Prepare fetches the tokens, so that their making is not in a measurement.
func (b *Bench) Prepare(ctx context.Context) ([]proxy.Identity, error) {
	identities := make([]proxy.Identity, len(b.World.Pods))
	b.pods = b.World.Pods
	return identities, world.Parallel(len(identities), func(index int) error {
		identity, err := b.identity(ctx, b.World.Pods[index])
		identities[index] = identity
		return err
	})
}

func (b *Bench) identity(ctx context.Context, pod world.Pod) (proxy.Identity, error) {
	token, err := b.World.Token(ctx, pod)
	return proxy.Identity{Node: pod.Namespace + "/" + pod.Name, Token: token}, err
}

// coldConnect lets everybody connect at once.
func (b *Bench) coldConnect(ctx context.Context) ([]Sample, error) {
	identities, err := b.Prepare(ctx)
	if err != nil {
		return nil, err
	}
	sample, err := b.measured(ctx, "cold-connect", len(identities), func(ctx context.Context) (received, acknowledged []time.Duration, err error) {
		received, err = b.Fleet.Connect(ctx, identities)
		return received, received, err
	})
	if err != nil {
		return nil, err
	}
	return []Sample{sample}, nil
}

// service is another one each time, spread over all.
func (b *Bench) service() *world.Service {
	b.count++
	return b.World.Services[b.count*37%len(b.pods)]
}

func (b *Bench) repeated(once func() ([]Sample, error)) ([]Sample, error) {
	var all []Sample
	for range b.Rounds {
		samples, err := once()
		if err != nil {
			return all, err
		}
		all = append(all, samples...)
	}
	return all, nil
}

func (b *Bench) routeEdit(ctx context.Context) ([]Sample, error) {
	return b.repeated(func() ([]Sample, error) {
		service := b.service()
		value := fmt.Sprintf("round-%d-%s", b.count, b.Mode)
		watch := &proxy.Watch{
			Type: proxy.Route, Name: service.Route(), Shows: contains(value), Proxies: b.Fleet.Users(service.Route()),
		}
		sample, err := b.watched(ctx, "route-edit", watch, func(ctx context.Context) error {
			return b.World.SetRoute(ctx, service, value)
		})
		return []Sample{sample}, err
	})
}

func (b *Bench) endpoint(ctx context.Context) ([]Sample, error) {
	return b.repeated(func() ([]Sample, error) {
		service := b.service()
		_, endpoint, err := b.World.AddPod(ctx, service, fmt.Sprintf("%s-more-%d-%s", service.Name, b.count, b.Mode))
		if err != nil {
			return nil, err
		}
		b.Process.Settle(time.Minute)
		before := service.Endpoints
		added, err := b.watchedEndpoints(ctx, "endpoint-add", service, contains(endpoint.IP), append(slices.Clone(before), endpoint))
		if err != nil {
			return nil, err
		}
		removed, err := b.watchedEndpoints(ctx, "endpoint-remove", service, not(contains(endpoint.IP)), before)
		if err != nil {
			return nil, err
		}
		return []Sample{added, removed}, b.World.RemovePod(ctx, service.Namespace, endpoint.Pod)
	})
}

func (b *Bench) watchedEndpoints(
	ctx context.Context, name string, service *world.Service, shows func([]byte) bool, endpoints []world.Endpoint,
) (Sample, error) {
	watch := &proxy.Watch{
		Type: proxy.Endpoints, Name: service.Route(), Shows: shows, Proxies: b.Fleet.Users(service.Route()),
	}
	return b.watched(ctx, name, watch, func(ctx context.Context) error {
		return b.World.SetEndpoints(ctx, service, endpoints)
	})
}

// newService waits until everybody knows its address; who uses everything then fetches its routes, too.
func (b *Bench) newService(ctx context.Context) ([]Sample, error) {
	return b.repeated(func() ([]Sample, error) {
		name := fmt.Sprintf("s%05d:", len(b.World.Services))
		watch := &proxy.Watch{Type: proxy.Scope, Shows: contains(name), Proxies: b.Fleet.All()}
		sample, err := b.watched(ctx, "new-service", watch, func(ctx context.Context) error {
			_, err := b.World.AddService(ctx)
			return err
		})
		return []Sample{sample}, err
	})
}

// policyForAll changes the rules of every proxy.
func (b *Bench) policyForAll(ctx context.Context) ([]Sample, error) {
	var samples []Sample
	for _, decision := range []string{"Deny", "Allow"} {
		watch := &proxy.Watch{Type: proxy.Route, Name: proxy.InboundRoutes, Proxies: b.Fleet.All()}
		sample, err := b.watched(ctx, "policy-for-all", watch, func(ctx context.Context) error {
			return b.World.SetDefault(ctx, decision)
		})
		if err != nil {
			return samples, err
		}
		samples = append(samples, sample)
	}
	return samples, nil
}

func contains(text string) func([]byte) bool {
	return func(body []byte) bool { return bytes.Contains(body, []byte(text)) }
}

func not(condition func([]byte) bool) func([]byte) bool {
	return func(body []byte) bool { return !condition(body) }
}
