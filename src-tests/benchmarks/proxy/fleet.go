// SPDX-License-Identifier: Apache-2.0

// Package proxy simulates proxies that subscribe as Envoy 1.40 does and read as little as possible of what they get.
package proxy

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
)

// Fleet is all proxies of a run.
type Fleet struct {
	// Address and ServerName of the operator's xDS port.
	Address    string
	ServerName string
	Roots      *x509.CertPool
	// Everything makes each proxy use every service; else it uses what Uses says.
	Everything bool
	// Services is how many services there are for those who use everything.
	Services int
	// Prefix is what the route names of the bench begin with.
	Prefix string
	// Uses are the route names that each proxy uses.
	Uses [][]string

	names       [types]names
	watch       atomic.Pointer[Watch]
	lock        sync.Mutex
	proxies     []*Proxy
	retired     []*Proxy
	replaced    map[int]*Proxy
	begin       time.Time
	failures    atomic.Int64
	lastFailure atomic.Pointer[error]
}

// Connect starts a proxy for each identity, all at once, and waits until all are configured.
func (f *Fleet) Connect(ctx context.Context, identities []Identity) ([]time.Duration, error) {
	f.begin = time.Now()
	first := len(f.proxies)
	for _, identity := range identities {
		f.start(identity)
	}
	return f.await(ctx, f.proxies[first:])
}

func (f *Fleet) start(identity Identity) {
	f.proxies = append(f.proxies, f.run(len(f.proxies), identity))
}

func (f *Fleet) run(index int, identity Identity) *Proxy {
	ctx, stop := context.WithCancel(context.Background())
	proxy := &Proxy{fleet: f, index: index, identity: identity, stop: stop, done: make(chan struct{})}
	go proxy.run(ctx)
	return proxy
}

// Replace starts the successor of a proxy and waits until it is configured; both then are there.
func (f *Fleet) Replace(ctx context.Context, index int, identity Identity) error {
	next := f.run(index, identity)
	f.lock.Lock()
	if f.replaced == nil {
		f.replaced = map[int]*Proxy{}
	}
	f.replaced[index] = f.proxies[index]
	f.proxies[index] = next
	f.lock.Unlock()
	_, err := f.await(ctx, []*Proxy{next})
	return err
}

// Retire ends the predecessor.
func (f *Fleet) Retire(index int) {
	f.lock.Lock()
	old := f.replaced[index]
	delete(f.replaced, index)
	f.retired = append(f.retired, old)
	f.lock.Unlock()
	old.stop()
	<-old.done
}

func (f *Fleet) await(ctx context.Context, proxies []*Proxy) ([]time.Duration, error) {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for left := proxies; ; {
		left = slices.DeleteFunc(slices.Clone(left), func(p *Proxy) bool { return p.configured.Load() != 0 })
		if len(left) == 0 {
			break
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("%d of %d proxies are not configured (%s): %w",
				len(left), len(proxies), f.Trouble(), ctx.Err())
		}
	}
	var times []time.Duration
	for _, proxy := range proxies {
		times = append(times, time.Duration(proxy.configured.Load()))
	}
	slices.Sort(times)
	return times, nil
}

// Watch begins to look for a change.
func (f *Fleet) Watch(watch *Watch) {
	watch.start()
	f.watch.Store(watch)
}

// Users are the proxies that use a route.
func (f *Fleet) Users(route string) []int {
	var users []int
	for index := range f.proxies {
		if f.uses(index, route) {
			users = append(users, index)
		}
	}
	return users
}

// All are all proxies.
func (f *Fleet) All() []int {
	all := make([]int, len(f.proxies))
	for index := range all {
		all[index] = index
	}
	return all
}

func (f *Fleet) uses(index int, route string) bool {
	if f.Everything {
		return strings.HasPrefix(route, f.Prefix)
	}
	return slices.Contains(f.Uses[index%len(f.Uses)], route)
}

func (f *Fleet) used(index int) int {
	if f.Everything {
		return f.Services
	}
	return len(f.Uses[index%len(f.Uses)])
}

// Traffic is what all proxies received together.
type Traffic struct {
	// Wire counts the bytes of the connections, TLS included.
	Wire int64
	// Payload and Resources are by type.
	Payload   map[string]int64
	Resources map[string]int64
}

// Traffic sums up what came until now.
func (f *Fleet) Traffic() Traffic {
	sum := Traffic{Payload: map[string]int64{}, Resources: map[string]int64{}}
	for _, proxy := range slices.Concat(f.proxies, f.retired) {
		sum.Wire += proxy.wire.Load()
		for kind := range types {
			sum.Payload[kind.String()] += proxy.payload[kind].Load()
			sum.Resources[kind.String()] += proxy.resources[kind].Load()
		}
	}
	return sum
}

// Since is what came after an earlier sum.
func (t Traffic) Since(earlier Traffic) Traffic {
	difference := Traffic{Wire: t.Wire - earlier.Wire, Payload: map[string]int64{}, Resources: map[string]int64{}}
	for kind := range t.Payload {
		if bytes := t.Payload[kind] - earlier.Payload[kind]; bytes != 0 {
			difference.Payload[kind] = bytes
			difference.Resources[kind] = t.Resources[kind] - earlier.Resources[kind]
		}
	}
	return difference
}

// Failures counts streams that ended without being stopped.
func (f *Fleet) Failures() int64 { return f.failures.Load() }

// Trouble is the last failure.
func (f *Fleet) Trouble() error {
	if err := f.lastFailure.Load(); err != nil {
		return *err
	}
	return nil
}

func (f *Fleet) disconnected(_ *Proxy, err error) {
	f.failures.Add(1)
	f.lastFailure.Store(&err)
}

// Close ends all streams.
func (f *Fleet) Close() {
	for _, proxy := range f.proxies {
		proxy.stop()
	}
	for _, proxy := range f.proxies {
		<-proxy.done
	}
}

// counted counts what a connection receives.
type counted struct {
	net.Conn
	bytes *atomic.Int64
}

func (c counted) Read(buffer []byte) (int, error) {
	length, err := c.Conn.Read(buffer)
	c.bytes.Add(int64(length))
	return length, err
}

func (f *Fleet) dial(proxy *Proxy) (*grpc.ClientConn, error) {
	dialer := func(ctx context.Context, address string) (net.Conn, error) {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return counted{connection, &proxy.wire}, nil
	}
	// As the bootstrap says.
	security := credentials.NewTLS(&tls.Config{RootCAs: f.Roots, ServerName: f.ServerName, MinVersion: tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.CurveP256}})
	return grpc.NewClient("passthrough:///"+f.Address,
		grpc.WithTransportCredentials(security),
		grpc.WithContextDialer(dialer),
		// As the bootstrap says, too: until TLS is done.
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(codec{}), grpc.MaxCallRecvMsgSize(64<<20)),
		// Envoy's windows; small buffers, since there are a thousand of them.
		grpc.WithInitialWindowSize(16<<20), grpc.WithInitialConnWindowSize(24<<20),
		grpc.WithReadBufferSize(8<<10), grpc.WithWriteBufferSize(4<<10), grpc.WithSharedWriteBuffer(true),
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(), grpc.WithNoProxy())
}
