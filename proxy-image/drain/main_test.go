// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

func TestItReturnsWhenTheLastRequestIsAnswered(t *testing.T) {
	gateway := start(t)
	answer := gateway.slowRequest(t)
	began := time.Now()

	done := make(chan error, 1)
	go func() { done <- drain(t.Context(), gateway.admin, 300*time.Millisecond, 20*time.Second) }()
	select {
	case err := <-done:
		t.Fatalf("returned after %s while a request was under way: %v", time.Since(began), err)
	case <-time.After(time.Second):
	}
	close(gateway.release)

	if code := <-answer; code != 200 {
		t.Errorf("the request under way got %d", code)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAnIdleGatewayGoesOnAcceptingAndSendsClientsAway(t *testing.T) {
	gateway := start(t)
	close(gateway.release)
	began := time.Now()
	done := make(chan error, 1)
	go func() { done <- drain(t.Context(), gateway.admin, time.Second, 20*time.Second) }()

	sentAway := false
	for !sentAway && time.Since(began) < 900*time.Millisecond {
		response, err := http.Get(gateway.url)
		if err != nil {
			t.Fatalf("refused after %s: %v", time.Since(began), err)
		}
		response.Body.Close()
		sentAway = response.Close
	}
	if !sentAway {
		t.Error("clients are not told to leave")
	}

	if err := <-done; err != nil || time.Since(began) < time.Second || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestItReturnsAtTheLatestMoment(t *testing.T) {
	gateway := start(t)
	defer close(gateway.release)
	gateway.slowRequest(t)
	began := time.Now()
	if err := drain(t.Context(), gateway.admin, 0, time.Second); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took < time.Second || took > 5*time.Second {
		t.Errorf("returned after %s", took)
	}
}

func TestWithoutEnvoyItFailsAtOnce(t *testing.T) {
	began := time.Now()
	err := drain(t.Context(), newAdmin(filepath.Join(t.TempDir(), "none.sock")), time.Minute, time.Minute)
	if err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

// gateway is a real Envoy before a service whose answers wait until release is closed.
type gateway struct {
	admin   admin
	url     string
	release chan struct{}
	arrived chan struct{}
}

func start(t *testing.T) gateway {
	t.Helper()
	g := gateway{release: make(chan struct{}), arrived: make(chan struct{}, 100)}
	service := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		g.arrived <- struct{}{}
		<-g.release
		fmt.Fprintln(out, "ok")
	}))
	t.Cleanup(service.CloseClientConnections)
	// A name for the socket must be short.
	folder, err := os.MkdirTemp("", "drain")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	socket := filepath.Join(folder, "envoy.sock")
	port := freePort(t)
	g.admin, g.url = newAdmin(socket), fmt.Sprintf("http://127.0.0.1:%d/", port)
	config := fmt.Sprintf(configuration, socket, port, service.Listener.Addr().(*net.TCPAddr).Port)
	envoy := exec.Command(binary(t), "--disable-hot-restart", "--concurrency", "1", "--log-level", "error",
		"--drain-time-s", "2", "--drain-strategy", "immediate", "--config-yaml", config)
	envoy.Stderr = os.Stderr
	if err := envoy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		envoy.Process.Kill()
		envoy.Wait()
	})
	g.awaitReady(t)
	return g
}

// slowRequest sends a request and returns when it has arrived; the answer's code comes later.
func (g gateway) slowRequest(t *testing.T) <-chan int {
	t.Helper()
	code := make(chan int, 1)
	go func() {
		response, err := http.Get(g.url)
		if err != nil {
			code <- 0
			return
		}
		defer response.Body.Close()
		if _, err := io.ReadAll(response.Body); err != nil {
			code <- 0
			return
		}
		code <- response.StatusCode
	}()
	select {
	case <-g.arrived:
	case <-time.After(10 * time.Second):
		t.Fatal("the request did not arrive")
	}
	return code
}

func (g gateway) awaitReady(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if body, err := g.admin.call(context.Background(), http.MethodGet, "/ready"); err == nil {
			body.Close()
			return
		}
	}
	t.Fatal("Envoy is not ready")
}

func binary(t *testing.T) string {
	t.Helper()
	cache := os.Getenv("SELVEDGE_CACHE")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(home, ".cache/selvedge")
	}
	envoy := filepath.Join(cache, "envoy-1.40.0/envoy")
	if _, err := os.Stat(envoy); err != nil {
		t.Fatalf("%v: build-tools/fetch-envoy puts it there", err)
	}
	return envoy
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

// configuration has the names and the selection of statistics that a gateway has.
const configuration = `
admin: {address: {pipe: {path: %s}}}
stats_config: {stats_matcher: {inclusion_list: {patterns: [
  {safe_regex: {regex: 'http\..*\.downstream_(cx_(total|active)|rq_(total|active|time|[1-5]xx))'}}]}}}
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: %d}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: gateway_http
          route_config:
            virtual_hosts:
            - {name: all, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: service, timeout: 0s}}]}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
  clusters:
  - name: service
    load_assignment:
      cluster_name: service
      endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
`
