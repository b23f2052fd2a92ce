# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Nodes. A node is a network namespace, and a mount and a pid namespace around node-main,
# which starts containerd, kubelet and kube-proxy. When its first process dies, everything
# inside dies and every mount disappears, so no list of either has to be kept.

node_dir() { echo "$DIR/nodes/node$1"; }
zone() { if (($1 % 2)); then echo a; else echo b; fi; }

# prepare_node K: everything that needs no API server.
prepare_node() {
    local k=$1 node
    node=$(node_dir "$k")
    mkdir -p "$node"/{log,kubelet,containerd,cni,cni-bin,plugins,pki}
    connect_node "$k"
    make_cgroups "selvedge-$NAME/node$k"
    issue ca "node$k" "/O=system:nodes/CN=system:node:node$k" \
        "DNS:node$k,IP:$(net4 0).$((10 + k))$(dual && echo ",IP:$(net6 0)::$((10 + k))")"
    issue ca "node$k-proxy" /CN=system:kube-proxy
    cp "$DIR/pki/ca.crt" "$node/pki/ca.crt"
    cp "$DIR/pki/node$k.crt" "$node/pki/kubelet.crt"
    cp "$DIR/pki/node$k.key" "$node/pki/kubelet.key"
    write_kubeconfig "$node/kubelet.kubeconfig" "node$k"
    write_kubeconfig "$node/kube-proxy.kubeconfig" "node$k-proxy"
    : >"$node/resolv.conf"
    write_containerd_config >"$node/containerd.toml"
    install -m 755 "$HERE/no-dad" "$node/cni-bin/"
    write_cni_config "$k" >"$node/cni/10-pods.conflist"
    write_kubelet_config "$k" >"$node/kubelet.yaml"
    write_kube_proxy_config "$k" >"$node/kube-proxy.yaml"
}

start_node() {
    local k=$1
    daemon "node$k" nsenter --net="/run/netns/$(node_ns "$k")" \
        unshare --mount --propagation=private --pid --fork --kill-child --mount-proc \
        bash "$HERE/node-main" "$BIN" "$(node_dir "$k")" \
        --hostname-override="node$k" \
        --node-ip="$(families "$(net4 0).$((10 + k))" "$(net6 0)::$((10 + k))")" \
        --node-labels="topology.kubernetes.io/region=local,topology.kubernetes.io/zone=$(zone "$k")"
}

# Overlay on overlay is refused by the kernel (a cluster inside a container): copies then.
snapshotter() {
    local probe=$DIR/probe answer=native
    mkdir -p "$probe"/{lower,upper,work,merged}
    if unshare --mount mount -t overlay overlay \
        -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work" "$probe/merged" 2>/dev/null; then
        answer=overlayfs
    fi
    rm -rf "$probe"
    echo "$answer"
}

