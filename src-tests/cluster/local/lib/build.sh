# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Builds every program of a cluster from its Go module, once, into a directory named
# after the hash of the lock files and of this file (which holds the flags).

bin_dir() {
    local hash
    hash=$(cd "$ROOT" && uname -m | cat - go/*/go.mod go/*/go.sum local/pause/pause.c local/lib/build.sh local/lib/archive.sh |
        sha256sum | cut -c1-16)
    echo "$CACHE/bin-$hash"
}

module_version() { (cd "$ROOT/go/$1" && GOWORK=off GOFLAGS='' go list -m -f '{{.Version}}' "$2"); }

# go_build GROUP NAME PACKAGE [FLAGS...]
go_build() {
    local group=$1 name=$2 package=$3 started=$SECONDS
    shift 3
    [[ -x $BIN/$name ]] && return
    say "building $name"
    (cd "$ROOT/go/$group" && GOWORK=off GOFLAGS='' CGO_ENABLED=${CGO:-0} \
        go build -trimpath -buildvcs=false -mod=readonly -o "$BIN/.new" "$@" "$package") >&2 ||
        die "could not build $name from go/$group"
    mv "$BIN/.new" "$BIN/$name"
    say "built $name in $((SECONDS - started)) s"
}

require_go() {
    command -v go >/dev/null || die "the local cluster is built from Go modules: install Go 1.26 or newer (https://go.dev/dl)"
    local version
    version=$(cd "$ROOT/go/kubernetes" && go env GOVERSION 2>&1) && [[ $version =~ ^go1\.([0-9]+) ]] && ((BASH_REMATCH[1] >= 26)) ||
        die "the local cluster needs Go 1.26 or newer, found: $version (https://go.dev/dl)"
}

build_all() {
    local kubernetes name containerd=github.com/containerd/containerd/v2 strip="-s -w" started=$SECONDS
    require_go
    install_missing gcc=gcc /usr/include/stdio.h=libc6-dev pkg-config=pkg-config \
        '/usr/include/seccomp.h=libseccomp-dev'
    mkdir -p "$BIN"
    go_build etcd etcd go.etcd.io/etcd/server/v3 -ldflags "$strip"

    kubernetes=$(module_version kubernetes k8s.io/kubernetes)
    [[ $kubernetes =~ ^v([0-9]+)\.([0-9]+)\. ]]
    local version=k8s.io/component-base/version
    local stamp="$strip -X $version.gitVersion=$kubernetes -X $version.gitMajor=${BASH_REMATCH[1]} -X $version.gitMinor=${BASH_REMATCH[2]}"
    for name in kube-apiserver kubectl kube-controller-manager kube-scheduler kube-proxy kubelet; do
        go_build kubernetes "$name" "k8s.io/kubernetes/cmd/$name" -ldflags "$stamp"
    done

    for name in containerd containerd-shim-runc-v2 ctr; do
        go_build containerd "$name" "$containerd/cmd/$name" \
            -tags "no_btrfs no_zfs no_devmapper" \
            -ldflags "$strip -X $containerd/version.Version=$(module_version containerd "$containerd")"
    done
    CGO=1 go_build runc runc github.com/opencontainers/runc -tags seccomp -ldflags "$strip"

    mkdir -p "$BIN/cni"
    for name in ipam/host-local main/ptp main/loopback meta/portmap; do
        go_build cni-plugins "cni/${name#*/}" "github.com/containernetworking/plugins/plugins/$name" -ldflags "$strip"
    done
    go_build coredns coredns github.com/coredns/coredns -ldflags "$strip"

    build_pause
    build_system_images
    copy_gateway_api
    touch "$BIN/complete"
    remove_old_builds
    say "everything is built, in $((SECONDS - started)) s, in $BIN"
}

build_pause() {
    [[ -x $BIN/pause ]] && return
    gcc -Os -static -s -Wall -Werror -o "$BIN/.pause" "$ROOT/local/pause/pause.c"
    mv "$BIN/.pause" "$BIN/pause"
}

build_system_images() {
    mkdir -p "$BIN/images"
    write_archive "$BIN/images/pause.tar" "$PAUSE_IMAGE" 65535:65535 "$BIN/pause"
    write_archive "$BIN/images/coredns.tar" "$COREDNS_IMAGE" 65532:65532 "$BIN/coredns"
}

# The CRDs of the standard channel, and the policy that guards their upgrades.
copy_gateway_api() {
    local source
    [[ -d $BIN/gateway-api ]] && return
    (cd "$ROOT/go/gateway-api" && GOWORK=off GOFLAGS='' go mod download sigs.k8s.io/gateway-api) >&2
    source=$(cd "$ROOT/go/gateway-api" && GOWORK=off GOFLAGS='' go list -m -f '{{.Dir}}' sigs.k8s.io/gateway-api)
    rm -rf "$BIN/.gateway-api"
    mkdir "$BIN/.gateway-api"
    install -m 644 "$source"/config/crd/standard/*.yaml "$BIN/.gateway-api/"
    mv "$BIN/.gateway-api" "$BIN/gateway-api"
}

# ensure_built: one caller builds, the others wait for it.
ensure_built() {
    BIN=$(bin_dir)
    [[ -f $BIN/complete ]] || with_lock build build_unless_complete
    touch "$BIN/complete"
}

# remove_old_builds: those of other versions that nothing has used for a week.
remove_old_builds() {
    local old
    while read -r old; do
        grep -qsx "$old" "$CLUSTERS"/*/bin || rm -rf "$old"
    done < <(find "$CACHE" -maxdepth 2 -path '*/bin-*/complete' -mtime +7 -printf '%h\n')
}

build_unless_complete() { [[ -f $BIN/complete ]] || build_all; }
