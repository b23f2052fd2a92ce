// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"encoding/json"
	"net"
)

// answerDatagrams answers each line that comes as a datagram with one, until the connection is closed.
func answerDatagrams(connection net.PacketConn, service Service) {
	buffer := make([]byte, 64<<10)
	for {
		n, remote, err := connection.ReadFrom(buffer)
		if err != nil {
			return
		}
		line := string(bytes.TrimSpace(buffer[:n]))
		text, err := json.Marshal(lineAnswer{service, remote.String(), line})
		if err != nil {
			return
		}
		connection.WriteTo(append(text, '\n'), remote)
	}
}
