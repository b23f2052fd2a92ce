// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"selvedge.dev/sample/server"
)

func TestGetCountsCodesVersionsPodsAndUpstreams(t *testing.T) {
	ratings := serve(t, server.Service{Name: "ratings", Version: "v1", Pod: "ratings-1"})
	stars := fmt.Sprintf("http://127.0.0.1:%d/stars", ratings.Ports.HTTP)
	denied := fmt.Sprintf("http://127.0.0.1:%d/status/403", ratings.Ports.HTTP)
	reviews := serve(t, server.Service{Name: "reviews", Version: "v2", Pod: "reviews-1"}, stars, denied)

	got, err := client(t, "get", fmt.Sprintf("http://127.0.0.1:%d/", reviews.Ports.HTTP), "--count", "7", "--concurrency=3")

	if err != nil || got.Requests != 7 || got.Codes["200"] != 7 || got.Versions["v2"] != 7 || got.Pods["reviews-1"] != 7 {
		t.Errorf("%+v, %v", got, err)
	}
	if got.Upstreams[stars]["200"] != 7 || got.UpstreamVersions[stars]["v1"] != 7 || got.Upstreams[denied]["403"] != 7 {
		t.Errorf("upstreams = %v, %v", got.Upstreams, got.UpstreamVersions)
	}
	if got.Failed != 7 {
		t.Errorf("a page without its ratings counts as failed, but failed = %d", got.Failed)
	}
	if got.LatencyMillis.P50 <= 0 || got.LatencyMillis.Max < got.LatencyMillis.P99 {
		t.Errorf("latency = %+v", got.LatencyMillis)
	}
}

func TestGetSendsMethodBodyAndHeaders(t *testing.T) {
	service := serve(t, server.Service{Name: "reviews"})
	got, err := client(t, "get", "--method", "PUT", "--body", "five stars", "--header", "x-user=alice", "--print",
		"--header", "host: reviews.test", fmt.Sprintf("http://127.0.0.1:%d/x", service.Ports.HTTP))
	if err != nil {
		t.Fatal(err)
	}
	body := got.Sample.Body.(map[string]any)
	if body["method"] != "PUT" || body["body"] != "five stars" || body["host"] != "reviews.test" ||
		body["headers"].(map[string]any)["x-user"] != "alice" {
		t.Errorf("%v", body)
	}
}

func TestGetOverHTTP2AndTLS(t *testing.T) {
	service := serve(t, server.Service{Name: "reviews"})
	for _, url := range []string{
		fmt.Sprintf("http://127.0.0.1:%d/", service.Ports.HTTP), fmt.Sprintf("https://127.0.0.1:%d/", service.Ports.TLS),
	} {
		got, err := client(t, "get", url, "--http2", "--print")
		if err != nil || got.Failed != 0 || got.Sample.Body.(map[string]any)["protocol"] != "HTTP/2.0" {
			t.Errorf("%s: %+v, %v", url, got, err)
		}
	}
}

func TestNewConnectionsOpensOneForEachCall(t *testing.T) {
	for _, flag := range []string{"--new-connections=false", "--new-connections=true"} {
		var opened atomic.Int32
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				opened.Add(1)
			}
		}
		server.Start()
		if _, err := client(t, "get", server.URL, "--count", "5", flag); err != nil {
			t.Fatal(err)
		}
		server.Close()
		expected := map[string]int32{"--new-connections=false": 1, "--new-connections=true": 5}[flag]
		if opened.Load() != expected {
			t.Errorf("%s: %d connections", flag, opened.Load())
		}
	}
}

func TestErrorsHaveShortNames(t *testing.T) {
	service := serve(t, server.Service{Name: "reviews"})
	url := fmt.Sprintf("http://127.0.0.1:%d", service.Ports.HTTP)
	for _, c := range []struct{ url, expected string }{
		{url + "/abort", "connection closed"},
		{url + "/delay/5s", "timeout"},
		{"http://127.0.0.1:1/", "connection refused"},
	} {
		got, err := client(t, "get", c.url, "--timeout", "200ms")
		if err != nil || got.Errors[c.expected] != 1 || got.Failed != 1 {
			t.Errorf("%s: %+v, %v", c.url, got, err)
		}
	}
}

