// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Image is what an archive is made of.
type Image struct {
	Name         string // full name with tag
	Architecture string // as Go names it
	User         string // numeric uid:gid
	WorkingDir   string
	Entrypoint   []string
	Env          []string // NAME=value
	Labels       map[string]string
	Layers       []Layer // lowest first
}

const (
	mediaTypeIndex    = "application/vnd.oci.image.index.v1+json"
	mediaTypeManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaTypeConfig   = "application/vnd.oci.image.config.v1+json"
	mediaTypeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

type config struct {
	Created string `json:"created"`
	platform
	Config process `json:"config"`
	RootFS rootFS  `json:"rootfs"`
}

type process struct {
	User       string            `json:"User,omitempty"`
	Env        []string          `json:"Env,omitempty"`
	Entrypoint []string          `json:"Entrypoint,omitempty"`
	WorkingDir string            `json:"WorkingDir,omitempty"`
	Labels     map[string]string `json:"Labels,omitempty"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

// dockerManifest lets engines read the archive that do not know the OCI layout.
type dockerManifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// Write writes the archive and returns the digest of the manifest.
func (i Image) Write(w io.Writer) (string, error) {
	slash, colon := strings.LastIndex(i.Name, "/"), strings.LastIndex(i.Name, ":")
	if slash < 0 || colon < slash {
		return "", fmt.Errorf("name %q: expected host/name:tag", i.Name)
	}
	tag := i.Name[colon+1:]
	if len(i.Layers) == 0 {
		return "", errors.New("no layers")
	}

	archive := layout{tar.NewWriter(w)}
	target := platform{Architecture: i.Architecture, OS: "linux"}
	image := config{
		Created:  epoch.Format("2006-01-02T15:04:05Z"),
		platform: target,
		Config:   process{i.User, i.Env, i.Entrypoint, i.WorkingDir, i.Labels},
		RootFS:   rootFS{Type: "layers"},
	}
	made := manifest{SchemaVersion: 2, MediaType: mediaTypeManifest}
	docker := dockerManifest{RepoTags: []string{i.Name}}
	written := map[string]bool{}
	for _, layer := range i.Layers {
		blob, diffID, err := archive.layer(layer, written)
		if err != nil {
			return "", err
		}
		image.RootFS.DiffIDs = append(image.RootFS.DiffIDs, diffID)
		made.Layers = append(made.Layers, blob)
		docker.Layers = append(docker.Layers, blobPath(blob.Digest))
	}

	var err error
	if made.Config, err = archive.json(mediaTypeConfig, image); err != nil {
		return "", err
	}
	root, err := archive.json(mediaTypeManifest, made)
	if err != nil {
		return "", err
	}
	root.Platform = &target
	root.Annotations = map[string]string{
		"io.containerd.image.name":          i.Name,
		"org.opencontainers.image.ref.name": tag,
	}
	docker.Config = blobPath(made.Config.Digest)
	return root.Digest, archive.close(index{2, mediaTypeIndex, []descriptor{root}}, docker)
}

// layout is an OCI image layout inside a tar.
type layout struct{ tar *tar.Writer }

// layer packs into a temporary file first, because a tar wants the size before the content.
func (l layout) layer(layer Layer, written map[string]bool) (descriptor, string, error) {
	packed, err := os.CreateTemp("", "layer-")
	if err != nil {
		return descriptor{}, "", err
	}
	defer os.Remove(packed.Name())
	defer packed.Close()
	hash := sha256.New()
	diffID, err := layer.pack(io.MultiWriter(packed, hash))
	if err != nil {
		return descriptor{}, "", err
	}
	size, err := packed.Seek(0, io.SeekCurrent)
	if err != nil {
		return descriptor{}, "", err
	}
	blob := descriptor{MediaType: mediaTypeLayer, Digest: fmt.Sprintf("sha256:%x", hash.Sum(nil)), Size: size}
	if written[blob.Digest] {
		return blob, diffID, nil
	}
	written[blob.Digest] = true
	if _, err := packed.Seek(0, io.SeekStart); err != nil {
		return descriptor{}, "", err
	}
	return blob, diffID, l.file(blobPath(blob.Digest), size, packed)
}

func (l layout) json(mediaType string, value any) (descriptor, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return descriptor{}, err
	}
	digest := fmt.Sprintf("sha256:%x", sha256.Sum256(content))
	blob := descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(content))}
	return blob, l.file(blobPath(digest), blob.Size, bytes.NewReader(content))
}

// close writes the files that name the blobs.
func (l layout) close(root index, docker dockerManifest) error {
	files := []struct {
		name  string
		value any
	}{
		{"index.json", root},
		{"manifest.json", []dockerManifest{docker}},
		{"oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"}},
	}
	for _, file := range files {
		content, err := json.Marshal(file.value)
		if err != nil {
			return err
		}
		if err := l.file(file.name, int64(len(content)), bytes.NewReader(content)); err != nil {
			return err
		}
	}
	return l.tar.Close()
}

func (l layout) file(name string, size int64, content io.Reader) error {
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: epoch}
	if err := l.tar.WriteHeader(header); err != nil {
		return err
	}
	_, err := io.Copy(l.tar, content)
	return err
}

func blobPath(digest string) string {
	return "blobs/sha256/" + strings.TrimPrefix(digest, "sha256:")
}
