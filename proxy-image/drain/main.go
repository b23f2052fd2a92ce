// SPDX-License-Identifier: Apache-2.0

// Command drain is the preStop hook of a gateway's pod. Envoy ends at once when it is told to, and a pod's containers
// are told as soon as this hook returns: so it returns when the gateway may end.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"time"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("drain: ")
	socket := flag.String("admin", "/var/run/selvedge/admin/envoy.sock", "Envoy's admin socket")
	atLeast := flag.Duration("at-least", 0, "how long to go on accepting, while clients learn that this pod leaves")
	atMost := flag.Duration("at-most", 0, "when to return although requests are under way")
	flag.Parse()
	if flag.NArg() > 0 || *atLeast < 0 || *atMost < *atLeast {
		flag.Usage()
		os.Exit(2)
	}
	if err := drain(context.Background(), newAdmin(*socket), *atLeast, *atMost); err != nil {
		log.Fatal(err)
	}
}

// pollInterval is how often Envoy is asked whether requests are under way.
const pollInterval = 200 * time.Millisecond

// drain tells Envoy to send its clients away and returns when nothing is under way, but not before atLeast and not
// after atMost. If Envoy cannot be told it fails at once: there is nothing to wait for.
func drain(ctx context.Context, envoy admin, atLeast, atMost time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	if err := envoy.startDraining(ctx); err != nil {
		return err
	}
	if !pause(ctx, atLeast) {
		return nil
	}
	for {
		active, err := envoy.activeRequests(ctx)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return nil
		case err != nil:
			return err
		case active == 0:
			return nil
		}
		if !pause(ctx, pollInterval) {
			log.Printf("%d requests are still under way after %s", active, atMost)
			return nil
		}
	}
}

// pause waits, and tells whether the context goes on.
func pause(ctx context.Context, duration time.Duration) bool {
	select {
	case <-time.After(duration):
		return true
	case <-ctx.Done():
		return false
	}
}
