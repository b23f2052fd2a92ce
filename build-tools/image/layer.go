// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

// Layer is the content of one directory, placed below Prefix in the image.
type Layer struct {
	Dir    string
	Prefix string
}

// epoch is the modification time of every file. It is not 1970, which some archive tools take for "unknown".
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// pack writes the layer as a compressed tar and returns the digest of the tar before compression.
func (l Layer) pack(w io.Writer) (diffID string, err error) {
	// The fastest level: an image is written and unpacked far more often than it is sent.
	compressed, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	archive := tar.NewWriter(io.MultiWriter(compressed, hash))
	if err := l.addParents(archive); err != nil {
		return "", err
	}
	// WalkDir visits in lexical order, so the order never depends on the file system.
	err = filepath.WalkDir(l.Dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return l.add(archive, file, entry)
	})
	if err != nil {
		return "", err
	}
	if err := archive.Close(); err != nil {
		return "", err
	}
	if err := compressed.Close(); err != nil {
		return "", err
	}
	return fmt.Sprintf("sha256:%x", hash.Sum(nil)), nil
}

// addParents writes the directories that lead to the prefix, the prefix included.
func (l Layer) addParents(archive *tar.Writer) error {
	var parents []string
	for dir := relative(l.Prefix); dir != "."; dir = path.Dir(dir) {
		parents = append([]string{dir}, parents...)
	}
	for _, dir := range parents {
		if err := archive.WriteHeader(directory(dir, 0o755)); err != nil {
			return err
		}
	}
	return nil
}

// add writes one file, owned by root. Of its mode only "executable" counts: the rest depends on the umask of whoever
// checked the file out.
func (l Layer) add(archive *tar.Writer, file string, entry fs.DirEntry) error {
	below, err := filepath.Rel(l.Dir, file)
	if err != nil || below == "." {
		return err
	}
	name := relative(path.Join(l.Prefix, filepath.ToSlash(below)))
	info, err := entry.Info()
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		mode := int64(0o755)
		if info.Mode()&fs.ModeSticky != 0 {
			mode = 0o1777
		}
		return archive.WriteHeader(directory(name, mode))
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(file)
		if err != nil {
			return err
		}
		return archive.WriteHeader(
			&tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777, ModTime: epoch})
	case info.Mode().IsRegular():
		return addFile(archive, file, name, info)
	default:
		return fmt.Errorf("%s: neither a file, a directory nor a symbolic link", file)
	}
}

func addFile(archive *tar.Writer, file, name string, info fs.FileInfo) error {
	mode := int64(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: mode, ModTime: epoch}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	content, err := os.Open(file)
	if err != nil {
		return err
	}
	defer content.Close()
	_, err = io.Copy(archive, content)
	return err
}

func directory(name string, mode int64) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: mode, ModTime: epoch}
}

// relative turns a path of the image into a name in the archive: "." for the root.
func relative(name string) string {
	clean := path.Clean("/" + name)[1:]
	if clean == "" {
		return "."
	}
	return clean
}
