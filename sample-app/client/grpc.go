// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"selvedge.dev/sample/server"
)

// grpcCall makes calls whose codes are gRPC's.
func grpcCall(
	o options, one func(context.Context, *grpc.ClientConn, options) outcome,
) (call, func(), error) {
	shared, err := dial(o.target)
	if err != nil {
		return nil, nil, err
	}
	call := func(ctx context.Context) outcome {
		if !o.newConnections {
			return one(withHeaders(ctx, o), shared, o)
		}
		connection, err := dial(o.target)
		if err != nil {
			return failure(err)
		}
		defer connection.Close()
		return one(withHeaders(ctx, o), connection, o)
	}
	return call, func() { shared.Close() }, nil
}

func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient("dns:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy(), grpc.WithDisableServiceConfig())
}

func withHeaders(ctx context.Context, o options) context.Context {
	for name, values := range o.headers {
		for _, value := range values {
			ctx = metadata.AppendToOutgoingContext(ctx, strings.ToLower(name), value)
		}
	}
	return ctx
}

// echo makes one call with one answer.
func echo(ctx context.Context, connection *grpc.ClientConn, o options) outcome {
	answer := &structpb.Struct{}
	err := connection.Invoke(ctx, server.EchoMethod, wrapperspb.String(o.body), answer)
	return grpcOutcome(answer, err)
}

// converse opens one stream and waits for the answer to each message before it sends the next: a proxy that collects
// a stream until its end makes it time out. The outcome is the last answer.
func converse(ctx context.Context, connection *grpc.ClientConn, o options) outcome {
	stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, server.ConverseMethod)
	if err != nil {
		return grpcOutcome(nil, err)
	}
	answer := &structpb.Struct{}
	for range o.messages {
		// A failed send only says that the stream has ended; why, the next receive knows.
		_ = stream.SendMsg(wrapperspb.String(o.body))
		answer = &structpb.Struct{}
		if err := stream.RecvMsg(answer); err != nil {
			return grpcOutcome(nil, err)
		}
	}
	if err := stream.CloseSend(); err != nil {
		return grpcOutcome(nil, err)
	}
	if err := stream.RecvMsg(&structpb.Struct{}); !errors.Is(err, io.EOF) {
		return grpcOutcome(nil, fmt.Errorf("the stream did not end with its last message: %w", err))
	}
	return grpcOutcome(answer, nil)
}

func grpcOutcome(answer *structpb.Struct, err error) outcome {
	code := status.Code(err)
	if code != codes.OK {
		return outcome{code: code.String(), err: status.Convert(err).Message(), failed: true}
	}
	body, err := json.Marshal(answer.AsMap())
	if err != nil {
		return failure(err)
	}
	return outcome{code: code.String(), body: body}
}

// probeGRPC asks the health service, as a kubelet does.
func probeGRPC(ctx context.Context, address string) error {
	connection, err := dial(address)
	if err != nil {
		return err
	}
	defer connection.Close()
	answer, err := grpc_health_v1.NewHealthClient(connection).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err == nil && answer.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		err = fmt.Errorf("%s is %s", address, answer.GetStatus())
	}
	return err
}
