// SPDX-License-Identifier: Apache-2.0

package world

import (
	"fmt"

	"selvedge.dev/benchmarks/kube"
)

type object = kube.Object

type list = []any

func meta(namespace, name string) object {
	return object{"namespace": namespace, "name": name}
}

// podObject is a pod as its author wrote it; the operator's webhook adds the proxy.
func podObject(namespace, name, service string, port int) object {
	metadata := meta(namespace, name)
	metadata["labels"] = object{"app": service}
	return object{
		"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
		"spec": object{
			"serviceAccountName": service,
			"containers": list{object{
				"name": "app", "image": "selvedge.dev/sample:dev", "ports": list{object{"containerPort": port}},
			}},
		},
	}
}

// isInjected tells whether a pod has a proxy.
func isInjected(pod object) bool {
	spec, _ := pod["spec"].(object)
	containers, _ := spec["initContainers"].(list)
	for _, container := range containers {
		if fields, ok := container.(object); ok && fields["name"] == "selvedge-proxy" {
			return true
		}
	}
	return false
}

func runningAt(ip string) object {
	return object{"status": object{
		"phase": "Running", "podIP": ip, "podIPs": list{object{"ip": ip}},
		"conditions": list{object{"type": "Ready", "status": "True"}},
	}}
}

func serviceObject(namespace, name string, port int) object {
	return object{
		"apiVersion": "v1", "kind": "Service", "metadata": meta(namespace, name),
		"spec": object{
			"selector": object{"app": name},
			"ports":    list{object{"name": "http", "port": port, "targetPort": port, "appProtocol": "http"}},
		},
	}
}

func sliceObject(namespace, service string, port int, endpoints []Endpoint) object {
	metadata := meta(namespace, service+"-1")
	metadata["labels"] = object{"kubernetes.io/service-name": service}
	var all list
	for _, endpoint := range endpoints {
		all = append(all, object{
			"addresses":  list{endpoint.IP},
			"conditions": object{"ready": true, "serving": true, "terminating": false},
			"targetRef":  object{"kind": "Pod", "namespace": namespace, "name": endpoint.Pod},
		})
	}
	return object{
		"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": "IPv4",
		"ports":     list{object{"name": "http", "port": port, "protocol": "TCP"}},
		"endpoints": all,
	}
}

// routesObject sends requests with one header value by a route of their own.
func routesObject(value string) list {
	return list{
		object{
			"name":     "marked",
			"matches":  list{object{"headers": list{object{"name": "x-round", "value": value}}}},
			"timeouts": object{"request": "5s"},
		},
		object{"name": "rest"},
	}
}

func policyObject(namespace, service string) object {
	return object{
		"apiVersion": "selvedge.dev/v1alpha1", "kind": "TrafficPolicy", "metadata": meta(namespace, service),
		"spec": object{
			"targetRefs": list{object{"kind": "Service", "name": service}},
			"routes":     routesObject("none"),
		},
	}
}

// settingsObject is a policy with something of everything but routes. Those of one service say the same, so that none
// conflicts.
func settingsObject(namespace, name, service string) object {
	return object{
		"apiVersion": "selvedge.dev/v1alpha1", "kind": "TrafficPolicy", "metadata": meta(namespace, name),
		"spec": object{
			"targetRefs":      list{object{"kind": "Service", "name": service}},
			"timeouts":        object{"request": "30s", "perTry": "10s"},
			"retries":         object{"attempts": 2},
			"loadBalancing":   object{"algorithm": "LeastRequest"},
			"circuitBreaking": object{"maxConnections": 1000, "outliers": object{"consecutive5xx": 7}},
			"rateLimits": list{object{
				"name": name, "key": list{object{"type": "Caller"}}, "limit": object{"requests": 100000, "per": "1s"},
			}},
		},
	}
}

func meshObject() object {
	return object{
		"apiVersion": "selvedge.dev/v1alpha1", "kind": "Mesh", "metadata": object{"name": "default"},
		"spec": object{"members": object{"namespaceSelector": object{"matchLabels": object{"selvedge.dev/mesh": "default"}}}},
	}
}

func addressOf(number int) string {
	return fmt.Sprintf("10.%d.%d.%d", 64+number>>16, number>>8&255, number&255)
}