func TestLoadFailsWhenOneCallFails(t *testing.T) {
	service := serve(t, server.Service{Name: "reviews"})
	url := fmt.Sprintf("http://127.0.0.1:%d", service.Ports.HTTP)
	if got, err := client(t, "load", url, "--count", "3"); err != nil || got.Requests != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := client(t, "load", url+"/status/503", "--count", "3"); err == nil || !strings.Contains(err.Error(), "3 of 3") {
		t.Errorf("err = %v", err)
	}
}

func TestLoadEndsAfterItsDurationAndLetsTheLastCallFinish(t *testing.T) {
	service := serve(t, server.Service{Name: "reviews"})
	url := fmt.Sprintf("http://127.0.0.1:%d/delay/80ms", service.Ports.HTTP)
	got, err := client(t, "load", url, "--duration", "100ms", "--interval", "0")
	if err != nil || got.Requests < 1 || got.Requests > 3 || got.Failed != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTCPAndUDPSendALineAndServerFirstWaitsForOne(t *testing.T) {
	service := serve(t, server.Service{Name: "ledger", Version: "v1", Pod: "ledger-1"})
	for _, args := range [][]string{
		{"tcp", fmt.Sprintf("127.0.0.1:%d", service.Ports.TCP), "hello", "--print"},
		{"udp", fmt.Sprintf("127.0.0.1:%d", service.Ports.TCP), "hello", "--print"},
		{"tcp-stream", fmt.Sprintf("127.0.0.1:%d", service.Ports.TCP), "hello", "--messages=5", "--interval=1ms", "--print"},
		{"server-first", fmt.Sprintf("127.0.0.1:%d", service.Ports.ServerFirst), "--print"},
	} {
		got, err := client(t, args...)
		if err != nil || got.Codes["OK"] != 1 || got.Pods["ledger-1"] != 1 {
			t.Errorf("%v: %+v, %v", args, got, err)
		}
	}
}

func TestGRPCCallsEcho(t *testing.T) {
	service := serve(t, server.Service{Name: "catalog", Version: "v1", Pod: "catalog-1"})
	got, err := client(t, "grpc", fmt.Sprintf("127.0.0.1:%d", service.Ports.GRPC), "--count", "4", "--body", "hi",
		"--header", "x-user=alice", "--print")
	if err != nil || got.Codes["OK"] != 4 || got.Pods["catalog-1"] != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	body := got.Sample.Body.(map[string]any)
	if body["body"] != "hi" || body["headers"].(map[string]any)["x-user"] != "alice" {
		t.Errorf("%v", body)
	}
	refused, err := client(t, "grpc", "127.0.0.1:1")
	if err != nil || refused.Codes["Unavailable"] != 1 || refused.Failed != 1 {
		t.Errorf("%+v, %v", refused, err)
	}
}

func TestGRPCStreamAnswersEachMessageAsItComes(t *testing.T) {
	service := serve(t, server.Service{Name: "catalog", Version: "v1", Pod: "catalog-1"})
	got, err := client(t, "grpc-stream", fmt.Sprintf("127.0.0.1:%d", service.Ports.GRPC), "--messages", "4", "--body", "hi",
		"--header", "x-user=alice", "--print")
	if err != nil || got.Codes["OK"] != 1 || got.Pods["catalog-1"] != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	body := got.Sample.Body.(map[string]any)
	if body["body"] != "hi" || body["headers"].(map[string]any)["x-user"] != "alice" {
		t.Errorf("%v", body)
	}
	refused, err := client(t, "grpc-stream", "127.0.0.1:1")
	if err != nil || refused.Codes["Unavailable"] != 1 || refused.Failed != 1 {
		t.Errorf("%+v, %v", refused, err)
	}
}

func TestWebSocketAnswersEachMessageAsItComes(t *testing.T) {
	service := serve(t, server.Service{Name: "catalog", Version: "v1", Pod: "catalog-1"})
	url := fmt.Sprintf("ws://127.0.0.1:%d", service.Ports.HTTP)
	got, err := client(t, "websocket", url+"/websocket", "--messages", "4", "--body", "m", "--print")
	if err != nil || got.Codes["101"] != 1 || got.Pods["catalog-1"] != 1 || got.Failed != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	if body := got.Sample.Body.(map[string]any); body["body"] != "m3" || body["path"] != "/websocket" {
		t.Errorf("%v", body)
	}
	refused, err := client(t, "websocket", url+"/status/403")
	if err != nil || refused.Codes["403"] != 1 || refused.Failed != 1 {
		t.Errorf("%+v, %v", refused, err)
	}
}

func TestTheCertificateOfATLSServerIsInTheSample(t *testing.T) {
	service := serve(t, server.Service{Name: "catalog"})
	got, err := client(t, "get", fmt.Sprintf("https://127.0.0.1:%d/", service.Ports.TLS), "--print")
	if err != nil || got.Sample.Certificate != "catalog" {
		t.Errorf("%+v, %v", got.Sample, err)
	}
}

func TestProbeTellsGoodFromBad(t *testing.T) {
	service := serve(t, server.Service{Name: "reviews"})
	ports := service.Ports
	for url, good := range map[string]bool{
		fmt.Sprintf("http://127.0.0.1:%d/healthz", ports.HTTP):    true,
		fmt.Sprintf("http://127.0.0.1:%d/status/503", ports.HTTP): false,
		fmt.Sprintf("https://127.0.0.1:%d/healthz", ports.TLS):    true,
		fmt.Sprintf("tcp://127.0.0.1:%d", ports.TCP):              true,
		fmt.Sprintf("tcp://127.0.0.1:%d", ports.ServerFirst):      true,
		fmt.Sprintf("grpc://127.0.0.1:%d", ports.GRPC):            true,
		"tcp://127.0.0.1:1":    false,
		"grpc://127.0.0.1:1":   false,
		"mysql://127.0.0.1:80": false,
	} {
		if err := Probe(t.Context(), []string{url}); (err == nil) != good {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestJobEndsWhenACallSucceeds(t *testing.T) {
	service := serve(t, server.Service{Name: "reviews"})
	url := fmt.Sprintf("http://127.0.0.1:%d", service.Ports.HTTP)
	var out bytes.Buffer
	if err := Job(t.Context(), []string{url + "/flaky/1", "--header", "x-request-id=1", "--duration", "10s"}, &out); err != nil {
		t.Error(err)
	}
	err := Job(t.Context(), []string{url + "/status/503", "--duration", "10ms"}, &out)
	if err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("err = %v", err)
	}
}

func TestWrongArgumentsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{}, {"fly"}, {"get"}, {"get", "a", "b"}, {"tcp", "127.0.0.1:1"}, {"get", "http://a", "--count", "0"},
		{"get", "http://a", "--concurrency", "0"}, {"websocket", "ws://a", "--messages", "0"},
	} {
		if err := Main(t.Context(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

func TestPercentilesAreByNearestRank(t *testing.T) {
	result := newSummary()
	for millis := 100; millis > 0; millis-- {
		result.add(outcome{code: "200", took: time.Duration(millis) * time.Millisecond}, false)
	}
	result.finish(time.Second)
	if got := *result.LatencyMillis; got != (latency{50, 90, 99, 100}) {
		t.Errorf("%+v", got)
	}
}

func client(t *testing.T, args ...string) (summary, error) {
	t.Helper()
	var out bytes.Buffer
	err := Main(t.Context(), args, &out)
	var got summary
	if parseErr := json.Unmarshal(out.Bytes(), &got); parseErr != nil {
		t.Fatalf("%s: %v, %v", out.String(), parseErr, err)
	}
	return got, err
}

func serve(t *testing.T, service server.Service, upstreams ...string) *server.Server {
	t.Helper()
	free := server.FreePort
	running, err := server.Start(service, upstreams,
		server.Ports{HTTP: free, TCP: free, ServerFirst: free, TLS: free, GRPC: free})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { running.Stop(time.Second) })
	return running
}
