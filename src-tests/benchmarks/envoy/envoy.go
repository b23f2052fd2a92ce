// SPDX-License-Identifier: Apache-2.0

// Package envoy runs the real proxy with the bootstrap of an injected pod.
package envoy

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"selvedge.dev/benchmarks/operator"
)

// Settings are what a pod would give to its proxy.
type Settings struct {
	Binary string
	// RootFS holds the files of the proxy's image.
	RootFS string
	// Folder is for everything that a pod has in volumes.
	Folder    string
	Bootstrap string
	// Server is the operator's address, Host its name.
	Server, Host            string
	Token                   string
	Trust                   []byte
	Namespace, Pod, Address string
}

// Envoy is a running proxy.
type Envoy struct {
	command *exec.Cmd
	log     *os.File
	started time.Time
}

// Start runs it.
func Start(settings Settings) (*Envoy, error) {
	files := map[string]string{"token/token": settings.Token, "trust/ca.crt": string(settings.Trust), "admin/.keep": ""}
	for _, name := range []string{"xds-token.yaml", "xds-trust.yaml"} {
		text, err := os.ReadFile(filepath.Join(settings.RootFS, "etc/selvedge", name))
		if err != nil {
			return nil, err
		}
		files[name] = settings.moved(string(text))
	}
	for name, content := range files {
		file := filepath.Join(settings.Folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(settings.Folder, "envoy.log"))
	if err != nil {
		return nil, err
	}
	command := exec.Command(settings.Binary, "--config-yaml", settings.placed(), "--concurrency", "2",
		"--disable-hot-restart", "--log-level", "warn")
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err = command.Start(); err != nil {
		return nil, err
	}
	return &Envoy{command: command, log: log, started: time.Now()}, nil
}

func (s Settings) moved(text string) string {
	return strings.NewReplacer("/var/run/selvedge", s.Folder, "/etc/selvedge", s.Folder).Replace(text)
}

func (s Settings) placed() string {
	host, port, _ := strings.Cut(s.Server, ":")
	return strings.NewReplacer(
		"$(POD_NAMESPACE)", s.Namespace, "$(POD_NAME)", s.Pod, "$(POD_IP)", s.Address,
		"address: "+s.Host, "address: "+host, "port_value: 15012", "port_value: "+port,
	).Replace(s.moved(s.Bootstrap))
}

// AwaitReady waits until it would be ready in its pod.
func (e *Envoy) AwaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		response, err := http.Get("http://127.0.0.1:15021/healthz/ready")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("it answers %s", response.Status)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the proxy is not ready (%w); see %s", err, e.log.Name())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// CPU is its processor time until now.
func (e *Envoy) CPU() time.Duration { return operator.CPU(e.command.Process.Pid) }

// RestingMemory is its RSS two minutes after its start, and the part of it that is Envoy's code. By then it has given
// back what it needed for a moment: its allocator keeps that for a minute.
func (e *Envoy) RestingMemory() (all, code int64) {
	time.Sleep(time.Until(e.started.Add(2 * time.Minute)))
	all, _ = operator.Memory(e.command.Process.Pid)
	return all, operator.FileMemory(e.command.Process.Pid)
}

// Stop ends it.
func (e *Envoy) Stop() {
	_ = e.command.Process.Kill()
	_ = e.command.Wait()
	e.log.Close()
}
