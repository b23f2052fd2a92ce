// SPDX-License-Identifier: Apache-2.0

// Package server is one service of the sample shop.
package server

import (
	"os"
	"strings"
)

// Service says who answers.
type Service struct {
	Name    string `json:"service"`
	Version string `json:"version"`
	Pod     string `json:"pod"`
}

// FromEnvironment reads SERVICE_NAME, SERVICE_VERSION and POD_NAME (else the host's name, which is the pod's).
func FromEnvironment() Service {
	host, _ := os.Hostname()
	return Service{
		Name:    environment("SERVICE_NAME", "sample"),
		Version: environment("SERVICE_VERSION", "v1"),
		Pod:     environment("POD_NAME", host),
	}
}

// upstreamsFromEnvironment reads the URLs in UPSTREAMS, separated by white space or commas.
func upstreamsFromEnvironment() []string {
	return strings.FieldsFunc(os.Getenv("UPSTREAMS"), func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}

func environment(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
