// SPDX-License-Identifier: Apache-2.0

// Package world fills a cluster with services and pods that nobody runs, as kubelet and the controllers would have
// written them, and changes them.
package world

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"selvedge.dev/benchmarks/kube"
)

const (
	namespaces = 10
	port       = 80
	// More at once, and the webhook's five seconds are not enough for the last on a busy machine.
	writers = 6
	// EndpointsPerService is how many pods stand behind each service.
	EndpointsPerService = 2
)

// Endpoint is one pod of a service.
type Endpoint struct {
	Pod string
	IP  string
}

// Service is one service, its slice and its policy.
type Service struct {
	Namespace string
	Name      string
	Address   string
	Endpoints []Endpoint
}

// Route is the name that the operator gives to the routes, the cluster and the endpoints of this service.
func (s *Service) Route() string {
	return fmt.Sprintf("%s/%s:%d", s.Namespace, s.Name, port)
}

// Scope is the name of the scope of this service.
func (s *Service) Scope() string {
	return fmt.Sprintf("%s:%d", s.Address, port)
}

// Pod is a pod with a proxy that can prove itself.
type Pod struct {
	Namespace string
	Name      string
	Account   string
	UID       string
}

// World is what was written to the API server.
type World struct {
	Client   *kube.Client
	Services []*Service
	Pods     []Pod
	ips      atomic.Int64
}

// Build writes services with their pods, slices and policies; the first pod of each of the first services has a proxy
// that will connect.
func Build(ctx context.Context, client *kube.Client, services, proxies int) (*World, error) {
	world := &World{Client: client, Services: make([]*Service, services), Pods: make([]Pod, proxies)}
	if err := world.namespaces(ctx); err != nil {
		return nil, err
	}
	err := Parallel(services, func(index int) error {
		service, pod, err := world.addService(ctx, index)
		if err != nil {
			return err
		}
		world.Services[index] = service
		if index < proxies {
			world.Pods[index] = pod
		}
		_, err = client.Create(ctx, policies(service.Namespace), policyObject(service.Namespace, service.Name))
		return err
	})
	return world, err
}

// CreateMesh makes the Mesh and gives its uid.
func CreateMesh(ctx context.Context, client *kube.Client) (string, error) {
	mesh, err := client.Create(ctx, "/apis/selvedge.dev/v1alpha1/meshes", meshObject())
	return kube.Text(mesh, "metadata", "uid"), err
}

func (w *World) namespaces(ctx context.Context) error {
	for index := range namespaces {
		namespace := object{
			"apiVersion": "v1", "kind": "Namespace",
			"metadata": object{"name": namespaceOf(index), "labels": object{"selvedge.dev/mesh": "default"}},
		}
		if _, err := w.Client.Create(ctx, "/api/v1/namespaces", namespace); err != nil {
			return err
		}
	}
	return nil
}

// AddService writes one more service with pods, without a policy.
func (w *World) AddService(ctx context.Context) (*Service, error) {
	service, _, err := w.addService(ctx, len(w.Services))
	if err == nil {
		w.Services = append(w.Services, service)
	}
	return service, err
}

func (w *World) addService(ctx context.Context, index int) (*Service, Pod, error) {
	service := &Service{Namespace: namespaceOf(index), Name: fmt.Sprintf("s%05d", index)}
	account := object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(service.Namespace, service.Name)}
	if _, err := w.Client.Create(ctx, "/api/v1/namespaces/"+service.Namespace+"/serviceaccounts", account); err != nil {
		return nil, Pod{}, err
	}
	var first Pod
	for number := range EndpointsPerService {
		pod, endpoint, err := w.AddPod(ctx, service, fmt.Sprintf("%s-%d", service.Name, number))
		if err != nil {
			return nil, Pod{}, err
		}
		if number == 0 {
			first = pod
		}
		service.Endpoints = append(service.Endpoints, endpoint)
	}
	slices := "/apis/discovery.k8s.io/v1/namespaces/" + service.Namespace + "/endpointslices"
	slice := sliceObject(service.Namespace, service.Name, port, service.Endpoints)
	if _, err := w.Client.Create(ctx, slices, slice); err != nil {
		return nil, Pod{}, err
	}
	created, err := w.Client.Create(ctx, "/api/v1/namespaces/"+service.Namespace+"/services",
		serviceObject(service.Namespace, service.Name, port))
	service.Address = kube.Text(created, "spec", "clusterIP")
	return service, first, err
}

