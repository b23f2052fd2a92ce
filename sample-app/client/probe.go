// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

const probeTimeout = 2 * time.Second

// Probe runs `sample probe URL`, for exec probes.
func Probe(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("probe: expected one URL")
	}
	target, err := url.Parse(args[0])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	switch target.Scheme {
	case "http", "https":
		return probeHTTP(ctx, args[0])
	case "tcp":
		return probeTCP(ctx, target.Host)
	case "grpc":
		return probeGRPC(ctx, target.Host)
	default:
		return fmt.Errorf("probe: no such scheme: %q", target.Scheme)
	}
}

func probeHTTP(ctx context.Context, target string) error {
	call, release, err := httpCall(options{target: target, method: "GET", concurrency: 1})
	if err != nil {
		return err
	}
	defer release()
	if answer := call(ctx); answer.failed {
		return fmt.Errorf("%s: %s%s", target, answer.code, answer.err)
	}
	return nil
}
