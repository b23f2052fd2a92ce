// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
)

var reviews = Service{Name: "reviews", Version: "v2", Pod: "reviews-v2-abc"}

func TestAnswerDescribesTheServiceAndTheRequest(t *testing.T) {
	request := httptest.NewRequest("POST", "/a/b?c=d", strings.NewReader("hello"))
	request.Header.Set("X-Forwarded-Client-Cert", "URI=spiffe://cluster.local/ns/shop/sa/storefront")

	code, got := ask(t, reviewsWeb(), request)

	if code != 200 || got.Service != reviews || got.Method != "POST" || got.Path != "/a/b?c=d" || got.Body != "hello" {
		t.Errorf("%d %+v", code, got)
	}
	if got.Headers["x-forwarded-client-cert"] != "URI=spiffe://cluster.local/ns/shop/sa/storefront" {
		t.Errorf("headers = %v", got.Headers)
	}
}

func TestUpstreamsGetTheTraceAndTheUserAndNothingElse(t *testing.T) {
	ratings := httptest.NewServer(newWeb(Service{Name: "ratings"}, nil, newMetrics(reviews)).handler())
	defer ratings.Close()
	request := httptest.NewRequest("GET", "/", nil)
	request.Header.Set("traceparent", "00-1-2-01")
	request.Header.Set("x-user", "alice")
	request.Header.Set("authorization", "secret")

	_, got := ask(t, reviewsWeb(ratings.URL+"/stars"), request)

	var below answer
	if err := json.Unmarshal(got.Upstreams[0].Response, &below); err != nil {
		t.Fatal(err)
	}
	if below.Name != "ratings" || below.Path != "/stars" || got.Upstreams[0].Status != 200 {
		t.Errorf("%+v", got.Upstreams[0])
	}
	if below.Headers["traceparent"] != "00-1-2-01" || below.Headers["x-user"] != "alice" ||
		below.Headers["authorization"] != "" {
		t.Errorf("headers = %v", below.Headers)
	}
}

func TestAFailedUpstreamIsShownAndTheRestAnswers(t *testing.T) {
	denied := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		http.Error(out, "RBAC: access denied", http.StatusForbidden)
	}))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	defer denied.Close()

	code, got := ask(t, reviewsWeb(denied.URL, gone.URL), httptest.NewRequest("GET", "/", nil))

	if code != 200 || got.Upstreams[0].Status != 403 || got.Upstreams[0].Error != "RBAC: access denied" {
		t.Errorf("%d %+v", code, got.Upstreams[0])
	}
	if !strings.Contains(got.Upstreams[1].Error, "refused") || got.Upstreams[1].Status != 0 {
		t.Errorf("%+v", got.Upstreams[1])
	}
}

func TestStatusAnswersTheCodeInThePath(t *testing.T) {
	for path, expected := range map[string]int{"/status/503": 503, "/status/204": 204, "/status/99": 400, "/status/x": 400} {
		recorder := httptest.NewRecorder()
		reviewsWeb().handler().ServeHTTP(recorder, httptest.NewRequest("GET", path, nil))
		if recorder.Code != expected {
			t.Errorf("%s: %d", path, recorder.Code)
		}
	}
}

func TestDelayTakesAsLongAsThePathSays(t *testing.T) {
	began := time.Now()
	code, _ := ask(t, reviewsWeb(), httptest.NewRequest("GET", "/delay/30ms", nil))
	if took := time.Since(began); code != 200 || took < 30*time.Millisecond {
		t.Errorf("%d after %s", code, took)
	}
}

func TestFlakyFailsTheFirstAttemptsOfEachRequest(t *testing.T) {
	handler := reviewsWeb()
	attempt := func(id string) int {
		request := httptest.NewRequest("GET", "/flaky/2", nil)
		request.Header.Set("x-request-id", id)
		code, _ := ask(t, handler, request)
		return code
	}
	got := []int{attempt("a"), attempt("a"), attempt("b"), attempt("a")}
	if fmt.Sprint(got) != "[503 503 503 200]" {
		t.Errorf("%v", got)
	}
}

