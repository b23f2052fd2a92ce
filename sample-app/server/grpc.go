// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"errors"
	"io"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// EchoMethod takes a google.protobuf.StringValue and answers a google.protobuf.Struct with the fields of an HTTP
// answer. Well-known types only, so that no code has to be generated.
const EchoMethod = "/selvedge.sample.Echo/Echo"

// ConverseMethod is a stream both ways: each message is answered as EchoMethod answers it, as soon as it arrives.
const ConverseMethod = "/selvedge.sample.Echo/Converse"

func newGRPC(service Service) (*grpc.Server, *health.Server) {
	grpcServer, healthServer := grpc.NewServer(), health.NewServer()
	grpc_health_v1.RegisterHealthServer(grpcServer, healthServer)
	grpcServer.RegisterService(&grpc.ServiceDesc{
		ServiceName: "selvedge.sample.Echo",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Echo", Handler: echo}},
		Streams: []grpc.StreamDesc{
			{StreamName: "Converse", Handler: converse, ServerStreams: true, ClientStreams: true},
		},
	}, service)
	return grpcServer, healthServer
}

func echo(
	service any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor,
) (any, error) {
	message := &wrapperspb.StringValue{}
	if err := decode(message); err != nil {
		return nil, err
	}
	return describeCall(ctx, service.(Service), message)
}

func converse(service any, stream grpc.ServerStream) error {
	for {
		message := &wrapperspb.StringValue{}
		if err := stream.RecvMsg(message); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		answer, err := describeCall(stream.Context(), service.(Service), message)
		if err != nil {
			return err
		}
		if err := stream.SendMsg(answer); err != nil {
			return err
		}
	}
}

func describeCall(ctx context.Context, who Service, message *wrapperspb.StringValue) (*structpb.Struct, error) {
	headers := map[string]any{}
	received, _ := metadata.FromIncomingContext(ctx)
	for name, values := range received {
		headers[name] = strings.Join(values, ", ")
	}
	remote := ""
	if caller, ok := peer.FromContext(ctx); ok {
		remote = caller.Addr.String()
	}
	return structpb.NewStruct(map[string]any{
		"service": who.Name, "version": who.Version, "pod": who.Pod, "protocol": "gRPC", "remote": remote,
		"headers": headers, "body": message.GetValue(),
	})
}
