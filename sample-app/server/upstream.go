// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	upstreamTimeout = 10 * time.Second
	maxAnswer       = 1 << 20 // bytes of an upstream's answer that are read
)

// forwarded are the headers that travel through the whole shop: traces, and who the user is.
var forwarded = []string{
	"x-request-id", "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid",
	"x-b3-sampled", "x-b3-flags", "x-user",
}

// upstreamAnswer is the outcome of calling another service. The shop shows a page without the part that failed.
type upstreamAnswer struct {
	URL      string          `json:"url"`
	Status   int             `json:"status,omitempty"`
	Error    string          `json:"error,omitempty"`
	Response json.RawMessage `json:"response,omitempty"`
}

// upstreams are the services that this one calls for each request.
type upstreams struct {
	urls   []string
	client *http.Client
}

func newUpstreams(urls []string) upstreams {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// Few services, many callers: without this all but two connections would be closed after each request.
	transport.MaxIdleConnsPerHost = 64
	transport.Proxy = nil
	return upstreams{urls, &http.Client{Transport: transport, Timeout: upstreamTimeout}}
}

// call asks all upstreams at once, on behalf of a request.
func (u upstreams) call(in *http.Request) []upstreamAnswer {
	answers := make([]upstreamAnswer, len(u.urls))
	var pending sync.WaitGroup
	for i, url := range u.urls {
		pending.Go(func() { answers[i] = u.get(in, url) })
	}
	pending.Wait()
	return answers
}

func (u upstreams) get(in *http.Request, url string) upstreamAnswer {
	request, err := http.NewRequestWithContext(in.Context(), http.MethodGet, url, nil)
	if err != nil {
		return upstreamAnswer{URL: url, Error: err.Error()}
	}
	for _, name := range forwarded {
		if values := in.Header.Values(name); len(values) > 0 {
			request.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	response, err := u.client.Do(request)
	if err != nil {
		return upstreamAnswer{URL: url, Error: err.Error()}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return upstreamAnswer{URL: url, Status: response.StatusCode, Error: err.Error()}
	}
	if !json.Valid(body) {
		// A proxy on the way answers in plain text.
		return upstreamAnswer{URL: url, Status: response.StatusCode, Error: strings.TrimSpace(string(body))}
	}
	return upstreamAnswer{URL: url, Status: response.StatusCode, Response: body}
}
