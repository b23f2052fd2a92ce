// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// admin is Envoy's administration over its unix socket.
type admin struct{ client *http.Client }

func newAdmin(socket string) admin {
	return admin{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "unix", socket)
		},
	}}}
}

// startDraining makes Envoy ask its clients, with each answer, for a new connection, and close its listeners after
// --drain-time-s. Connections that are open go on.
func (a admin) startDraining(ctx context.Context) error {
	body, err := a.call(ctx, http.MethodPost, "/drain_listeners?graceful&skip_exit")
	if err == nil {
		_, err = io.Copy(io.Discard, body)
		body.Close()
	}
	return err
}

// ownListeners are those of the bootstrap, and of this very question: nobody outside waits for them.
var ownListeners = []string{"http.admin.", "http.health.", "http.metrics."}

// activeRequests counts the requests of clients that have no complete answer yet.
func (a admin) activeRequests(ctx context.Context) (int, error) {
	body, err := a.call(ctx, http.MethodGet, `/stats?filter=^http\..*\.downstream_rq_active$`)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	total := 0
	lines := bufio.NewScanner(body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		if isOwn(name) {
			continue
		}
		count, err := strconv.Atoi(value)
		if err != nil {
			return 0, fmt.Errorf("Envoy said %q where a count was expected", lines.Text())
		}
		total += count
	}
	return total, lines.Err()
}

func isOwn(name string) bool {
	for _, prefix := range ownListeners {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// call returns the body of a good answer, which the caller closes.
func (a admin) call(ctx context.Context, method, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://envoy"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("Envoy answered %s to %s %s", response.Status, method, path)
	}
	return response.Body, nil
}