write_containerd_config() {
    local cri="io.containerd.cri.v1" snapshotter
    snapshotter=$(snapshotter)
    cat <<TOML
version = 3
root = '/run/node/containerd'
state = '/run/containerd'
imports = []
disabled_plugins = [
  'io.containerd.nri.v1.nri', 'io.containerd.internal.v1.opt', 'io.containerd.image-verifier.v1.bindir',
  'io.containerd.snapshotter.v1.blockfile', 'io.containerd.snapshotter.v1.erofs',
]

[plugins.'$cri.images']
  snapshotter = '$snapshotter'
  [plugins.'$cri.images'.pinned_images]
    sandbox = '$PAUSE_IMAGE'

[plugins.'$cri.runtime']
  disable_apparmor = true
  # Lowering the score of the out-of-memory killer needs CAP_SYS_RESOURCE, which root may lack.
  restrict_oom_score_adj = true
  [plugins.'$cri.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'
    [plugins.'$cri.runtime'.containerd.runtimes.runc.options]
      BinaryName = '/run/bin/runc'
      SystemdCgroup = false
  [plugins.'$cri.runtime'.cni]
    bin_dirs = ['/run/bin/cni', '/run/node/cni-bin']
    conf_dir = '/run/node/cni'

[plugins.'io.containerd.transfer.v1.local']
  [[plugins.'io.containerd.transfer.v1.local'.unpack_config]]
    platform = 'linux/$(oci_architecture)'
    snapshotter = '$snapshotter'

[plugins.'io.containerd.metadata.v1.bolt']
  no_sync = true
TOML
}

# Point to point: every packet between two pods is routed by the node, so that a reply
# passes kube-proxy's rules on its way back, also when both pods are on one node.
write_cni_config() {
    local k=$1 first="" ranges routes='{"dst": "0.0.0.0/0"}'
    ranges="[{\"subnet\": \"$(pods4 "$k")\"}]"
    if dual; then
        ranges+=", [{\"subnet\": \"$(pods6 "$k")\"}]"
        routes+=', {"dst": "::/0"}'
        first='{"type": "no-dad"},'
    fi
    cat <<JSON
{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    $first
    {
      "type": "ptp",
      "ipMasq": false,
      "ipam": {"type": "host-local", "dataDir": "/run/cni", "ranges": [$ranges], "routes": [$routes]}
    },
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
JSON
}

# What would change the machine (reservations, kernel settings) or act on its load
# (eviction, image collection) is off.
write_kubelet_config() {
    cat <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: true}
  x509: {clientCAFile: /run/node/pki/ca.crt}
authorization: {mode: Webhook}
tlsCertFile: /run/node/pki/kubelet.crt
tlsPrivateKeyFile: /run/node/pki/kubelet.key
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
clusterDNS: [$DNS_IP]
clusterDomain: cluster.local
resolvConf: /run/node/resolv.conf
cgroupDriver: cgroupfs
cgroupRoot: /selvedge-$NAME/node$1
failCgroupV1: false
failSwapOn: false
enforceNodeAllocatable: []
evictionHard: {}
imageGCHighThresholdPercent: 100
imageGCLowThresholdPercent: 99
oomScoreAdj: 0
serializeImagePulls: false
volumePluginDir: /run/node/plugins
registryPullQPS: 0
eventRecordQPS: 0
featureGates:
  ClusterTrustBundle: true
  ClusterTrustBundleProjection: true
  PodCertificateRequest: true
YAML
}

# Limits of connection tracking cannot be set from inside a network namespace.
write_kube_proxy_config() {
    cat <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
clientConnection: {kubeconfig: /run/node/kube-proxy.kubeconfig}
hostnameOverride: node$1
mode: iptables
clusterCIDR: "$(families "$(all_pods4)" "$(all_pods6)")"
detectLocalMode: ClusterCIDR
oomScoreAdj: 0
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
iptables: {minSyncPeriod: 200ms}
YAML
}

nodes_ready() {
    local ready
    ready=$(kubectl get nodes -o jsonpath='{range .items[*]}{.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}')
    [[ $(grep -c True <<<"$ready") == "$NODES" ]]
}

await_nodes() {
    await 180 "$NODES ready nodes" nodes_ready || fail_with_log "$(first_unready)"
    say "$NODES nodes are ready"
}

first_unready() {
    local k
    for ((k = 1; k <= NODES; k++)); do
        [[ $(kubectl get node "node$k" -o jsonpath='{.status.conditions[?(@.type=="Ready")].status}' 2>/dev/null) == True ]] ||
            break
    done
    echo "nodes/node$k/log/kubelet.log"
}

# in_node K COMMAND...
in_node() {
    local pid inner
    pid=$(recorded_pid "$DIR/run/node$1.pid") || die "node$1 of cluster '$NAME' does not run"
    inner=$(<"/proc/$pid/task/$pid/children")
    CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS=1 PATH=/run/bin:$PATH nsenter --target "${inner%% *}" --mount --net --pid "${@:2}"
}

enter() {
    require_cluster
    BIN=$(cat "$DIR/bin")
    local node=${1?"enter needs a node, such as node1"}
    shift
    (($#)) || set -- bash
    in_node "${node#node}" "$@"
}

# make_cgroups PATH: in every hierarchy of version 1, or in the one of version 2.
make_cgroups() {
    local root=/sys/fs/cgroup hierarchy part path
    if [[ -f $root/cgroup.controllers ]]; then
        path=$root
        for part in ${1//\// }; do
            echo "+cpu +cpuset +memory +pids" >"$path/cgroup.subtree_control" ||
                die "cannot delegate cgroup controllers below $path (inside a container, run it with --cgroupns=host)"
            path+=/$part
            mkdir -p "$path"
        done
        return
    fi
    for hierarchy in "$root"/*/; do
        [[ -e $hierarchy/cgroup.procs && ! -L ${hierarchy%/} ]] || continue
        mkdir -p "$hierarchy$1"
    done
}

remove_cgroups() {
    local top directory
    for top in "/sys/fs/cgroup/selvedge-$NAME" /sys/fs/cgroup/*/"selvedge-$NAME"; do
        [[ -d $top && ! -L $(dirname "$top") ]] || continue
        while read -r directory; do
            await 10 "the last process in $directory" rmdir "$directory" || true
        done < <(find "$top" -depth -type d)
    done
}
