// SPDX-License-Identifier: Apache-2.0

package world

import (
	"context"
	"fmt"
	"time"

	"selvedge.dev/benchmarks/kube"
)

// RoutePrefix is what the names of our routes begin with.
const RoutePrefix = "bench-"

// ServeWebhooks lets the API server find an operator that runs beside it instead of in a pod.
func ServeWebhooks(ctx context.Context, client *kube.Client, namespace, address string) error {
	metadata := meta(namespace, "selvedge-bench")
	metadata["labels"] = object{"kubernetes.io/service-name": "selvedge"}
	_, err := client.Create(ctx, "/apis/discovery.k8s.io/v1/namespaces/"+namespace+"/endpointslices", object{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": "IPv4",
		"ports":     list{object{"name": "webhook", "port": 9443, "protocol": "TCP"}},
		"endpoints": list{object{"addresses": list{address}, "conditions": object{"ready": true}}},
	})
	return err
}

// AwaitInjector waits until pods are sent to the operator.
func AwaitInjector(ctx context.Context, client *kube.Client) error {
	const path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/selvedge-injector"
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		_, err := client.Get(ctx, path)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the operator has not registered its webhook: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}
