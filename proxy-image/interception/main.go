// SPDX-License-Identifier: Apache-2.0

// Command interception leads the traffic of a pod through its proxy: it applies iptables rules that it is given as
// text, for iptables-restore. It is the entrypoint of the init container of a mesh pod. A second run leaves the same
// rules as the first.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"strings"
)

// addressesIPv6 lists the IPv6 addresses of this network namespace. It is missing or empty when there is no IPv6.
const addressesIPv6 = "/proc/net/if_inet6"

func main() {
	log.SetFlags(0)
	log.SetPrefix("interception: ")
	ipv4 := flag.String("ipv4", "", "rules for iptables-restore")
	ipv6 := flag.String("ipv6", "", "rules for ip6tables-restore; skipped in a pod without IPv6")
	flag.Parse()
	if flag.NArg() > 0 || (*ipv4 == "" && *ipv6 == "") {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*ipv4, *ipv6); err != nil {
		log.Fatal(err)
	}
}

func run(ipv4, ipv6 string) error {
	if ipv4 != "" {
		if err := apply(restorer("iptables-restore"), ipv4); err != nil {
			return fmt.Errorf("IPv4: %w", err)
		}
		log.Print("IPv4 rules applied")
	}
	if ipv6 == "" {
		return nil
	}
	if present, err := hasIPv6(addressesIPv6); err != nil {
		return err
	} else if !present {
		log.Print("IPv6 rules skipped: this pod has no IPv6 address")
		return nil
	}
	if err := apply(restorer("ip6tables-restore"), ipv6); err != nil {
		return fmt.Errorf("IPv6: %w", err)
	}
	log.Print("IPv6 rules applied")
	return nil
}

// restore hands a text to iptables-restore.
type restore func(text string) error

// apply adds the rules to what is there, and replaces those of an earlier run.
func apply(restore restore, text string) error {
	wanted, err := jumps(text)
	if err != nil {
		return err
	}
	present := map[jump]bool{}
	for _, jump := range wanted {
		present[jump] = restore(jump.question()) == nil
	}
	text, err = withoutDuplicates(text, present)
	if err != nil {
		return err
	}
	return restore(text)
}

func restorer(command string) restore {
	return func(text string) error {
		cmd := exec.Command(command, "--wait", "--noflush")
		cmd.Stdin = strings.NewReader(text)
		output, err := cmd.CombinedOutput()
		if err == nil {
			return nil
		}
		return fmt.Errorf("%s: %w: %s%s", command, err, strings.TrimSpace(string(output)), hint(string(output)))
	}
}

// hint says what to do about the failures that a cluster causes, not the rules.
func hint(output string) string {
	switch {
	case strings.Contains(output, "Permission denied"), strings.Contains(output, "you must be root"):
		return " (this container must run as root with the capabilities NET_ADMIN and NET_RAW)"
	case strings.Contains(output, "Could not fetch rule set generation id"), strings.Contains(output, "No such file"),
		strings.Contains(output, "not supported"):
		return " (the node's kernel must offer nf_tables with NAT, the owner match and the REDIRECT target)"
	default:
		return ""
	}
}

func hasIPv6(addresses string) (bool, error) {
	content, err := os.ReadFile(addresses)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(content) > 0, err
}
