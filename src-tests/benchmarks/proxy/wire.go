// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

const method = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources"

// Type is a resource type, in the order of a starting Envoy's interest.
type Type int

// The types that proxies subscribe to.
const (
	Cluster Type = iota
	Endpoints
	Listener
	Secret
	Scope
	Route
	types
)

var typeURLs = [types]string{
	"type.googleapis.com/envoy.config.cluster.v3.Cluster",
	"type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
	"type.googleapis.com/envoy.config.listener.v3.Listener",
	"type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
	"type.googleapis.com/envoy.config.route.v3.ScopedRouteConfiguration",
	"type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
}

var typeNames = [types]string{"cds", "eds", "lds", "sds", "srds", "rds"}

func (t Type) String() string { return typeNames[t] }

func typeOf(url []byte) (Type, bool) {
	for index := range typeURLs {
		if string(url) == typeURLs[index] {
			return Type(index), true
		}
	}
	return 0, false
}

// frame is a message that was not taken apart.
type frame []byte

// codec hands messages through as they are: thousands of resources are received, of which only the names are read.
type codec struct{}

var _ encoding.CodecV2 = codec{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(message any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(*message.(*frame))}, nil
}

func (codec) Unmarshal(data mem.BufferSlice, message any) error {
	target := message.(*frame)
	size := data.Len()
	if cap(*target) < size {
		*target = make(frame, size)
	}
	*target = (*target)[:size]
	data.CopyTo(*target)
	return nil
}

// response points into the frame that it was read from.
type response struct {
	kind      Type
	nonce     []byte
	resources []resource
	removed   [][]byte
}

type resource struct {
	name    []byte
	version []byte
	body    []byte
}

// fields calls back for each length-delimited field of a message, and skips the others.
func fields(message []byte, each func(number protowire.Number, value []byte)) error {
	for len(message) > 0 {
		number, kind, length := protowire.ConsumeTag(message)
		if length < 0 {
			return protowire.ParseError(length)
		}
		message = message[length:]
		if kind == protowire.BytesType {
			value, length := protowire.ConsumeBytes(message)
			if length < 0 {
				return protowire.ParseError(length)
			}
			each(number, value)
			message = message[length:]
			continue
		}
		length = protowire.ConsumeFieldValue(number, kind, message)
		if length < 0 {
			return protowire.ParseError(length)
		}
		message = message[length:]
	}
	return nil
}

func (r *response) parse(message frame) error {
	r.nonce, r.resources, r.removed = nil, r.resources[:0], r.removed[:0]
	known := false
	err := fields(message, func(number protowire.Number, value []byte) {
		switch number {
		case 2:
			r.resources = append(r.resources, parseResource(value))
		case 4:
			r.kind, known = typeOf(value)
		case 5:
			r.nonce = value
		case 6:
			r.removed = append(r.removed, value)
		}
	})
	if err == nil && !known {
		err = fmt.Errorf("a response of an unknown type")
	}
	return err
}

func parseResource(message []byte) resource {
	var parsed resource
	_ = fields(message, func(number protowire.Number, value []byte) {
		switch number {
		case 1:
			parsed.version = value
		case 2:
			_ = fields(value, func(number protowire.Number, value []byte) {
				if number == 2 {
					parsed.body = value
				}
			})
		case 3:
			parsed.name = value
		}
	})
	return parsed
}

// field is the first field of that number; nil when there is none.
func field(message []byte, wanted protowire.Number) []byte {
	var found []byte
	_ = fields(message, func(number protowire.Number, value []byte) {
		if number == wanted && found == nil {
			found = value
		}
	})
	return found
}

// request is what a proxy says.
type request struct {
	kind      Type
	node      string
	subscribe []string
	nonce     []byte
}

func (r request) encode() frame {
	var message []byte
	if r.node != "" {
		node := appendText(nil, 1, r.node)
		node = appendText(node, 2, "selvedge")
		node = appendText(node, 6, "envoy")
		message = protowire.AppendTag(message, 1, protowire.BytesType)
		message = protowire.AppendBytes(message, node)
	}
	message = appendText(message, 2, typeURLs[r.kind])
	for _, name := range r.subscribe {
		message = appendText(message, 3, name)
	}
	if len(r.nonce) > 0 {
		message = protowire.AppendTag(message, 6, protowire.BytesType)
		message = protowire.AppendBytes(message, r.nonce)
	}
	return message
}

func appendText(message []byte, number protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(message, number, protowire.BytesType), text)
}
