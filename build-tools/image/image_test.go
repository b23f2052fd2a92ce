// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestSameFilesGiveTheSameBytes(t *testing.T) {
	first, second := rootDirectory(t), rootDirectory(t)
	// What a checkout or a file system may change must not matter.
	must(t, os.Chtimes(filepath.Join(second, "etc/hosts"), time.Unix(1, 0), time.Unix(2, 0)))
	must(t, os.Chmod(filepath.Join(second, "etc/hosts"), 0o600))

	a, b := write(t, first), write(t, second)

	if !bytes.Equal(a, b) {
		t.Error("two directories with the same content gave different archives")
	}
}

func TestAnotherContentGivesAnotherDigest(t *testing.T) {
	dir := rootDirectory(t)
	before := write(t, dir)
	must(t, os.WriteFile(filepath.Join(dir, "etc/hosts"), []byte("other"), 0o644))

	if bytes.Equal(before, write(t, dir)) {
		t.Error("changed content gave the same archive")
	}
}

func TestArchiveNamesTheImageForContainerdAndDocker(t *testing.T) {
	files := untar(t, bytes.NewReader(write(t, rootDirectory(t))))

	var root index
	must(t, json.Unmarshal(files["index.json"].content, &root))
	if got := root.Manifests[0].Annotations["io.containerd.image.name"]; got != "selvedge.dev/thing:dev" {
		t.Errorf("io.containerd.image.name = %q", got)
	}
	var docker []dockerManifest
	must(t, json.Unmarshal(files["manifest.json"].content, &docker))
	if got := docker[0].RepoTags[0]; got != "selvedge.dev/thing:dev" {
		t.Errorf("RepoTags = %q", got)
	}
}

func TestEveryDescriptorMatchesItsBlob(t *testing.T) {
	files := untar(t, bytes.NewReader(write(t, rootDirectory(t))))
	var root index
	must(t, json.Unmarshal(files["index.json"].content, &root))
	var made manifest
	must(t, json.Unmarshal(blob(t, files, root.Manifests[0]), &made))
	var image config
	must(t, json.Unmarshal(blob(t, files, made.Config), &image))

	if len(made.Layers) != len(image.RootFS.DiffIDs) {
		t.Fatalf("%d layers, %d diff ids", len(made.Layers), len(image.RootFS.DiffIDs))
	}
	for i, layer := range made.Layers {
		unpacked := gunzip(t, blob(t, files, layer))
		if got := fmt.Sprintf("sha256:%x", sha256.Sum256(unpacked)); got != image.RootFS.DiffIDs[i] {
			t.Errorf("layer %d: diff id %s, content %s", i, image.RootFS.DiffIDs[i], got)
		}
	}
	if image.Config.User != "1337:1337" || image.Config.Entrypoint[0] != "/bin/tool" || image.OS != "linux" {
		t.Errorf("config = %+v", image)
	}
}

func TestLayerKeepsLinksAndExecutablesAndIsOwnedByRoot(t *testing.T) {
	var packed bytes.Buffer
	_, err := Layer{Dir: rootDirectory(t), Prefix: "/opt/app"}.pack(&packed)
	must(t, err)
	files := untar(t, bytes.NewReader(gunzip(t, packed.Bytes())))

	expect := func(name string, mode int64, typeflag byte, link string) {
		t.Helper()
		file, ok := files[name]
		if !ok {
			t.Errorf("%s is missing", name)
			return
		}
		if file.Mode != mode || file.Typeflag != typeflag || file.Linkname != link || file.Uid != 0 || file.Gid != 0 {
			t.Errorf("%s: %+v", name, file.Header)
		}
	}
	expect("opt/", 0o755, tar.TypeDir, "")
	expect("opt/app/", 0o755, tar.TypeDir, "")
	expect("opt/app/bin/tool", 0o755, tar.TypeReg, "")
	expect("opt/app/bin/alias", 0o777, tar.TypeSymlink, "tool")
	expect("opt/app/etc/hosts", 0o644, tar.TypeReg, "")
	expect("opt/app/tmp/", 0o1777, tar.TypeDir, "")
}

func TestNameWithoutTagIsRefused(t *testing.T) {
	for _, name := range []string{"", "proxy", "host:5000/proxy"} {
		_, err := Image{Name: name, Layers: []Layer{{Dir: t.TempDir()}}}.Write(io.Discard)
		if err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}

func TestFailedWriteLeavesTheOldArchive(t *testing.T) {
	out := filepath.Join(t.TempDir(), "image.tar")
	must(t, os.WriteFile(out, []byte("old"), 0o644))

	_, err := writeArchive(out, Image{Name: "a/b:c", Layers: []Layer{{Dir: "/no/such/directory"}}})

	content, _ := os.ReadFile(out)
	if err == nil || string(content) != "old" {
		t.Errorf("err = %v, content = %q", err, content)
	}
	if _, err := os.Stat(out + ".partial"); err == nil {
		t.Error("the partial archive was left behind")
	}
}

type entry struct {
	tar.Header
	content []byte
}

func rootDirectory(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"bin", "etc", "tmp"} {
		must(t, os.Mkdir(filepath.Join(dir, sub), 0o750))
	}
	must(t, os.Chmod(filepath.Join(dir, "tmp"), 0o777|os.ModeSticky))
	must(t, os.WriteFile(filepath.Join(dir, "bin/tool"), []byte("binary"), 0o700))
	must(t, os.Symlink("tool", filepath.Join(dir, "bin/alias")))
	must(t, os.WriteFile(filepath.Join(dir, "etc/hosts"), []byte("127.0.0.1 localhost"), 0o644))
	return dir
}

func write(t *testing.T, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	_, err := Image{
		Name:         "selvedge.dev/thing:dev",
		Architecture: "amd64",
		User:         "1337:1337",
		Entrypoint:   []string{"/bin/tool"},
		Labels:       map[string]string{"b": "2", "a": "1"},
		Layers:       []Layer{{Dir: dir}, {Dir: dir, Prefix: "/opt/app"}, {Dir: dir}},
	}.Write(&out)
	must(t, err)
	return out.Bytes()
}

func untar(t *testing.T, r io.Reader) map[string]entry {
	t.Helper()
	files := map[string]entry{}
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return files
		}
		must(t, err)
		content, err := io.ReadAll(archive)
		must(t, err)
		if _, twice := files[header.Name]; twice {
			t.Errorf("%s is in the archive twice", header.Name)
		}
		files[header.Name] = entry{*header, content}
	}
}

func blob(t *testing.T, files map[string]entry, d descriptor) []byte {
	t.Helper()
	content := files[blobPath(d.Digest)].content
	if got := fmt.Sprintf("sha256:%x", sha256.Sum256(content)); got != d.Digest || int64(len(content)) != d.Size {
		t.Fatalf("descriptor %+v, blob %s of %d bytes", d, got, len(content))
	}
	return content
}

func gunzip(t *testing.T, packed []byte) []byte {
	t.Helper()
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	must(t, err)
	content, err := io.ReadAll(reader)
	must(t, err)
	return content
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
