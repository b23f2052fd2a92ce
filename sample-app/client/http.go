// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
)

func httpCall(o options) (call, func(), error) {
	if _, err := url.ParseRequestURI(o.target); err != nil {
		return nil, nil, err
	}
	transport := &http.Transport{
		DisableKeepAlives:   o.newConnections,
		MaxIdleConnsPerHost: o.concurrency,
		// The certificate of the sample is its own: what is tested is the way to it.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		Protocols:       &http.Protocols{},
	}
	transport.Protocols.SetHTTP1(!o.http2)
	transport.Protocols.SetUnencryptedHTTP2(o.http2)
	transport.Protocols.SetHTTP2(o.http2)
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) outcome { return get(ctx, client, o) }, transport.CloseIdleConnections, nil
}

func get(ctx context.Context, client *http.Client, o options) outcome {
	request, err := http.NewRequestWithContext(ctx, o.method, o.target, strings.NewReader(o.body))
	if err != nil {
		return failure(err)
	}
	for name, values := range o.headers {
		request.Header[name] = values
	}
	if host := http.Header(o.headers).Get("Host"); host != "" {
		request.Host = host
	}
	response, err := client.Do(request)
	if err != nil {
		return failure(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return failure(err)
	}
	headers := map[string]string{}
	for name, values := range response.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	result := outcome{
		code: strconv.Itoa(response.StatusCode), failed: response.StatusCode >= 400, body: body, headers: headers,
	}
	if response.TLS != nil && len(response.TLS.PeerCertificates) > 0 {
		result.certificate = response.TLS.PeerCertificates[0].Subject.CommonName
	}
	return result
}

// failure names the usual errors in a few words, without the addresses and ports that would make each one unique.
func failure(err error) outcome {
	text := err.Error()
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		text = "timeout"
	case errors.Is(err, syscall.ECONNREFUSED):
		text = "connection refused"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		text = "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		text = "connection closed"
	case errors.As(err, &dns):
		text = "no such host: " + dns.Name
	}
	return outcome{err: text, failed: true}
}
