// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"slices"
	"sort"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	pb "sigs.k8s.io/gateway-api-conformance-images/echo-basic/grpcechoserver"
)

// serve runs until one of its ports fails.
func serve(args []string) error {
	flags := flag.NewFlagSet("echo", flag.ContinueOnError)
	var http, tcp, grpc, tls list
	flags.Var(&http, "port", "port for HTTP")
	flags.Var(&tcp, "tcp", "port that sends lines back")
	flags.Var(&grpc, "grpc", "port for gRPC")
	flags.Var(&tls, "tls", "which of the ports for HTTP speak TLS")
	flags.String("crt", "", "ignored: the certificate is made at start")
	flags.String("key", "", "ignored")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if len(http) == 0 {
		http = list{"8080"}
	}
	failed := make(chan error)
	for _, port := range http {
		go func() { failed <- serveHTTP(port, slices.Contains(tls, port)) }()
	}
	for _, port := range tcp {
		go func() { failed <- serveTCP(port) }()
	}
	for _, port := range grpc {
		go func() { failed <- serveGRPC(port) }()
	}
	return <-failed
}

func serveHTTP(port string, secure bool) error {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(!secure)
	protocols.SetHTTP2(secure)
	server := http.Server{
		Addr:              ":" + port,
		Protocols:         &protocols,
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, describe(port, r))
		}),
	}
	if !secure {
		return server.ListenAndServe()
	}
	certificate, err := selfSigned()
	if err != nil {
		return err
	}
	server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
	return server.ListenAndServeTLS("", "")
}

func describe(port string, r *http.Request) string {
	var text strings.Builder
	fmt.Fprintf(&text, "ServicePort=%s\nHost=%s\nURL=%s\nMethod=%s\nProto=%s\n",
		port, r.Host, r.URL.RequestURI(), r.Method, r.Proto)
	if address, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		fmt.Fprintf(&text, "IP=%s\n", address)
	}
	writeHeaders(&text, "RequestHeader", r.Header)
	fmt.Fprintf(&text, "Hostname=%s\n", hostname())
	return text.String()
}

func writeHeaders(w io.Writer, field string, headers map[string][]string) {
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, value := range headers[name] {
			fmt.Fprintf(w, "%s=%s:%s\n", field, name, value)
		}
	}
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return ""
	}
	return name
}

// grpcServer answers the one method that the client calls.
type grpcServer struct {
	pb.UnimplementedGrpcEchoServer
}

func (grpcServer) Echo(ctx context.Context, _ *pb.EchoRequest) (*pb.EchoResponse, error) {
	received, _ := metadata.FromIncomingContext(ctx)
	assertions := pb.Assertions{Context: &pb.Context{Pod: hostname()}}
	for name, values := range received {
		if name == ":authority" {
			assertions.Authority = values[0]
		}
		for _, value := range values {
			assertions.Headers = append(assertions.Headers, &pb.Header{Key: name, Value: value})
		}
	}
	return &pb.EchoResponse{Assertions: &assertions}, nil
}

func serveGRPC(port string) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	pb.RegisterGrpcEchoServer(server, grpcServer{})
	return server.Serve(listener)
}

func serveTCP(port string) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			lines := bufio.NewScanner(connection)
			for lines.Scan() {
				fmt.Fprintf(connection, "%s\nHostname=%s\n", lines.Text(), hostname())
			}
		}()
	}
}

func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1),
		DNSNames:     []string{"echo"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
