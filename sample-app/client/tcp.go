// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"time"
)

// lineCall opens a connection and reads one line: the banner, or the answer to the line that it sends. Over UDP a line is
// a datagram.
func lineCall(network string, o options, serverFirst bool) call {
	o.messages, o.interval = 1, 0
	return conversation(network, o, serverFirst)
}

// conversation opens a connection and keeps it: it sends the line again and again, with the pause between, and reads an
// answer to each.
func conversation(network string, o options, serverFirst bool) call {
	return func(ctx context.Context) outcome {
		var dialer net.Dialer
		connection, err := dialer.DialContext(ctx, network, o.target)
		if err != nil {
			return failure(err)
		}
		defer connection.Close()
		deadline, _ := ctx.Deadline()
		if err := connection.SetDeadline(deadline); err != nil {
			return failure(err)
		}
		reader := bufio.NewReader(connection)
		var line []byte
		for n := range o.messages {
			if n > 0 {
				time.Sleep(o.interval)
			}
			if !serverFirst {
				if _, err := fmt.Fprintf(connection, "%s\n", o.line); err != nil {
					return failure(err)
				}
			}
			if line, err = reader.ReadBytes('\n'); err != nil {
				return failure(err)
			}
		}
		return outcome{code: "OK", body: bytes.TrimSpace(bytes.TrimPrefix(line, []byte("220 ")))}
	}
}

// probeTCP only connects, as a kubelet does, and notices a proxy that accepts and then closes.
func probeTCP(ctx context.Context, address string) error {
	var dialer net.Dialer
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 1))
	if timeout, ok := err.(net.Error); err == nil || (ok && timeout.Timeout()) {
		return nil
	}
	if err == io.EOF {
		return fmt.Errorf("%s closed the connection", address)
	}
	return err
}
