# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Images without a registry: archives are imported into the containerd of every node.

load() {
    require_cluster
    BIN=$(cat "$DIR/bin")
    load_addresses
    (($#)) || die "load needs archives: cluster load build/images/*.tar"
    ((NODES)) || die "cluster '$NAME' has no nodes to load images into"
    local archive
    for archive in "$@"; do
        [[ -f $archive ]] || die "no such archive: $archive"
    done
    import_everywhere "$@"
}

# One import per node at a time, all nodes in parallel.
import_everywhere() {
    local k jobs=() job
    for ((k = 1; k <= NODES; k++)); do
        import "$k" "$@" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do
        wait "$job" || die "an image could not be imported (see above)"
    done
}

import() {
    local k=$1 archive started
    shift
    for archive in "$@"; do
        present "$k" "$archive" && continue
        started=$SECONDS
        in_node "$k" ctr -n k8s.io images import --snapshotter "$(snapshotter_of "$k")" - <"$archive" >/dev/null
        say "node$k has $(archive_images "$archive" | cut -d' ' -f1 | paste -sd' ') ($((SECONDS - started)) s)"
    done
}

# present K ARCHIVE: the node has each image of the archive, under its name and with its digest.
present() {
    local wanted have
    wanted=$(archive_images "$2" | sort)
    [[ -n $wanted ]] || return 1
    have=$(in_node "$1" ctr -n k8s.io images ls | awk '{print $1, $3}' | sort)
    [[ -z $(comm -23 <(echo "$wanted") <(echo "$have")) ]]
}

snapshotter_of() { sed -n "s/^  snapshotter = '\(.*\)'/\1/p" "$(node_dir "$1")/containerd.toml"; }

load_system_images() {
    local k
    for ((k = 1; k <= NODES; k++)); do
        await 30 "containerd of node$k" in_node "$k" ctr version || fail_with_log "nodes/node$k/log/containerd.log"
    done
    import_everywhere "$BIN/images/pause.tar" "$BIN/images/coredns.tar"
}
