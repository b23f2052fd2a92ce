// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/json"
	"net/http"

	"github.com/coder/websocket"
)

// webSocket answers each message with what it would say about the request, and the message as its body.
func (w *web) webSocket(out http.ResponseWriter, in *http.Request) {
	connection, err := websocket.Accept(out, in, nil)
	if err != nil {
		return // Accept has answered.
	}
	defer connection.CloseNow()
	connection.SetReadLimit(maxBody)
	reply := w.describe(in)
	for {
		kind, message, err := connection.Read(in.Context())
		if err != nil {
			return // The client has closed it, or is gone.
		}
		reply.Body = string(message)
		text, err := json.Marshal(reply)
		if err != nil {
			return
		}
		if err := connection.Write(in.Context(), kind, text); err != nil {
			return
		}
	}
}
