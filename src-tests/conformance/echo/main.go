// SPDX-License-Identifier: Apache-2.0

// Stands in for the image of the Gateway API's mesh tests: a server that tells what it was asked, and a client that
// tells what it was answered, in the words that the suite reads.
//
//	echo --port=8080 --tcp=9090 --grpc=7070 --tls=8443
//	client http://host/path [--method=GET] [-H name:value]… [--count=N]
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	run := serve
	if filepath.Base(os.Args[0]) == "client" {
		run = call
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	if value == "" {
		return errors.New("no value")
	}
	*l = append(*l, value)
	return nil
}
