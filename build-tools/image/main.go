// SPDX-License-Identifier: Apache-2.0

// Command image writes an OCI image archive from root directories, without a registry or a container engine.
// The same files and flags always give the same bytes.
//
//	image -out proxy.tar -name selvedge.dev/proxy:dev -user 1337:1337 -entrypoint /usr/local/bin/envoy base rootfs
//
// Each argument is one layer, lowest first: a directory, or DIR@/PREFIX to place its content below PREFIX.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// list is a flag that may be given more than once.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	var image Image
	var entrypoint, env, labels list
	out := flag.String("out", "", "archive to write")
	flag.StringVar(&image.Name, "name", "", "full name with tag, as a pod spec gives it")
	flag.StringVar(&image.Architecture, "arch", runtime.GOARCH, "architecture of the binaries inside, as Go names it")
	flag.StringVar(&image.User, "user", "65532:65532", "numeric uid:gid of the process")
	flag.StringVar(&image.WorkingDir, "workdir", "/", "working directory of the process")
	flag.Var(&entrypoint, "entrypoint", "one word of the entrypoint; repeat for more")
	flag.Var(&env, "env", "NAME=value; repeat for more")
	flag.Var(&labels, "label", "key=value; repeat for more")
	flag.Parse()

	image.Entrypoint, image.Env = entrypoint, env
	image.Labels = map[string]string{}
	for _, label := range labels {
		key, value, _ := strings.Cut(label, "=")
		image.Labels[key] = value
	}
	for _, arg := range flag.Args() {
		dir, prefix, _ := strings.Cut(arg, "@")
		image.Layers = append(image.Layers, Layer{Dir: dir, Prefix: prefix})
	}
	digest, err := writeArchive(*out, image)
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
	fmt.Println(digest)
}

// writeArchive replaces the archive only when it is complete.
func writeArchive(path string, image Image) (string, error) {
	partial := path + ".partial"
	file, err := os.Create(partial)
	if err != nil {
		return "", err
	}
	defer os.Remove(partial)
	digest, err := image.Write(file)
	if err != nil {
		file.Close()
		return "", err
	}
	if err := file.Close(); err != nil {
		return "", err
	}
	return digest, os.Rename(partial, path)
}
