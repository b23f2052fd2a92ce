// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/coder/websocket"
)

// webSocketCall opens a WebSocket and waits for the answer to each message before it sends the next. The outcome is
// the last answer under the code of the handshake, 101, or the code that refused it.
func webSocketCall(o options) (call, func(), error) {
	transport := &http.Transport{}
	dialing := &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}, HTTPHeader: http.Header(o.headers)}
	return func(ctx context.Context) outcome {
		connection, response, err := websocket.Dial(ctx, o.target, dialing)
		if err != nil && response != nil {
			return outcome{code: strconv.Itoa(response.StatusCode), err: "no WebSocket", failed: true}
		}
		if err != nil {
			return failure(err)
		}
		defer connection.CloseNow()
		var answer []byte
		for n := range o.messages {
			if err := connection.Write(ctx, websocket.MessageText, []byte(fmt.Sprint(o.body, n))); err != nil {
				return failure(err)
			}
			if _, answer, err = connection.Read(ctx); err != nil {
				return failure(err)
			}
		}
		if err := connection.Close(websocket.StatusNormalClosure, ""); err != nil {
			return failure(err)
		}
		return outcome{code: strconv.Itoa(response.StatusCode), body: answer}
	}, transport.CloseIdleConnections, nil
}
