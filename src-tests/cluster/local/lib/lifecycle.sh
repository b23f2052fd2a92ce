# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# up, down and status. The state of a cluster is the directory $DIR:
#   index size stack bin    what it was made with       run/   recorded processes
#   owner                   the process it is for       logs/  one per program
#   ready                   written last by up
#   kubeconfig pki/ etcd/   and nodes/nodeK/            all that a node writes

require_cluster() { [[ -f $DIR/ready ]] || die "no cluster '$NAME' is up; start it with: cluster up --name $NAME"; }

list_clusters() {
    local file directory
    for file in "$CLUSTERS"/*/index; do
        [[ -f $file ]] || continue
        directory=$(dirname "$file")
        echo "$(basename "$directory")$([[ -f $directory/ready ]] || echo " (not up)")"
    done
}

# family_of REQUEST: auto is both families where the kernel has IPv6.
family_of() {
    local ipv6=no
    if [[ -e /proc/net/if_inet6 ]]; then ipv6=yes; fi
    case $1-$ipv6 in
    dual-no) die "--dual-stack: this kernel has no IPv6" ;;
    ipv4-* | auto-no) echo ipv4 ;;
    *) echo dual ;;
    esac
}

up() {
    local nodes=$1 stack started=$SECONDS
    stack=$(family_of "$2")
    ensure_built
    remove_orphans
    install_missing openssl=openssl jq=jq
    if ((nodes)); then
        install_missing ip=iproute2 iptables=iptables sysctl=procps mount=mount
    fi
    lock "cluster-$NAME"
    if [[ -f $DIR/ready ]]; then
        if healthy; then
            same_shape "$nodes" "$2"
            say "cluster '$NAME' already runs"
            echo "$DIR/kubeconfig"
            unlock
            return
        fi
        say "cluster '$NAME' is broken: it is made anew"
    fi
    remove_everything
    trap abandon EXIT
    trap 'exit 130' INT TERM
    start "$nodes" "$stack" "$3"
    trap - EXIT INT TERM
    unlock
    say "cluster '$NAME' is up after $((SECONDS - started)) s: export KUBECONFIG=$DIR/kubeconfig"
    echo "$DIR/kubeconfig"
}

# remove_orphans: clusters whose owner was killed before it could remove them.
remove_orphans() {
    local owner orphan
    for owner in "$CLUSTERS"/*/owner; do
        [[ -f $owner ]] || continue
        not_running "$owner" || continue
        orphan=$(basename "$(dirname "$owner")")
        say "the owner of cluster '$orphan' has ended"
        "$HERE/cluster" down --name "$orphan"
    done
}

same_shape() {
    local size stack
    size=$(cat "$DIR/size")
    stack=$(cat "$DIR/stack")
    [[ $1 == "$size" && $2 =~ ^(auto|$stack)$ ]] ||
        die "cluster '$NAME' already runs with $size nodes ($stack); to change that: cluster down --name $NAME"
}

# After a failed start everything stops; the logs stay until the next up or down.
abandon() {
    local status=$?
    trap '' INT TERM
    say "cluster '$NAME' did not start (exit $status); logs: $DIR/logs"
    stop_everything
    unlock
    exit "$status"
}

start() {
    local nodes=$1 k
    mkdir -p "$CLUSTERS"
    with_lock allocation claim_index
    mkdir -p "$DIR/run" "$DIR/logs"
    echo "$nodes" >"$DIR/size"
    echo "$2" >"$DIR/stack"
    echo "$BIN" >"$DIR/bin"
    [[ -z $3 ]] || echo "$3 $(start_time "$3")" >"$DIR/owner"
    load_addresses
    say "starting cluster '$NAME': $NODES nodes, $STACK, in $DIR"

    if ((NODES)); then make_switch; fi
    start_etcd
    make_pki
    start_apiserver
    for ((k = 1; k <= NODES; k++)); do prepare_node "$k"; done
    await_api
    say "the API server answers"
    if ((NODES)); then
        start_controllers
        apply_addons
        for ((k = 1; k <= NODES; k++)); do start_node "$k"; done
        route_services
        await_nodes
        load_system_images
        await_addons
    else
        apply_gateway_api
    fi
    touch "$DIR/ready"
}

healthy() {
    local pidfile
    BIN=$(cat "$DIR/bin")
    load_addresses
    for pidfile in "$DIR"/run/*.pid; do
        recorded_pid "$pidfile" >/dev/null || return 1
    done
    # Patient: on a busy machine a slow answer is no reason to throw a cluster away.
    await 60 "the API server of '$NAME'" api_ready
}

down() {
    lock "cluster-$NAME"
    trap 'exit 130' INT TERM
    remove_everything
    unlock
    rmdir "$CLUSTERS" "$(dirname "$CLUSTERS")" 2>/dev/null || true
    say "cluster '$NAME' is gone"
}

remove_everything() {
    stop_everything
    rm -rf "$DIR"
}

# stop_everything: also after an up that was killed at any point.
stop_everything() {
    local pidfiles
    rm -f "$DIR/ready"
    mapfile -t pidfiles < <(compgen -G "$DIR/run/*.pid" || true)
    kill_recorded "${pidfiles[@]}"
    remove_network
    remove_cgroups
}

status() {
    local pidfile name
    [[ -d $DIR ]] || { say "no cluster '$NAME'"; return 1; }
    for pidfile in "$DIR"/run/*.pid; do
        name=$(basename "$pidfile" .pid)
        if recorded_pid "$pidfile" >/dev/null; then echo "$name runs"; else echo "$name DOES NOT RUN"; fi
    done
    echo "programs    $(cat "$DIR/bin")"
    echo "logs        $DIR/logs"
    echo "kubeconfig  $DIR/kubeconfig"
    [[ -f $DIR/ready ]] || { say "cluster '$NAME' is not up"; return 1; }
    healthy || { say "cluster '$NAME' is broken; up makes it anew"; return 1; }
    kubectl get nodes -o wide
}
