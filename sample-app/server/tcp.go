// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bufio"
	"encoding/json"
	"net"
	"sync"
)

// lineAnswer is what the TCP servers say about a line, as one line of JSON.
type lineAnswer struct {
	Service
	Remote string `json:"remote"`
	Line   string `json:"line"`
}

// lines is a TCP server that answers each line with a line.
type lines struct {
	service Service
	// banner is sent before the client says anything, as MySQL and SMTP servers do.
	banner bool

	mutex       sync.Mutex
	connections map[net.Conn]bool
}

// serve accepts until the listener is closed.
func (l *lines) serve(listener net.Listener) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go l.talk(connection)
	}
}

func (l *lines) talk(connection net.Conn) {
	l.remember(connection)
	defer l.forget(connection)
	remote := connection.RemoteAddr().String()
	if l.banner && l.say(connection, "220 ", lineAnswer{Service: l.service, Remote: remote}) != nil {
		return
	}
	for input := bufio.NewScanner(connection); input.Scan(); {
		if l.say(connection, "", lineAnswer{l.service, remote, input.Text()}) != nil {
			return
		}
	}
}

func (l *lines) say(connection net.Conn, prefix string, answer lineAnswer) error {
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	_, err = connection.Write(append([]byte(prefix), append(text, '\n')...))
	return err
}

func (l *lines) remember(connection net.Conn) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.connections == nil {
		l.connections = map[net.Conn]bool{}
	}
	l.connections[connection] = true
}

func (l *lines) forget(connection net.Conn) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.connections, connection)
	connection.Close()
}

// close ends the conversations: a TCP client has no other way to learn that the server goes.
func (l *lines) close() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for connection := range l.connections {
		connection.Close()
	}
}
