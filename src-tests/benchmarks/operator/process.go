// SPDX-License-Identifier: Apache-2.0

// Package operator runs the operator as its image does, and measures it.
package operator

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"selvedge.dev/benchmarks/kube"
	"selvedge.dev/benchmarks/world"
)

const (
	// Namespace of the operator.
	Namespace = "selvedge-system"
	// ServerName is in its serving certificate.
	ServerName = "selvedge." + Namespace + ".svc"
	// XDS is where it serves.
	XDS    = "127.0.0.1:15012"
	health = "http://127.0.0.1:8080/q/health/ready"
)

// Image is the unpacked image with what its container would be given.
type Image struct {
	// Root holds the files of the image.
	Root string
	// Launcher enters it.
	Launcher string
	Client   *kube.Client
	// Memory is the limit in bytes; Cores the limit of processors, or 0.
	Memory int64
	Cores  float64
	// Options of the JVM that the image does not have.
	Options []string
	Log     string
}

const account = "/var/run/secrets/kubernetes.io/serviceaccount"

// command prepares a process of the image, for one of its service accounts, with that account's rights.
func (i *Image) command(ctx context.Context, name string, group *cgroup, arguments ...string) (*exec.Cmd, error) {
	token, err := world.Token(ctx, i.Client.AsKubelet(), Namespace, name, kube.Object{"expirationSeconds": 86400})
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(i.Root, account)
	if err = os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	for file, content := range map[string][]byte{"token": []byte(token), "ca.crt": i.Client.CA, "namespace": []byte(Namespace)} {
		if err = os.WriteFile(filepath.Join(folder, file), content, 0o644); err != nil {
			return nil, err
		}
	}
	server, err := url.Parse(i.Client.Server)
	if err != nil {
		return nil, err
	}
	cgroups := ""
	if group != nil {
		cgroups = strings.Join(group.directories, " ")
	}
	java := append([]string{i.Root, cgroups, "/opt/java/bin/java", "@/opt/java/operator.args"}, i.Options...)
	command := exec.Command(i.Launcher, append(append(java, "-jar", "/app/quarkus-run.jar"), arguments...)...)
	command.Env = []string{
		"KUBERNETES_SERVICE_HOST=" + server.Hostname(), "KUBERNETES_SERVICE_PORT=" + server.Port(),
		"POD_NAME=selvedge-0", "POD_NAMESPACE=" + Namespace, "PATH=/opt/java/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}
	// It dies with us, whatever happens.
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	return command, nil
}

// Rotate runs the command of the rotation Job, which makes the trust anchor and the issuer.
func (i *Image) Rotate(ctx context.Context, meshUID string) error {
	var command *exec.Cmd
	// The API server takes a moment to forget the policies that keep this account's tokens for kubelets.
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		var err error
		command, err = i.command(ctx, "selvedge-rotation", nil, "rotate", "--step=begin", "--from=none",
			"--reason=First", "--mesh=default", "--mesh-uid="+meshUID, "--issuer=Managed", "--trust-bundle=None",
			"--algorithm=ECDSA-P256", "--trust-domain=cluster.local", "--anchor-lifetime=8760h",
			"--issuer-lifetime=720h")
		if err == nil {
			break
		}
		if !strings.Contains(err.Error(), "ValidatingAdmissionPolicy") || time.Now().After(deadline) {
			return err
		}
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("rotate: %w\n%s", err, output)
	}
	return nil
}

// Process is a running operator.
type Process struct {
	Pid int
	// Ready is from the start to the first answer that it is ready; ReadyCPU the processor time until then.
	Ready    time.Duration
	ReadyCPU time.Duration
	// ReadyThreads is ReadyCPU by the name of the thread.
	ReadyThreads ThreadTimes
	command      *exec.Cmd
	group        *cgroup
	exited       context.Context
	log          *os.File
}

// Start runs the operator and waits until it serves.
func (i *Image) Start(ctx context.Context) (*Process, error) {
	group, err := newCgroup(fmt.Sprintf("selvedge-bench-%d", os.Getpid()), i.Memory, i.Cores)
	if err != nil {
		return nil, err
	}
	command, err := i.command(ctx, "selvedge", group)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(i.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	command.Stdout, command.Stderr = log, log
	begin := time.Now()
	if err = command.Start(); err != nil {
		return nil, err
	}
	exited, ended := context.WithCancelCause(context.Background())
	process := &Process{Pid: command.Process.Pid, command: command, group: group, exited: exited, log: log}
	go func() {
		_ = command.Wait()
		ended(fmt.Errorf("the operator ended: %s%s", command.ProcessState, group.story()))
	}()
	if err = process.await(ctx); err != nil {
		process.Stop()
		return nil, fmt.Errorf("%w; see %s", err, i.Log)
	}
	process.Ready = time.Since(begin)
	process.ReadyCPU, process.ReadyThreads = process.CPU(), process.Threads()
	return process, nil
}

func (p *Process) await(ctx context.Context) error {
	for {
		select {
		case <-p.exited.Done():
			return context.Cause(p.exited)
		case <-ctx.Done():
			return fmt.Errorf("the operator is not ready: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
		if connection, err := net.Dial("tcp", XDS); err == nil {
			connection.Close()
			if response, err := http.Get(health); err == nil {
				response.Body.Close()
				if response.StatusCode == http.StatusOK {
					return nil
				}
			}
		}
	}
}

// Ended is done when the operator has ended; its cause says how.
func (p *Process) Ended() context.Context { return p.exited }

// Stop ends it and waits for its end.
func (p *Process) Stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited.Done():
	// A JVM in training writes its cache when it ends, which takes a while.
	case <-time.After(2 * time.Minute):
		_ = p.command.Process.Kill()
		<-p.exited.Done()
	}
	_ = p.group.remove()
	p.log.Close()
}

// Metrics are the operator's own numbers, by name and labels as Prometheus writes them.
func Metrics() (map[string]float64, error) {
	response, err := http.Get("http://127.0.0.1:8080/q/metrics")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return parseMetrics(string(text)), nil
}

func parseMetrics(text string) map[string]float64 {
	values := map[string]float64{}
	for line := range strings.Lines(text) {
		var value float64
		name, number, found := strings.Cut(strings.TrimSpace(line), " ")
		if closing := strings.LastIndex(line, "} "); closing >= 0 {
			name, number, found = line[:closing+1], strings.TrimSpace(line[closing+2:]), true
		}
		if found && !strings.HasPrefix(line, "#") {
			if _, err := fmt.Sscan(number, &value); err == nil {
				values[name] = value
			}
		}
	}
	return values
}
