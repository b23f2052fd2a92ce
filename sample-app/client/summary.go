// SPDX-License-Identifier: Apache-2.0

package client

import (
	"encoding/json"
	"slices"
	"strconv"
	"time"
)

// outcome is what one call came to.
type outcome struct {
	code    string // "200", or "OK" for gRPC and TCP; empty if there was no answer
	err     string // why there was no answer
	failed  bool   // an error, or a code that means failure
	took    time.Duration
	body    []byte
	headers map[string]string
	// certificate is the common name that a TLS server showed.
	certificate string
}

// reply is what the client reads in the JSON of a service of the shop.
type reply struct {
	Service   string `json:"service"`
	Version   string `json:"version"`
	Pod       string `json:"pod"`
	Upstreams []struct {
		URL      string          `json:"url"`
		Status   int             `json:"status"`
		Error    string          `json:"error"`
		Response json.RawMessage `json:"response"`
	} `json:"upstreams"`
}

// summary is what the client prints.
type summary struct {
	Requests int            `json:"requests"`
	Failed   int            `json:"failed"` // no answer, an error code, or an upstream that failed
	Seconds  float64        `json:"seconds"`
	Codes    map[string]int `json:"codes"`
	Errors   map[string]int `json:"errors,omitempty"`
	Services map[string]int `json:"services,omitempty"`
	Versions map[string]int `json:"versions,omitempty"`
	Pods     map[string]int `json:"pods,omitempty"`
	// Upstreams counts, for each URL that the called service called, the codes and errors; and so on below it.
	Upstreams map[string]map[string]int `json:"upstreams,omitempty"`
	// UpstreamVersions counts, for each of these URLs, the versions that answered.
	UpstreamVersions map[string]map[string]int `json:"upstreamVersions,omitempty"`
	LatencyMillis    *latency                  `json:"latencyMillis,omitempty"`
	Sample           *sample                   `json:"sample,omitempty"`

	durations []time.Duration
}

type latency struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// sample is the first answer, as it came.
type sample struct {
	Code        string            `json:"code"`
	Certificate string            `json:"certificate,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        any               `json:"body"`
}

func newSummary() *summary {
	return &summary{
		Codes: map[string]int{}, Errors: map[string]int{}, Services: map[string]int{}, Versions: map[string]int{},
		Pods: map[string]int{}, Upstreams: map[string]map[string]int{}, UpstreamVersions: map[string]map[string]int{},
	}
}

// add counts one call.
func (s *summary) add(call outcome, keepSample bool) {
	s.Requests++
	s.durations = append(s.durations, call.took)
	if call.err != "" {
		s.Errors[call.err]++
	}
	if call.code != "" {
		s.Codes[call.code]++
	}
	var answer reply
	upstreamFailed := false
	if json.Unmarshal(call.body, &answer) == nil && answer.Service != "" {
		s.Services[answer.Service]++
		s.Versions[answer.Version]++
		s.Pods[answer.Pod]++
		upstreamFailed = s.addUpstreams(answer)
	}
	if call.failed || upstreamFailed {
		s.Failed++
	}
	if keepSample && s.Sample == nil && call.code != "" {
		s.Sample = &sample{call.code, call.certificate, call.headers, jsonOrText(call.body)}
	}
}

// addUpstreams counts what the services behind the called one answered, and tells whether one failed.
func (s *summary) addUpstreams(answer reply) (failed bool) {
	for _, upstream := range answer.Upstreams {
		if upstream.Status != 0 {
			increment(s.Upstreams, upstream.URL, strconv.Itoa(upstream.Status))
		} else {
			increment(s.Upstreams, upstream.URL, upstream.Error)
		}
		if upstream.Status < 200 || upstream.Status >= 400 {
			failed = true
		}
		var below reply
		if json.Unmarshal(upstream.Response, &below) == nil && below.Version != "" {
			increment(s.UpstreamVersions, upstream.URL, below.Version)
			failed = s.addUpstreams(below) || failed
		}
	}
	return failed
}

// finish fills in what needs all calls.
func (s *summary) finish(took time.Duration) {
	s.Seconds = float64(took.Milliseconds()) / 1000
	if len(s.durations) == 0 {
		return
	}
	slices.Sort(s.durations)
	s.LatencyMillis = &latency{s.percentile(50), s.percentile(90), s.percentile(99), s.percentile(100)}
}

// percentile is the nearest-rank percentile of the durations, which are sorted, in milliseconds.
func (s *summary) percentile(percent int) float64 {
	rank := max((len(s.durations)*percent+99)/100, 1)
	return float64(s.durations[rank-1].Microseconds()) / 1000
}

func increment(counts map[string]map[string]int, key, value string) {
	if counts[key] == nil {
		counts[key] = map[string]int{}
	}
	counts[key][value]++
}

func jsonOrText(body []byte) any {
	if json.Valid(body) {
		return json.RawMessage(body)
	}
	return string(body)
}
