// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The images that were built, as IMAGES names their folder; `make test-images` does. The first program is the
// entrypoint.
var built = map[string]struct {
	user     string
	programs []string
}{
	"proxy": {"1337:1337", []string{
		"/usr/local/bin/envoy", "/usr/local/bin/interception", "/usr/local/bin/drain", "/usr/sbin/xtables-nft-multi",
	}},
	"operator": {"65532:65532", []string{"/opt/java/bin/java", "/opt/java/bin/jcmd"}},
	"sample":   {"65532:65532", []string{"/usr/local/bin/sample"}},
	"ratelimit": {"65532:65532", []string{
		"/usr/local/bin/ratelimit", "/usr/bin/redis-server",
	}},
}

func TestBuiltImages(t *testing.T) {
	folder := os.Getenv("IMAGES")
	if folder == "" {
		t.Skip("IMAGES does not name the folder of the built images")
	}
	for name, expected := range built {
		t.Run(name, func(t *testing.T) {
			config, files := open(t, filepath.Join(folder, name+".tar"))
			if config.Config.User != expected.user {
				t.Errorf("runs as %s", config.Config.User)
			}
			if config.Config.Entrypoint[0] != expected.programs[0] {
				t.Errorf("entrypoint %s", config.Config.Entrypoint)
			}
			for _, program := range expected.programs {
				if entry, ok := files[program]; !ok || entry.Mode&0o111 == 0 {
					t.Errorf("%s is not an executable of the image", program)
				}
			}
			checkNothingRunsScripts(t, files)
			checkOwnersAndModes(t, files)
			checkLibraries(t, files)
		})
	}
}

// checkNothingRunsScripts finds shells and interpreters by name, and scripts by content.
func checkNothingRunsScripts(t *testing.T, files map[string]entry) {
	interpreters := []string{"sh", "bash", "dash", "ash", "busybox", "toybox", "perl", "python3", "env"}
	for name, file := range files {
		if slices.Contains(interpreters, path.Base(name)) && file.Typeflag != tar.TypeDir {
			t.Errorf("%s is in the image", name)
		}
		if bytes.HasPrefix(file.content, []byte("#!")) {
			t.Errorf("%s is a script", name)
		}
	}
}

func checkOwnersAndModes(t *testing.T, files map[string]entry) {
	for name, file := range files {
		writable := file.Mode&0o022 != 0 && file.Typeflag != tar.TypeSymlink && name != "/tmp"
		if file.Uid != 0 || file.Gid != 0 || file.Mode&0o6000 != 0 || writable {
			t.Errorf("%s: owner %d:%d, mode %o", name, file.Uid, file.Gid, file.Mode)
		}
	}
}

// checkLibraries requires every library that a binary of the image asks for.
func checkLibraries(t *testing.T, files map[string]entry) {
	present := map[string]bool{}
	for name := range files {
		present[path.Base(name)] = true
	}
	for name, file := range files {
		binary, err := elf.NewFile(bytes.NewReader(file.content))
		if err != nil {
			continue
		}
		libraries, err := binary.ImportedLibraries()
		must(t, err)
		for _, library := range libraries {
			if !present[library] {
				t.Errorf("%s needs %s", name, library)
			}
		}
	}
}

// open reads an archive: its configuration, and its files by absolute path, upper layers last.
func open(t *testing.T, archive string) (config, map[string]entry) {
	t.Helper()
	file, err := os.Open(archive)
	must(t, err)
	defer file.Close()
	outer := untar(t, file)
	var root index
	must(t, json.Unmarshal(outer["index.json"].content, &root))
	var made manifest
	must(t, json.Unmarshal(blob(t, outer, root.Manifests[0]), &made))
	var image config
	must(t, json.Unmarshal(blob(t, outer, made.Config), &image))
	files := map[string]entry{}
	for _, layer := range made.Layers {
		for name, file := range untar(t, bytes.NewReader(gunzip(t, blob(t, outer, layer)))) {
			files["/"+strings.TrimSuffix(name, "/")] = file
		}
	}
	return image, files
}
