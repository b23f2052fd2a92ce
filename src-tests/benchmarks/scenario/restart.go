// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"selvedge.dev/benchmarks/world"
)

const (
	restarted = 100
	// atOnce is how many pods are replaced at a time.
	atOnce = 10
)

// rollingRestart replaces pods as Deployments do: the new one starts, connects and enters the slice, then the old one
// leaves the slice and ends. A time is from the creation of a pod to the full configuration of its proxy.
func (b *Bench) rollingRestart(ctx context.Context) ([]Sample, error) {
	count := min(restarted, len(b.pods))
	sample, err := b.measured(ctx, "rolling-restart", count, func(ctx context.Context) (received, acknowledged []time.Duration, err error) {
		var lock sync.Mutex
		for from := 0; from < count; from += atOnce {
			err := world.Parallel(min(atOnce, count-from), func(offset int) error {
				taken, err := b.replace(ctx, from+offset)
				lock.Lock()
				defer lock.Unlock()
				received = append(received, taken)
				return err
			})
			if err != nil {
				return nil, nil, err
			}
		}
		slices.Sort(received)
		return received, received, nil
	})
	if err != nil {
		return nil, err
	}
	return []Sample{sample}, nil
}

func (b *Bench) replace(ctx context.Context, index int) (time.Duration, error) {
	service, old := b.World.Services[index], b.World.Services[index].Endpoints[0]
	begin := time.Now()
	pod, endpoint, err := b.World.AddPod(ctx, service, fmt.Sprintf("%s-next-%s", service.Name, b.Mode))
	if err != nil {
		return 0, err
	}
	identity, err := b.identity(ctx, pod)
	if err != nil {
		return 0, err
	}
	if err = b.Fleet.Replace(ctx, index, identity); err != nil {
		return 0, err
	}
	taken := time.Since(begin)
	rest := slices.Clone(service.Endpoints[1:])
	if err = b.World.SetEndpoints(ctx, service, append([]world.Endpoint{endpoint, old}, rest...)); err != nil {
		return 0, err
	}
	if err = b.World.SetEndpoints(ctx, service, append([]world.Endpoint{endpoint}, rest...)); err != nil {
		return 0, err
	}
	b.pods[index] = pod
	b.Fleet.Retire(index)
	return taken, b.World.RemovePod(ctx, service.Namespace, old.Pod)
}
