// SPDX-License-Identifier: Apache-2.0

// Command sample is every service of the sample shop, and the client that calls it. The demo and the end-to-end tests
// use nothing else.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"selvedge.dev/sample/client"
	"selvedge.dev/sample/server"
)

const usage = `usage:
  sample serve [flags]                    a service: HTTP/1.1 and HTTP/2, and what the flags add
  sample client get URL [flags]           call, and print a summary as JSON
  sample client load URL [flags]          call for a while; exit code 1 unless every call succeeded
  sample client tcp HOST:PORT LINE        send a line, read a line
  sample client tcp-stream HOST:PORT LINE the same again and again on one connection
  sample client udp HOST:PORT LINE        send a datagram, read a datagram
  sample client server-first HOST:PORT    wait for the server's banner
  sample client grpc HOST:PORT [flags]    call the Echo service
  sample client grpc-stream HOST:PORT     send messages on one stream, each after the answer to the last
  sample client websocket URL             the same on a WebSocket (ws://)
  sample probe URL                        exit code 0 if http://, https://, tcp:// or grpc:// answers well
  sample job URL [flags]                  call until it succeeds once, then end
  sample idle                             wait, for kubectl exec
Each takes -h.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	var err error
	switch command, rest := args[0], args[1:]; command {
	case "serve":
		err = server.Main(ctx, rest)
	case "client":
		err = client.Main(ctx, rest, os.Stdout)
	case "probe":
		err = client.Probe(ctx, rest)
	case "job":
		err = client.Job(ctx, rest, os.Stdout)
	case "idle":
		<-ctx.Done()
	default:
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		return 1
	}
	return 0
}
