# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# OCI archives: written for the cluster's own two images, read to know what an archive holds.

PAUSE_IMAGE=selvedge.dev/pause:1
COREDNS_IMAGE=selvedge.dev/coredns:1

# write_archive ARCHIVE IMAGE USER PROGRAM: an image of one static program, which is its entrypoint.
write_archive() {
    local archive=$1 image=$2 user=$3 program=$4 work layer config manifest
    [[ -f $archive ]] && return
    work=$(mktemp -d)
    mkdir -p "$work/root" "$work/oci/blobs/sha256"
    install -m 755 "$program" "$work/root/"
    deterministic_tar "$work/root" "$work/layer"
    layer=$(add_blob "$work" <"$work/layer")
    config=$(add_blob "$work" < <(jq -cn --arg user "$user" --arg entry "/$(basename "$program")" \
        --arg layer "sha256:$layer" --arg arch "$(oci_architecture)" \
        '{architecture: $arch, os: "linux", config: {User: $user, Entrypoint: [$entry]},
          rootfs: {type: "layers", diff_ids: [$layer]}}'))
    manifest=$(add_blob "$work" < <(jq -cn --argjson config "$(descriptor "$work" config.v1+json "$config")" \
        --argjson layer "$(descriptor "$work" layer.v1.tar "$layer")" \
        '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: $config, layers: [$layer]}'))
    jq -cn --arg image "$image" --argjson manifest "$(descriptor "$work" manifest.v1+json "$manifest")" \
        '{schemaVersion: 2, manifests: [$manifest + {annotations: {"io.containerd.image.name": $image}}]}' \
        >"$work/oci/index.json"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$work/oci/oci-layout"
    deterministic_tar "$work/oci" "$archive.new"
    mv "$archive.new" "$archive"
    rm -rf "$work"
}

deterministic_tar() {
    tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --format=ustar -cf "$2" .
}

# add_blob WORK: stores standard input under its digest and prints the digest.
add_blob() {
    local digest
    cat >"$1/blob"
    digest=$(sha256sum <"$1/blob" | cut -d' ' -f1)
    mv "$1/blob" "$1/oci/blobs/sha256/$digest"
    echo "$digest"
}

descriptor() {
    jq -cn --arg type "application/vnd.oci.image.$2" --arg digest "sha256:$3" \
        --argjson size "$(stat -c %s "$1/oci/blobs/sha256/$3")" '{mediaType: $type, digest: $digest, size: $size}'
}

oci_architecture() {
    case $(uname -m) in
    x86_64) echo amd64 ;;
    aarch64) echo arm64 ;;
    *) uname -m ;;
    esac
}

# archive_images ARCHIVE: prints "name digest" for every image of an OCI archive;
# nothing for an archive of another format.
archive_images() {
    { tar -xOf "$1" index.json 2>/dev/null || tar -xOf "$1" ./index.json 2>/dev/null || echo '{}'; } |
        jq -r '.manifests[]? | "\(.annotations["io.containerd.image.name"] // .annotations["org.opencontainers.image.ref.name"]) \(.digest)"'
}
