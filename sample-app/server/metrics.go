// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
)

// metrics counts the answers by code, for Prometheus.
type metrics struct {
	service Service
	mutex   sync.Mutex
	answers map[int]int
}

func newMetrics(service Service) *metrics {
	return &metrics{service: service, answers: map[int]int{}}
}

// count counts what next answers.
func (m *metrics) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		recorder := &codeRecorder{ResponseWriter: out, code: http.StatusOK}
		next.ServeHTTP(recorder, in)
		m.mutex.Lock()
		defer m.mutex.Unlock()
		m.answers[recorder.code]++
	})
}

func (m *metrics) ServeHTTP(out http.ResponseWriter, _ *http.Request) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	out.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprintln(out, "# HELP sample_requests_total Requests answered.\n# TYPE sample_requests_total counter")
	for _, code := range slices.Sorted(maps.Keys(m.answers)) {
		fmt.Fprintf(out, "sample_requests_total{service=%q,version=%q,code=\"%d\"} %d\n",
			m.service.Name, m.service.Version, code, m.answers[code])
	}
}

type codeRecorder struct {
	http.ResponseWriter
	code int
}

// Unwrap lets a handler take over the connection.
func (r *codeRecorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *codeRecorder) WriteHeader(code int) {
	r.code = code
	r.ResponseWriter.WriteHeader(code)
}
