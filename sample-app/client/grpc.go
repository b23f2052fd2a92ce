// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"fmt"
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

// grpcCall calls Echo. Its codes are gRPC's.
func grpcCall(o options) (call, func(), error) {
	shared, err := dial(o.target)
	if err != nil {
		return nil, nil, err
	}
	call := func(ctx context.Context) outcome {
		if !o.newConnections {
			return echo(ctx, shared, o)
		}
		connection, err := dial(o.target)
		if err != nil {
			return failure(err)
		}
		defer connection.Close()
		return echo(ctx, connection, o)
	}
	return call, func() { shared.Close() }, nil
}

func dial(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient("dns:///"+address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy(), grpc.WithDisableServiceConfig())
}

func echo(ctx context.Context, connection *grpc.ClientConn, o options) outcome {
	for name, values := range o.headers {
		for _, value := range values {
			ctx = metadata.AppendToOutgoingContext(ctx, strings.ToLower(name), value)
		}
	}
	answer := &structpb.Struct{}
	err := connection.Invoke(ctx, server.EchoMethod, wrapperspb.String(o.body), answer)
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
