// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Ports are those that a service listens on. 0 is a port that is not there; FreePort chooses one.
type Ports struct {
	HTTP, TCP, ServerFirst, TLS, GRPC, Metrics int
}

// FreePort lets the kernel choose.
const FreePort = -1

// Main runs `sample serve` until the context ends.
func Main(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	var ports Ports
	flags.IntVar(&ports.HTTP, "port", 8080, "HTTP/1.1 and HTTP/2 without TLS")
	flags.IntVar(&ports.TCP, "tcp-port", 0, "answers lines; the client speaks first")
	flags.IntVar(&ports.ServerFirst, "server-first-port", 0, "answers lines after a banner")
	flags.IntVar(&ports.TLS, "tls-port", 0, "HTTPS with a certificate of its own")
	flags.IntVar(&ports.GRPC, "grpc-port", 0, "gRPC: health and Echo")
	flags.IntVar(&ports.Metrics, "metrics-port", 0, "Prometheus metrics at /metrics")
	drain := flags.Duration("drain", 5*time.Second,
		"how long to go on accepting after SIGTERM: clients learn later than the pod that it ends")
	grace := flags.Duration("grace", 20*time.Second, "how long requests may then take to finish")
	if err := flags.Parse(args); err != nil {
		return err
	}
	server, err := Start(FromEnvironment(), upstreamsFromEnvironment(), ports)
	if err != nil {
		return err
	}
	<-ctx.Done()
	log.Printf("ending: accepting for another %s", *drain)
	server.NotReady()
	time.Sleep(*drain)
	return server.Stop(*grace)
}

// Server is a service that runs.
type Server struct {
	Ports   Ports // as opened
	web     *web
	stopped []func(context.Context) error // what stops each port, when its requests are done
}

// Start opens the ports and answers on them.
func Start(service Service, upstreamURLs []string, ports Ports) (*Server, error) {
	counters := newMetrics(service)
	s := &Server{web: newWeb(service, upstreamURLs, counters)}
	handler := s.web.handler()
	err := errors.Join(
		s.open("http", ports.HTTP, &s.Ports.HTTP, func(l net.Listener) { s.serveHTTP(l, handler) }),
		s.open("tcp", ports.TCP, &s.Ports.TCP, func(l net.Listener) { s.serveLines(l, &lines{service: service}) }),
		s.openDatagrams(s.Ports.TCP, service),
		s.open("server-first", ports.ServerFirst, &s.Ports.ServerFirst,
			func(l net.Listener) { s.serveLines(l, &lines{service: service, banner: true}) }),
		s.open("tls", ports.TLS, &s.Ports.TLS, func(l net.Listener) { s.serveTLS(l, service, handler) }),
		s.open("grpc", ports.GRPC, &s.Ports.GRPC, func(l net.Listener) { s.serveGRPC(l, service) }),
		s.open("metrics", ports.Metrics, &s.Ports.Metrics, func(l net.Listener) { s.serveMetrics(l, counters) }),
	)
	if err != nil {
		return nil, errors.Join(err, s.Stop(0))
	}
	return s, nil
}

// NotReady makes /readyz fail from now on.
func (s *Server) NotReady() { s.web.notReady.Store(true) }

// Stop accepts nothing more, waits for the requests under way, and cuts those that take longer than grace.
func (s *Server) Stop(grace time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	failures := make([]error, len(s.stopped))
	var pending sync.WaitGroup
	for i, stop := range s.stopped {
		pending.Go(func() { failures[i] = stop(ctx) })
	}
	pending.Wait()
	return errors.Join(failures...)
}

func (s *Server) open(name string, port int, opened *int, serve func(net.Listener)) error {
	if port == 0 {
		return nil
	}
	listener, err := net.Listen("tcp", ":"+strconv.Itoa(max(port, 0)))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	*opened = listener.Addr().(*net.TCPAddr).Port
	log.Printf("%s on port %d", name, *opened)
	serve(listener)
	return nil
}

// openDatagrams answers UDP at the number of the TCP port.
func (s *Server) openDatagrams(port int, service Service) error {
	if port == 0 {
		return nil
	}
	connection, err := net.ListenPacket("udp", ":"+strconv.Itoa(port))
	if err != nil {
		return fmt.Errorf("udp: %w", err)
	}
	go answerDatagrams(connection, service)
	s.stopped = append(s.stopped, func(context.Context) error { return connection.Close() })
	return nil
}

func (s *Server) serveHTTP(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, Protocols: &http.Protocols{}}
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetHTTP2(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	go server.Serve(listener)
	s.stopped = append(s.stopped, func(ctx context.Context) error {
		return errors.Join(server.Shutdown(ctx), server.Close())
	})
}

func (s *Server) serveTLS(listener net.Listener, service Service, handler http.Handler) {
	certificate, err := selfSigned(service.Name)
	if err != nil {
		log.Fatalf("tls: %v", err) // the system has no randomness
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"h2", "http/1.1"}}
	s.serveHTTP(tls.NewListener(listener, config), handler)
}

func (s *Server) serveMetrics(listener net.Listener, metrics http.Handler) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	s.serveHTTP(listener, mux)
}

func (s *Server) serveLines(listener net.Listener, lines *lines) {
	go lines.serve(listener)
	s.stopped = append(s.stopped, func(context.Context) error {
		err := listener.Close()
		lines.close()
		return err
	})
}

func (s *Server) serveGRPC(listener net.Listener, service Service) {
	server, health := newGRPC(service)
	go server.Serve(listener)
	s.stopped = append(s.stopped, func(ctx context.Context) error {
		health.Shutdown()
		done := make(chan struct{})
		go func() { server.GracefulStop(); close(done) }()
		select {
		case <-done:
		case <-ctx.Done():
			server.Stop()
		}
		return nil
	})
}
