// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"fmt"
	"sync/atomic"

	"selvedge.dev/benchmarks/kube"
)

// moreAddresses is a range of Service addresses beside the cluster's own, which has room for four thousand.
const moreAddresses = "10.200.0.0/16"

// plain numbers services without pods.
var plain atomic.Int64

// AddPlain writes services that have an address and no pods.
func (w *World) AddPlain(ctx context.Context, count int) error {
	if count > 1 {
		if err := w.addAddresses(ctx); err != nil {
			return err
		}
	}
	return Parallel(count, func(index int) error {
		namespace := namespaceOf(index)
		name := fmt.Sprintf("plain-%d", plain.Add(1))
		_, err := w.Client.Create(ctx, "/api/v1/namespaces/"+namespace+"/services", serviceObject(namespace, name, port))
		return err
	})
}

func (w *World) addAddresses(ctx context.Context) error {
	const path = "/apis/networking.k8s.io/v1/servicecidrs"
	cidr := object{
		"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": object{"name": "bench"},
		"spec": object{"cidrs": list{moreAddresses}},
	}
	if _, err := w.Client.Create(ctx, path, cidr); err != nil {
		return err
	}
	// The controller manager would say so.
	_, err := w.Client.Merge(ctx, path+"/bench/status", object{"status": object{"conditions": list{object{
		"type": "Ready", "status": "True", "reason": "Benchmark", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z",
	}}}})
	return err
}

// Bootstrap is what the operator gave to the proxy of a pod.
func (w *World) Bootstrap(ctx context.Context, pod Pod) (string, error) {
	read, err := w.Client.Get(ctx, "/api/v1/namespaces/"+pod.Namespace+"/pods/"+pod.Name)
	if err != nil {
		return "", err
	}
	spec, _ := read["spec"].(kube.Object)
	containers, _ := spec["initContainers"].(list)
	for _, container := range containers {
		fields, _ := container.(object)
		arguments, _ := fields["args"].(list)
		for index, argument := range arguments {
			if argument == "--config-yaml" && index+1 < len(arguments) {
				text, _ := arguments[index+1].(string)
				return text, nil
			}
		}
	}
	return "", fmt.Errorf("pod %s/%s has no proxy with --config-yaml", pod.Namespace, pod.Name)
}
