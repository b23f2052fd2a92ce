// SPDX-License-Identifier: Apache-2.0

package proxy

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

func bytesField(message []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(message, number, protowire.BytesType), value)
}

func TestAResponseIsReadAsFarAsNames(t *testing.T) {
	body := appendText(appendText(nil, 1, typeURLs[Route]), 2, "the body")
	entry := bytesField(appendText(appendText(nil, 1, "v7"), 3, "shop/a:80"), 2, body)
	message := bytesField(appendText(appendText(nil, 4, typeURLs[Route]), 5, "n1"), 2, entry)
	message = appendText(message, 6, "shop/gone:80")

	var read response
	if err := read.parse(message); err != nil {
		t.Fatal(err)
	}
	if read.kind != Route || string(read.nonce) != "n1" || len(read.resources) != 1 || len(read.removed) != 1 {
		t.Fatalf("read %+v", read)
	}
	resource := read.resources[0]
	if string(resource.name) != "shop/a:80" || string(resource.version) != "v7" || string(resource.body) != "the body" {
		t.Errorf("read %q %q %q", resource.name, resource.version, resource.body)
	}
	if string(read.removed[0]) != "shop/gone:80" {
		t.Errorf("removed %q", read.removed[0])
	}
}

func TestAnUnknownTypeIsRefused(t *testing.T) {
	var read response
	if err := read.parse(appendText(nil, 4, "type.googleapis.com/other")); err == nil {
		t.Error("a response of an unknown type was taken")
	}
}

func TestARequestSaysWhatItWants(t *testing.T) {
	message := request{kind: Endpoints, node: "shop/pod", subscribe: []string{"a", "b"}, nonce: []byte("n2")}.encode()

	found := map[protowire.Number][]string{}
	if err := fields(message, func(number protowire.Number, value []byte) {
		found[number] = append(found[number], string(value))
	}); err != nil {
		t.Fatal(err)
	}
	if len(found[3]) != 2 || found[3][1] != "b" || found[2][0] != typeURLs[Endpoints] || found[6][0] != "n2" {
		t.Errorf("encoded %v", found)
	}
	if id := field(field(message, 1), 1); string(id) != "shop/pod" {
		t.Errorf("the node is %q", id)
	}
}

func TestASetCountsEachOnce(t *testing.T) {
	var numbers set
	if !numbers.add(70) || numbers.add(70) || !numbers.add(3) || numbers.size != 2 {
		t.Errorf("after three additions it has %d", numbers.size)
	}
	numbers.remove(70)
	numbers.remove(70)
	if numbers.size != 1 || !numbers.add(70) {
		t.Errorf("after a removal it has %d", numbers.size)
	}
}
