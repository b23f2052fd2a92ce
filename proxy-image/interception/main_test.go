// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const rules = `# a mesh pod
*nat
:PREROUTING ACCEPT [0:0]
:MESH_IN - [0:0]
:MESH_OUT - [0:0]
-A PREROUTING -p tcp -j MESH_IN
-A OUTPUT -p tcp -j MESH_OUT
-A MESH_IN -p tcp -j REDIRECT --to-ports 15006
-A MESH_OUT -m owner --uid-owner 1337 -j RETURN
COMMIT
`

var (
	inJump  = jump{"nat", "PREROUTING -p tcp -j MESH_IN"}
	outJump = jump{"nat", "OUTPUT -p tcp -j MESH_OUT"}
)

func TestJumpsAreTheRulesInChainsOfTheKernel(t *testing.T) {
	found, err := jumps(rules)
	if err != nil || !slices.Equal(found, []jump{inJump, outJump}) {
		t.Errorf("jumps = %v, %v", found, err)
	}
}

func TestAChainIsOwnOnlyInItsTable(t *testing.T) {
	found, err := jumps("*nat\n:MINE -\nCOMMIT\n*mangle\n-A MINE -j ACCEPT\nCOMMIT\n")
	if err != nil || !slices.Equal(found, []jump{{"mangle", "MINE -j ACCEPT"}}) {
		t.Errorf("jumps = %v, %v", found, err)
	}
}

func TestMalformedTextIsRefused(t *testing.T) {
	for _, text := range []string{"-A OUTPUT -j ACCEPT", "*nat\n-A OUTPUT -j ACCEPT", "*nat\n*mangle\nCOMMIT"} {
		if _, err := jumps(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

func TestFirstRunAppliesTheRulesAsTheyAre(t *testing.T) {
	kernel := &fakeKernel{}
	if err := apply(kernel.restore, rules); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(kernel.applied, "-D") {
		t.Errorf("deletes a rule that is not there:\n%s", kernel.applied)
	}
}

func TestSecondRunDeletesEachPresentJumpBeforeItIsAdded(t *testing.T) {
	kernel := &fakeKernel{present: []jump{outJump}}
	if err := apply(kernel.restore, rules); err != nil {
		t.Fatal(err)
	}
	expected := "-A PREROUTING -p tcp -j MESH_IN\n-D OUTPUT -p tcp -j MESH_OUT\n-A OUTPUT -p tcp -j MESH_OUT\n"
	if !strings.Contains(kernel.applied, expected) || strings.Count(kernel.applied, "-D") != 1 {
		t.Errorf("applied:\n%s", kernel.applied)
	}
}

func TestAFailedRestoreIsReported(t *testing.T) {
	kernel := &fakeKernel{failure: errors.New("no such target")}
	if err := apply(kernel.restore, rules); !errors.Is(err, kernel.failure) {
		t.Errorf("err = %v", err)
	}
}

func TestACommandThatFailsSaysItsNameAndOutput(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'Permission denied (you must be root)' >&2\nexit 4\n"
	if err := os.WriteFile(filepath.Join(dir, "iptables-restore"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))

	err := run(rules, "")

	for _, part := range []string{"IPv4", "iptables-restore", "exit status 4", "Permission denied", "NET_ADMIN"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q is missing in: %v", part, err)
		}
	}
}

func TestIPv6IsPresentWhenThereIsAnAddress(t *testing.T) {
	dir := t.TempDir()
	empty, one := filepath.Join(dir, "empty"), filepath.Join(dir, "one")
	if err := errors.Join(os.WriteFile(empty, nil, 0o644), os.WriteFile(one, []byte("00 lo\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
	for path, expected := range map[string]bool{empty: false, one: true, filepath.Join(dir, "missing"): false} {
		if present, err := hasIPv6(path); present != expected || err != nil {
			t.Errorf("%s: %v, %v", path, present, err)
		}
	}
}

// fakeKernel knows which jumps are there and keeps the text that was applied.
type fakeKernel struct {
	present []jump
	applied string
	failure error
}

func (k *fakeKernel) restore(text string) error {
	if !strings.Contains(text, "-C ") {
		k.applied = text
		return k.failure
	}
	for _, jump := range k.present {
		if jump.question() == text {
			return nil
		}
	}
	return errors.New("bad rule (does a matching rule exist in that chain?)")
}
