// SPDX-License-Identifier: Apache-2.0

// Package kube writes objects to a Kubernetes API server and reads them back. It is a fraction of a client library, so
// that the load generator stays small beside what it measures.
package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Object is a Kubernetes object or a part of one.
type Object = map[string]any

// Client talks to one API server as one user.
type Client struct {
	Server  string
	CA      []byte
	http    *http.Client
	kubelet bool
}

var kubeconfigField = regexp.MustCompile(`(?m)^\s*(server|certificate-authority-data|client-certificate-data|client-key-data):\s*(\S+)`)

// FromKubeconfig reads a kubeconfig with embedded certificates, such as the local cluster writes.
func FromKubeconfig(path string) (*Client, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fields := map[string][]byte{}
	for _, match := range kubeconfigField.FindAllSubmatch(text, -1) {
		value := match[2]
		if string(match[1]) != "server" {
			if value, err = base64.StdEncoding.DecodeString(string(value)); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", path, match[1], err)
			}
		}
		fields[string(match[1])] = value
	}
	pair, err := tls.X509KeyPair(fields["client-certificate-data"], fields["client-key-data"])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(fields["certificate-authority-data"])
	transport := &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
		ForceAttemptHTTP2:   true,
		MaxIdleConnsPerHost: 16,
	}
	return &Client{
		Server: string(fields["server"]),
		CA:     fields["certificate-authority-data"],
		http:   &http.Client{Transport: transport, Timeout: 60 * time.Second},
	}, nil
}

// Get reads an object.
func (c *Client) Get(ctx context.Context, path string) (Object, error) {
	return c.do(ctx, http.MethodGet, path, "", nil)
}

// AsKubelet speaks as a node would: there is none, and some things are for nodes alone.
func (c *Client) AsKubelet() *Client {
	kubelet := *c
	kubelet.kubelet = true
	return &kubelet
}

// Create posts an object to its collection; again when a webhook did not answer in time, as a controller would.
func (c *Client) Create(ctx context.Context, collection string, object Object) (Object, error) {
	for tries := 1; ; tries++ {
		created, err := c.do(ctx, http.MethodPost, collection, "application/json", object)
		if err == nil || tries == 20 || !strings.Contains(err.Error(), "failed calling webhook") {
			return created, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Duration(tries) * 200 * time.Millisecond):
		}
	}
}

// Put replaces an object.
func (c *Client) Put(ctx context.Context, path string, object Object) (Object, error) {
	return c.do(ctx, http.MethodPut, path, "application/json", object)
}

// Merge changes the given fields of an object.
func (c *Client) Merge(ctx context.Context, path string, fields Object) (Object, error) {
	return c.do(ctx, http.MethodPatch, path, "application/merge-patch+json", fields)
}

// Delete removes an object at once.
func (c *Client) Delete(ctx context.Context, path string) error {
	_, err := c.do(ctx, http.MethodDelete, path, "application/json", Object{"gracePeriodSeconds": 0})
	return err
}

// Writes counts the requests that wrote to the status of an object of the mesh; the API server counts them.
func (c *Client) Writes(ctx context.Context) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Server+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	sum := 0
	for _, match := range statusWrites.FindAllSubmatch(text, -1) {
		count, err := strconv.ParseFloat(string(match[1]), 64)
		if err != nil {
			return 0, err
		}
		sum += int(count)
	}
	return sum, nil
}

var statusWrites = regexp.MustCompile(
	`(?m)^apiserver_request_total\{.*group="selvedge\.dev".*subresource="status",verb="(?:APPLY|PATCH|PUT)".*\} (\S+)$`)

func (c *Client) do(ctx context.Context, method, path, contentType string, body Object) (Object, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.Server+path, reader)
	if err != nil {
		return nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if c.kubelet {
		request.Header["Impersonate-User"] = []string{"bench"}
		request.Header["Impersonate-Group"] = []string{"system:nodes", "system:masters"}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("%s %s: %s: %.600s", method, path, response.Status, text)
	}
	var object Object
	return object, json.Unmarshal(text, &object)
}

// Text is the string at a path of fields; empty when there is none.
func Text(object Object, fields ...string) string {
	var value any = object
	for _, field := range fields {
		inner, ok := value.(Object)
		if !ok {
			return ""
		}
		value = inner[field]
	}
	text, _ := value.(string)
	return text
}