// AddPod writes a running pod of a service, not yet in its slice.
func (w *World) AddPod(ctx context.Context, service *Service, name string) (Pod, Endpoint, error) {
	pods := "/api/v1/namespaces/" + service.Namespace + "/pods"
	ip := addressOf(int(w.ips.Add(1)))
	created, err := w.Client.Create(ctx, pods, podObject(service.Namespace, name, service.Name, port))
	if err != nil {
		return Pod{}, Endpoint{}, err
	}
	if !isInjected(created) {
		return Pod{}, Endpoint{}, fmt.Errorf("pod %s/%s got no proxy: the operator's webhook did not answer", service.Namespace, name)
	}
	if _, err = w.Client.Merge(ctx, pods+"/"+name+"/status", runningAt(ip)); err != nil {
		return Pod{}, Endpoint{}, err
	}
	pod := Pod{service.Namespace, name, service.Name, kube.Text(created, "metadata", "uid")}
	return pod, Endpoint{Pod: name, IP: ip}, nil
}

// RemovePod deletes a pod at once, as when its kubelet has said that it ended.
func (w *World) RemovePod(ctx context.Context, namespace, name string) error {
	return w.Client.Delete(ctx, "/api/v1/namespaces/"+namespace+"/pods/"+name)
}

// AddPolicies writes policies beside those that Build wrote, over all services. They set what those leave open.
func (w *World) AddPolicies(ctx context.Context, count int) error {
	return Parallel(count, func(index int) error {
		service := w.Services[index%len(w.Services)]
		name := fmt.Sprintf("more-%05d", index)
		_, err := w.Client.Create(ctx, policies(service.Namespace), settingsObject(service.Namespace, name, service.Name))
		return err
	})
}

// SetEndpoints writes the service's slice anew.
func (w *World) SetEndpoints(ctx context.Context, service *Service, endpoints []Endpoint) error {
	service.Endpoints = endpoints
	path := "/apis/discovery.k8s.io/v1/namespaces/" + service.Namespace + "/endpointslices/" + service.Name + "-1"
	_, err := w.Client.Put(ctx, path, sliceObject(service.Namespace, service.Name, port, endpoints))
	return err
}

// SetRoute changes the route of the service's policy so that the value is in it.
func (w *World) SetRoute(ctx context.Context, service *Service, value string) error {
	_, err := w.Client.Merge(ctx, policies(service.Namespace)+"/"+service.Name,
		object{"spec": object{"routes": routesObject(value)}})
	return err
}

// SetDefault changes what happens to callers for whom no policy speaks, in the whole mesh.
func (w *World) SetDefault(ctx context.Context, decision string) error {
	_, err := w.Client.Merge(ctx, "/apis/selvedge.dev/v1alpha1/meshes/default",
		object{"spec": object{"authorization": object{"default": decision}}})
	return err
}

// Token asks for a token as the kubelet would put it into the pod.
func (w *World) Token(ctx context.Context, pod Pod) (string, error) {
	return Token(ctx, w.Client, pod.Namespace, pod.Account, object{
		"audiences":         list{"selvedge"},
		"expirationSeconds": 3600,
		"boundObjectRef":    object{"kind": "Pod", "apiVersion": "v1", "name": pod.Name, "uid": pod.UID},
	})
}

// Token asks for a service account's token.
func Token(ctx context.Context, client *kube.Client, namespace, account string, spec kube.Object) (string, error) {
	request := object{"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
	path := "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + account + "/token"
	answer, err := client.Create(ctx, path, request)
	return kube.Text(answer, "status", "token"), err
}

func namespaceOf(index int) string {
	return fmt.Sprintf("bench-%d", index%namespaces)
}

func policies(namespace string) string {
	return "/apis/selvedge.dev/v1alpha1/namespaces/" + namespace + "/trafficpolicies"
}

// Parallel calls the function for 0 to count-1, several at a time, and gives the first error.
func Parallel(count int, function func(int) error) error {
	var (
		next   atomic.Int64
		failed atomic.Pointer[error]
		group  sync.WaitGroup
	)
	for range writers {
		group.Go(func() {
			for index := int(next.Add(1)) - 1; index < count && failed.Load() == nil; index = int(next.Add(1)) - 1 {
				if err := function(index); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}
