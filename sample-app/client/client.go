// SPDX-License-Identifier: Apache-2.0

// Package client calls services of the sample shop, and counts what came back.
package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// call makes one call; it must not outlive the context.
type call func(ctx context.Context) outcome

// Main runs `sample client MODE …`. What comes back is data: only load turns it into a failure.
func Main(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return errors.New("client: expected get, load, tcp, server-first, grpc, grpc-stream or websocket")
	}
	mode := args[0]
	o, err := parse(mode, args[1:])
	if err != nil {
		return err
	}
	call, release, err := caller(mode, o)
	if err != nil {
		return err
	}
	defer release()
	result := run(ctx, o, call)
	if err := print(out, result); err != nil {
		return err
	}
	switch {
	case mode == "load" && result.Requests == 0:
		return errors.New("load: not one call was made")
	case mode == "load" && result.Failed > 0:
		return fmt.Errorf("load: %d of %d calls failed", result.Failed, result.Requests)
	default:
		return nil
	}
}

// Job runs `sample job URL`: it calls until one call succeeds, for as long as --duration says.
func Job(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse("job", append([]string{"--duration", "30s"}, args...))
	if err != nil {
		return err
	}
	call, release, err := caller("get", o)
	if err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithTimeout(ctx, o.duration)
	defer cancel()
	for {
		result := newSummary()
		last := call(ctx)
		result.add(last, true)
		if result.Failed == 0 {
			return print(out, result)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("job: %s did not answer well in %s: %s%s", o.target, o.duration, last.code, last.err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// caller is what makes the calls of a mode.
func caller(mode string, o options) (call, func(), error) {
	switch mode {
	case "get", "load":
		return httpCall(o)
	case "tcp":
		return lineCall("tcp", o, false), func() {}, nil
	case "tcp-stream":
		return conversation("tcp", o, false), func() {}, nil
	case "udp":
		return lineCall("udp", o, false), func() {}, nil
	case "server-first":
		return lineCall("tcp", o, true), func() {}, nil
	case "grpc":
		return grpcCall(o, echo)
	case "grpc-stream":
		return grpcCall(o, converse)
	case "websocket":
		return webSocketCall(o)
	default:
		return nil, nil, fmt.Errorf("client: no such mode: %s", mode)
	}
}

// run calls until the count is reached, the duration is over or the context ends, and waits for the calls under way.
func run(ctx context.Context, o options, call call) *summary {
	started := time.Now()
	stopping := ctx
	if o.duration > 0 {
		var cancel context.CancelFunc
		stopping, cancel = context.WithTimeout(ctx, o.duration)
		defer cancel()
	}
	result := newSummary()
	tickets := make(chan struct{})
	go func() {
		defer close(tickets)
		for n := 0; o.count <= 0 || n < o.count; n++ {
			select {
			case tickets <- struct{}{}:
			case <-stopping.Done():
				return
			}
		}
	}()
	var mutex sync.Mutex
	var workers sync.WaitGroup
	for range o.concurrency {
		workers.Go(func() {
			for range tickets {
				// Not the context of the run: a call under way at its end is no failure.
				bounded, cancel := context.WithTimeout(context.Background(), o.timeout)
				began := time.Now()
				one := call(bounded)
				one.took = time.Since(began)
				cancel()
				mutex.Lock()
				result.add(one, o.print)
				mutex.Unlock()
				select {
				case <-time.After(o.interval):
				case <-stopping.Done():
				}
			}
		})
	}
	workers.Wait()
	result.finish(time.Since(started))
	return result
}

func print(out io.Writer, result *summary) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(result)
}
