// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
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

func newGRPC(service Service) (*grpc.Server, *health.Server) {
	grpcServer, healthServer := grpc.NewServer(), health.NewServer()
	grpc_health_v1.RegisterHealthServer(grpcServer, healthServer)
	grpcServer.RegisterService(&grpc.ServiceDesc{
		ServiceName: "selvedge.sample.Echo",
		HandlerType: (*any)(nil),
		Methods:     []grpc.MethodDesc{{MethodName: "Echo", Handler: echo}},
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
	headers := map[string]any{}
	received, _ := metadata.FromIncomingContext(ctx)
	for name, values := range received {
		headers[name] = strings.Join(values, ", ")
	}
	remote := ""
	if caller, ok := peer.FromContext(ctx); ok {
		remote = caller.Addr.String()
	}
	who := service.(Service)
	return structpb.NewStruct(map[string]any{
		"service": who.Name, "version": who.Version, "pod": who.Pod, "protocol": "gRPC", "remote": remote,
		"headers": headers, "body": message.GetValue(),
	})
}
