// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"flag"
	"fmt"
	"log"
	"path/filepath"
	"strings"

	"selvedge.dev/benchmarks/kube"
	"selvedge.dev/benchmarks/operator"
	"selvedge.dev/benchmarks/world"
)

// webhookAddress is on the loopback interface; run sets it up.
const webhookAddress = "198.18.0.1"

// environment is an empty cluster, and the operator's image to run beside it.
type environment struct {
	out    string
	image  operator.Image
	bundle []byte
	roots  *x509.CertPool
}

// flags are those of every command that needs a cluster; the results are complete once they are parsed.
func (e *environment) flags(set *flag.FlagSet) (kubeconfig *string, complete func(name string)) {
	set.StringVar(&e.out, "out", "", "directory of the results")
	set.StringVar(&e.image.Root, "root", "", "the unpacked image of the operator")
	set.StringVar(&e.image.Launcher, "launcher", "", "the script in-image")
	memory := set.Int64("memory", 0, "the operator's limit of memory, in MiB")
	set.Float64Var(&e.image.Cores, "cores", 0, "the operator's limit of processors; 0 is none")
	options := set.String("options", "", "more options of the operator's JVM, with spaces")
	kubeconfig = set.String("kubeconfig", "", "of the cluster to fill")
	return kubeconfig, func(name string) {
		e.image.Memory = *memory << 20
		e.image.Options = strings.Fields(*options)
		e.image.Log = filepath.Join(e.out, "operator-"+name+".log")
	}
}

// begin makes a mesh with its trust and starts the operator as the image has it, whose webhooks then answer.
func (e *environment) begin(ctx context.Context, kubeconfig string) (*operator.Process, error) {
	client, err := kube.FromKubeconfig(kubeconfig)
	if err != nil {
		return nil, err
	}
	e.image.Client = client
	uid, err := world.CreateMesh(ctx, client)
	if err != nil {
		return nil, err
	}
	image := e.image
	image.Options = nil
	if err = image.Rotate(ctx, uid); err != nil {
		return nil, err
	}
	if err = e.trust(ctx); err != nil {
		return nil, err
	}
	if err = world.ServeWebhooks(ctx, client, operator.Namespace, webhookAddress); err != nil {
		return nil, err
	}
	process, err := image.Start(ctx)
	if err != nil {
		return nil, err
	}
	log.Printf("an empty mesh: serving after %.1f s and %.2f CPU s", process.Ready.Seconds(), process.ReadyCPU.Seconds())
	if err = world.AwaitInjector(ctx, client); err != nil {
		process.Stop()
		return nil, err
	}
	return process, nil
}

func (e *environment) trust(ctx context.Context) error {
	secret, err := e.image.Client.Get(ctx, "/api/v1/namespaces/"+operator.Namespace+"/secrets/selvedge-issuer")
	if err != nil {
		return err
	}
	if e.bundle, err = base64.StdEncoding.DecodeString(kube.Text(secret, "data", "ca.crt")); err != nil {
		return err
	}
	e.roots = x509.NewCertPool()
	if !e.roots.AppendCertsFromPEM(e.bundle) {
		return fmt.Errorf("no trust bundle in the issuer's Secret")
	}
	return nil
}