func TestReadinessCanBeTurnedOffAndOn(t *testing.T) {
	handler := reviewsWeb().handler()
	do := func(method, body string) int {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(method, "/readyz", strings.NewReader(body)))
		return recorder.Code
	}
	got := []int{do("GET", ""), do("POST", "false"), do("GET", ""), do("POST", "true"), do("GET", ""), do("POST", "?")}
	if fmt.Sprint(got) != "[200 200 503 200 200 400]" {
		t.Errorf("%v", got)
	}
}

func TestMetricsCountAnswersByCode(t *testing.T) {
	server := start(t, Ports{HTTP: FreePort, Metrics: FreePort})
	fetch(t, http.DefaultClient, fmt.Sprintf("http://127.0.0.1:%d/status/503", server.Ports.HTTP))

	body, _ := fetch(t, http.DefaultClient, fmt.Sprintf("http://127.0.0.1:%d/metrics", server.Ports.Metrics))

	if !strings.Contains(body, `sample_requests_total{service="reviews",version="v2",code="503"} 1`) {
		t.Errorf("%s", body)
	}
}

func TestHTTP2WithAndWithoutTLS(t *testing.T) {
	server := start(t, Ports{HTTP: FreePort, TLS: FreePort})
	transport := &http.Transport{
		Protocols:       &http.Protocols{},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
	transport.Protocols.SetHTTP2(true)
	transport.Protocols.SetUnencryptedHTTP2(true)
	defer transport.CloseIdleConnections()
	for _, url := range []string{
		fmt.Sprintf("http://127.0.0.1:%d/", server.Ports.HTTP), fmt.Sprintf("https://127.0.0.1:%d/", server.Ports.TLS),
	} {
		body, protocol := fetch(t, &http.Client{Transport: transport}, url)
		if protocol != "HTTP/2.0" || !strings.Contains(body, `"protocol": "HTTP/2.0"`) {
			t.Errorf("%s: %s %s", url, protocol, body)
		}
	}
}

func TestGRPCHealthAnswers(t *testing.T) {
	server := start(t, Ports{GRPC: FreePort})
	connection, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", server.Ports.GRPC),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	answer, err := grpc_health_v1.NewHealthClient(connection).
		Check(t.Context(), &grpc_health_v1.HealthCheckRequest{})
	if err != nil || answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", answer, err)
	}
}

func TestStopLetsARequestFinish(t *testing.T) {
	server, err := Start(reviews, nil, Ports{HTTP: FreePort})
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("http://127.0.0.1:%d", server.Ports.HTTP)
	underWay, codes := make(chan struct{}), make(chan int, 1)
	go func() {
		close(underWay)
		response, err := http.Get(url + "/delay/300ms")
		if err != nil {
			codes <- 0
			return
		}
		response.Body.Close()
		codes <- response.StatusCode
	}()
	<-underWay
	// The request counts as under way once the server has read it; a stop before that may refuse it.
	time.Sleep(100 * time.Millisecond)

	if err := server.Stop(5 * time.Second); err != nil {
		t.Error(err)
	}

	if code := <-codes; code != 200 {
		t.Errorf("the request under way got %d", code)
	}
	if _, err := http.Get(url); err == nil {
		t.Error("still accepts after the stop")
	}
}

func TestAPortInUseIsAnError(t *testing.T) {
	server := start(t, Ports{HTTP: FreePort})
	if _, err := Start(reviews, nil, Ports{TCP: FreePort, HTTP: server.Ports.HTTP}); err == nil {
		t.Error("two servers on one port")
	}
}

func reviewsWeb(upstreams ...string) *web { return newWeb(reviews, upstreams, newMetrics(reviews)) }

func ask(t *testing.T, web *web, request *http.Request) (int, answer) {
	t.Helper()
	recorder := httptest.NewRecorder()
	web.handler().ServeHTTP(recorder, request)
	var got answer
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatalf("%s: %v", recorder.Body, err)
	}
	return recorder.Code, got
}

func start(t *testing.T, ports Ports) *Server {
	t.Helper()
	server, err := Start(reviews, nil, ports)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Stop(time.Second) })
	return server
}

func fetch(t *testing.T, client *http.Client, url string) (body, protocol string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content), response.Proto
}
