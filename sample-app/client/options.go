// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// options say what to call and how often.
type options struct {
	target         string
	count          int           // 0: until the duration is over
	duration       time.Duration // 0: until the count is reached
	concurrency    int
	interval       time.Duration
	timeout        time.Duration
	method         string
	body           string
	headers        headers
	newConnections bool
	http2          bool
	print          bool
	line           string
	messages       int
}

// headers are flags of the form name=value or name: value.
type headers http.Header

func (h headers) String() string { return "" }

func (h headers) Set(text string) error {
	at := strings.IndexAny(text, "=:")
	if at <= 0 {
		return fmt.Errorf("%q is not name=value", text)
	}
	http.Header(h).Add(text[:at], strings.TrimSpace(text[at+1:]))
	return nil
}

// parse reads the flags, which may stand before and after the target.
func parse(mode string, args []string) (options, error) {
	o := options{headers: headers{}}
	flags := flag.NewFlagSet(mode, flag.ExitOnError)
	count, duration, interval := 1, time.Duration(0), time.Duration(0)
	if mode == "load" {
		count, duration, interval = 0, 10*time.Second, 10*time.Millisecond
	}
	flags.IntVar(&o.count, "count", count, "number of calls; 0 for as many as the duration allows")
	flags.DurationVar(&o.duration, "duration", duration, "stop after this time, whatever the count")
	flags.IntVar(&o.concurrency, "concurrency", 1, "calls at a time")
	flags.DurationVar(&o.interval, "interval", interval, "pause between two calls of the same worker, or between two messages of tcp-stream")
	flags.DurationVar(&o.timeout, "timeout", 10*time.Second, "longest time for one call")
	flags.StringVar(&o.method, "method", http.MethodGet, "HTTP method")
	flags.StringVar(&o.body, "body", "", "body to send")
	flags.Var(o.headers, "header", "name=value; repeat for more; host sets the Host header")
	flags.BoolVar(&o.newConnections, "new-connections", false, "a new connection for every call")
	flags.BoolVar(&o.http2, "http2", false, "HTTP/2; without TLS by prior knowledge")
	flags.IntVar(&o.messages, "messages", 3, "messages of one stream, WebSocket or TCP connection, each sent after the answer to the last")
	flags.BoolVar(&o.print, "print", false, "add the first answer to the summary")

	var positional []string
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return o, err
		}
		if args = flags.Args(); len(args) > 0 {
			positional, args = append(positional, args[0]), args[1:]
		}
	}
	expected := 1
	lines := mode == "tcp" || mode == "tcp-stream" || mode == "udp"
	if lines {
		expected = 2
	}
	if len(positional) != expected {
		return o, fmt.Errorf("%s: expected %d arguments, got %q", mode, expected, positional)
	}
	o.target = positional[0]
	if lines {
		o.line = positional[1]
	}
	if o.count <= 0 && o.duration <= 0 {
		return o, errors.New("give a --count or a --duration")
	}
	if o.concurrency < 1 {
		return o, errors.New("--concurrency must be at least 1")
	}
	if o.messages < 1 {
		return o, errors.New("--messages must be at least 1")
	}
	return o, nil
}
