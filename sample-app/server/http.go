// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody is how much of a request's body an answer repeats, in bytes.
const maxBody = 4096

// answer is what a service says about a request.
type answer struct {
	Service
	Protocol  string            `json:"protocol"`
	Method    string            `json:"method"`
	Host      string            `json:"host"`
	Path      string            `json:"path"`
	Remote    string            `json:"remote"`
	Attempt   int               `json:"attempt,omitempty"`
	Headers   map[string]string `json:"headers"`
	Body      string            `json:"body,omitempty"`
	Upstreams []upstreamAnswer  `json:"upstreams,omitempty"`
}

// web answers HTTP requests.
type web struct {
	service   Service
	upstreams upstreams
	metrics   *metrics
	attempts  attempts
	notReady  atomic.Bool
}

func newWeb(service Service, upstreamURLs []string, metrics *metrics) *web {
	return &web{service: service, upstreams: newUpstreams(upstreamURLs), metrics: metrics}
}

func (w *web) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(out http.ResponseWriter, _ *http.Request) { fmt.Fprintln(out, "ok") })
	mux.HandleFunc("GET /readyz", w.readiness)
	mux.HandleFunc("POST /readyz", w.setReadiness)
	mux.HandleFunc("/status/{code}", w.status)
	mux.HandleFunc("/delay/{duration}", w.delay)
	mux.HandleFunc("/flaky/{failures}", w.flaky)
	mux.HandleFunc("GET /websocket", w.webSocket)
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/headers", func(out http.ResponseWriter, in *http.Request) {
		writeJSON(out, http.StatusOK, headersOf(in))
	})
	mux.HandleFunc("/", func(out http.ResponseWriter, in *http.Request) {
		reply := w.describe(in)
		reply.Upstreams = w.upstreams.call(in)
		writeJSON(out, http.StatusOK, reply)
	})
	return w.metrics.count(mux)
}

func (w *web) readiness(out http.ResponseWriter, _ *http.Request) {
	if w.notReady.Load() {
		http.Error(out, "not ready", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(out, "ok")
}

// setReadiness takes "true" or "false" as body.
func (w *web) setReadiness(out http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(io.LimitReader(in.Body, 16))
	ready, parseErr := strconv.ParseBool(strings.TrimSpace(string(body)))
	if err != nil || parseErr != nil {
		http.Error(out, "the body must be true or false", http.StatusBadRequest)
		return
	}
	w.notReady.Store(!ready)
	fmt.Fprintf(out, "ready: %t\n", ready)
}

// status answers with the code that the path gives.
func (w *web) status(out http.ResponseWriter, in *http.Request) {
	code, err := strconv.Atoi(in.PathValue("code"))
	if err != nil || code < 200 || code > 599 {
		http.Error(out, "the code must be 200 to 599", http.StatusBadRequest)
		return
	}
	writeJSON(out, code, w.describe(in))
}

// delay answers after the time that the path gives, such as 250ms.
func (w *web) delay(out http.ResponseWriter, in *http.Request) {
	duration, err := time.ParseDuration(in.PathValue("duration"))
	if err != nil || duration < 0 {
		http.Error(out, "the duration must be like 250ms or 2s", http.StatusBadRequest)
		return
	}
	select {
	case <-time.After(duration):
		writeJSON(out, http.StatusOK, w.describe(in))
	case <-in.Context().Done():
	}
}

// flaky answers 503 to as many attempts of a request as the path says, and then 200. Attempts of one request share
// their x-request-id, which a proxy keeps when it retries.
func (w *web) flaky(out http.ResponseWriter, in *http.Request) {
	failures, err := strconv.Atoi(in.PathValue("failures"))
	if err != nil {
		http.Error(out, "the number of failures must be a number", http.StatusBadRequest)
		return
	}
	reply := w.describe(in)
	reply.Attempt = w.attempts.next(in.Header.Get("x-request-id"))
	code := http.StatusOK
	if reply.Attempt <= failures {
		code = http.StatusServiceUnavailable
	}
	writeJSON(out, code, reply)
}

func (w *web) describe(in *http.Request) answer {
	body, _ := io.ReadAll(io.LimitReader(in.Body, maxBody))
	return answer{
		Service:  w.service,
		Protocol: in.Proto,
		Method:   in.Method,
		Host:     in.Host,
		Path:     in.URL.RequestURI(),
		Remote:   in.RemoteAddr,
		Headers:  headersOf(in),
		Body:     string(body),
	}
}

// headersOf lists the headers in lower case, several values joined as HTTP would.
func headersOf(in *http.Request) map[string]string {
	headers := map[string]string{}
	for name, values := range in.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	return headers
}

func writeJSON(out http.ResponseWriter, code int, value any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(code)
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	// The client may be gone; there is nobody left to tell.
	_ = encoder.Encode(value)
}
