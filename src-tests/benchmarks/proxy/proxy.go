// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// Identity is a pod and the token that proves it.
type Identity struct {
	Node  string
	Token string
}

// Proxy is one simulated proxy: a connection and a stream of its own, and the subscriptions of a real Envoy.
type Proxy struct {
	fleet    *Fleet
	index    int
	identity Identity
	stop     context.CancelFunc
	done     chan struct{}

	held       [types]set
	asked      [types]set
	listening  bool
	routesHeld int
	input      response

	wire       atomic.Int64
	payload    [types]atomic.Int64
	resources  [types]atomic.Int64
	configured atomic.Int64
}

// Envoy waits for a random time below this before it connects again, and below twice as much after each failure.
const (
	firstPause   = 500 * time.Millisecond
	longestPause = 30 * time.Second
)

// run keeps the proxy connected, as Envoy does, until it is stopped.
func (p *Proxy) run(ctx context.Context) {
	defer close(p.done)
	pause := firstPause
	for ctx.Err() == nil {
		served, err := p.stream(ctx)
		if ctx.Err() != nil {
			return
		}
		p.fleet.disconnected(p, err)
		if served {
			pause = firstPause
		}
		p.held, p.asked, p.listening, p.routesHeld = [types]set{}, [types]set{}, false, 0
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(pause)):
		}
		pause = min(2*pause, longestPause)
	}
}

// stream says whether anything came before it ended.
func (p *Proxy) stream(ctx context.Context) (served bool, err error) {
	connection, err := p.fleet.dial(p)
	if err != nil {
		return false, err
	}
	defer connection.Close()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+p.identity.Token)
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true, ServerStreams: true}, method)
	if err != nil {
		return served, err
	}
	if err = send(stream, request{kind: Cluster, node: p.identity.Node}); err != nil {
		return served, err
	}
	var buffer frame
	for {
		if err = stream.RecvMsg(&buffer); err != nil {
			return served, err
		}
		served = true
		if err = p.take(stream, buffer); err != nil {
			return served, err
		}
		if cap(buffer) > keptBuffer {
			buffer = nil
		}
	}
}

// keptBuffer is what a proxy keeps for its next message.
const keptBuffer = 16 << 10

// take does what Envoy does with a response: it acknowledges, and asks for what the response names.
func (p *Proxy) take(stream grpc.ClientStream, message frame) error {
	if err := p.input.parse(message); err != nil {
		return err
	}
	kind := p.input.kind
	p.payload[kind].Add(int64(len(message)))
	p.resources[kind].Add(int64(len(p.input.resources) + len(p.input.removed)))
	watch := p.fleet.watch.Load()
	matched := false
	var next []string
	for _, each := range p.input.resources {
		matched = watch.received(p.index, kind, each) || matched
		next = p.hold(kind, each, next)
	}
	for _, name := range p.input.removed {
		p.drop(kind, p.fleet.names[kind].number(name))
	}
	if err := send(stream, request{kind: kind, nonce: p.input.nonce}); err != nil {
		return err
	}
	if matched {
		watch.acknowledged(p.index)
	}
	if err := p.follow(stream, kind, next); err != nil {
		return err
	}
	p.checkConfigured()
	return nil
}

// hold notes a resource and adds the names that the proxy now has to ask for.
func (p *Proxy) hold(kind Type, each resource, next []string) []string {
	number := p.fleet.names[kind].number(each.name)
	fresh := p.held[kind].add(number)
	switch kind {
	case Route:
		if fresh && p.fleet.uses(p.index, string(each.name)) {
			p.routesHeld++
		}
	case Cluster:
		if fresh && field(each.body, clusterEDS) != nil {
			return p.ask(Endpoints, each.name, next)
		}
	case Listener:
		if string(each.name) == "inbound" {
			return p.ask(Route, []byte(InboundRoutes), next)
		}
	case Scope:
		if route := field(each.body, scopeRoute); fresh && p.fleet.uses(p.index, string(route)) {
			return p.ask(Route, route, next)
		}
	}
	return next
}

func (p *Proxy) drop(kind Type, number int) {
	p.held[kind].remove(number)
	if kind == Cluster {
		p.asked[Endpoints].remove(p.fleet.names[Endpoints].number([]byte(p.fleet.names[Cluster].text(number))))
	}
}

// InboundRoutes is what a proxy asks for because its inbound listener names it: the rules for its callers.
const InboundRoutes = "inbound|mtls"

const (
	clusterEDS = 3
	scopeRoute = 2
)

func (p *Proxy) ask(kind Type, name []byte, next []string) []string {
	number := p.fleet.names[kind].number(name)
	if p.asked[kind].add(number) {
		return append(next, p.fleet.names[kind].text(number))
	}
	return next
}

// follow sends the requests that a response of this type leads to.
func (p *Proxy) follow(stream grpc.ClientStream, kind Type, next []string) error {
	switch {
	case kind == Cluster && !p.listening:
		p.listening = true
		return send(stream, request{kind: Listener})
	case kind == Listener && p.asked[Secret].size == 0:
		if err := send(stream, request{kind: Route, subscribe: next}); err != nil {
			return err
		}
		secrets := p.ask(Secret, []byte("trust"), p.ask(Secret, []byte("workload"), nil))
		if err := send(stream, request{kind: Secret, subscribe: secrets}); err != nil {
			return err
		}
		return send(stream, request{kind: Scope})
	case kind == Scope && !p.fleet.Everything:
		// Each on demand, when the application calls.
		for _, name := range next {
			if err := send(stream, request{kind: Route, subscribe: []string{name}}); err != nil {
				return err
			}
		}
	case kind == Scope && len(next) > 0:
		return send(stream, request{kind: Route, subscribe: next})
	case kind == Cluster && len(next) > 0:
		return send(stream, request{kind: Endpoints, subscribe: next})
	}
	return nil
}

func (p *Proxy) checkConfigured() {
	if p.configured.Load() == 0 && p.held[Listener].size > 0 && p.held[Secret].size >= 2 &&
		p.held[Scope].size > 0 && p.routesHeld >= p.fleet.used(p.index) {
		p.configured.Store(time.Since(p.fleet.begin).Nanoseconds())
	}
}

func send(stream grpc.ClientStream, r request) error {
	message := r.encode()
	return stream.SendMsg(&message)
}
