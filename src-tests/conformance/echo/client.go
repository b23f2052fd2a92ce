// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	pb "sigs.k8s.io/gateway-api-conformance-images/echo-basic/grpcechoserver"
)

const timeout = 10 * time.Second

// call makes one call or several, and prints the answer to each with an empty line after it.
func call(args []string) error {
	flags := flag.NewFlagSet("client", flag.ContinueOnError)
	method := flags.String("method", "GET", "HTTP method")
	count := flags.Int("count", 1, "how many calls")
	var headers list
	flags.Var(&headers, "H", "header, name:value")
	if len(args) == 0 {
		return errors.New("client URL [--method=M] [-H name:value]… [--count=N]")
	}
	target, err := url.Parse(args[0])
	if err != nil {
		return err
	}
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	caller, err := callerOf(target, *method, headers)
	if err != nil {
		return err
	}
	for range *count {
		answer, err := caller()
		if err != nil {
			return err
		}
		fmt.Printf("Url=%s\n%s\n", target, answer)
	}
	return nil
}

func callerOf(target *url.URL, method string, headers list) (func() (string, error), error) {
	switch target.Scheme {
	case "http", "https":
		return func() (string, error) { return callHTTP(target, method, headers) }, nil
	case "grpc":
		connection, err := grpc.NewClient(target.Host, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			return nil, err
		}
		return func() (string, error) { return callGRPC(connection, headers), nil }, nil
	default:
		return nil, fmt.Errorf("scheme %q is not spoken here", target.Scheme)
	}
}

var client = http.Client{
	Timeout:       timeout,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
}

func callHTTP(target *url.URL, method string, headers list) (string, error) {
	request, err := http.NewRequest(method, target.String(), nil)
	if err != nil {
		return "", err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		if strings.EqualFold(name, "Host") {
			request.Host = value
		} else {
			request.Header.Add(name, value)
		}
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "StatusCode=%d\n", response.StatusCode)
	writeHeaders(&text, "ResponseHeader", response.Header)
	text.Write(body)
	return text.String(), nil
}

// callGRPC tells success as HTTP's 200, which the suite expects, and anything else by gRPC's own number.
func callGRPC(connection *grpc.ClientConn, headers list) string {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ":")
		ctx = metadata.AppendToOutgoingContext(ctx, name, value)
	}
	var received metadata.MD
	response, err := pb.NewGrpcEchoClient(connection).Echo(ctx, &pb.EchoRequest{}, grpc.Header(&received))
	var text strings.Builder
	if err != nil {
		fmt.Fprintf(&text, "StatusCode=%d\nMessage=%s\n", status.Code(err), status.Convert(err).Message())
		return text.String()
	}
	fmt.Fprintf(&text, "StatusCode=200\n")
	writeHeaders(&text, "ResponseHeader", received)
	assertions := response.GetAssertions()
	fmt.Fprintf(&text, "Host=%s\nMethod=POST\nProto=gRPC\n", assertions.GetAuthority())
	for _, header := range assertions.GetHeaders() {
		fmt.Fprintf(&text, "RequestHeader=%s:%s\n", header.GetKey(), header.GetValue())
	}
	fmt.Fprintf(&text, "Hostname=%s\n", assertions.GetContext().GetPod())
	return text.String()
}
