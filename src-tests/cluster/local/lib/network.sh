# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Addresses and links. A cluster's index I (0 to 31) fixes all of its addresses:
#
#   10.(160+I).0.0/24      the machine (.1) and node K (.10+K)      fd5e:1edd:I::/64
#   10.(160+I).(64+K).0/24 pods of node K                           fd5e:1edd:I:a0K::/64
#   10.(160+I).128.0/20    services                                 fd5e:1edd:I:128::/112
#   127.77.I.1             etcd; also the API server if no nodes
#
# The switch between the nodes is a bridge in a network namespace of its own. There no
# firewall rule of the machine applies, and the machine needs one link and no rule.

API_PORT=26443

net4() { echo "10.$((160 + INDEX)).$1"; }
net6() { echo "fd5e:1edd:$INDEX:$1"; }
pods4() { echo "$(net4 $((64 + $1))).0/24"; }
pods6() { echo "$(net6 "a0$1")::/64"; }
all_pods4() { echo "$(net4 64).0/18"; }
all_pods6() { echo "$(net6 a00)::/56"; }
services4() { echo "$(net4 128).0/20"; }
services6() { echo "$(net6 128)::/112"; }

dual() { [[ $STACK == dual ]]; }

# families A B: "A,B" in a dual-stack cluster, else "A".
families() { if dual; then echo "$1,$2"; else echo "$1"; fi; }

switch_ns() { echo "selvedge.$NAME.switch"; }
node_ns() { echo "selvedge.$NAME.node$1"; }
host_link() { echo "selvedge$INDEX"; }

# claim_index: takes the first index that no cluster holds and whose addresses nobody routes.
claim_index() {
    local index taken
    taken=" $({ cat "$CLUSTERS"/*/index 2>/dev/null || true; } | tr '\n' ' ') "
    for index in {0..31}; do
        [[ $taken == *" $index "* ]] && continue
        [[ -z $(ip -4 route show root "10.$((160 + index)).0.0/16" table all) ]] || continue
        mkdir -p "$DIR"
        echo "$index" >"$DIR/index"
        return
    done
    die "no free range in 10.160.0.0/11: see 'cluster list' and 'ip route'"
}

load_addresses() {
    INDEX=$(cat "$DIR/index")
    NODES=$(cat "$DIR/size")
    STACK=$(cat "$DIR/stack")
    ETCD_IP=127.77.$INDEX.1
    SERVICE_IP=$(net4 128).1
    DNS_IP=$(net4 128).10
    if ((NODES)); then API_IP=$(net4 0).1; else API_IP=$ETCD_IP; fi
    API_URL=https://$API_IP:$API_PORT
}

in_ns() { nsenter --net="/run/netns/$1" "${@:2}"; }

add_netns() {
    ip netns add "$1"
    in_ns "$1" ip link set lo up
}

make_switch() {
    local switch link
    switch=$(switch_ns)
    link=$(host_link)
    add_netns "$switch"
    in_ns "$switch" ip link add br0 type bridge
    # A bridge is no firewall, even where the kernel's default says so.
    in_ns "$switch" sh -c 'for f in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$f" ] || echo 0 >"$f"; done'
    in_ns "$switch" ip link set br0 up
    ip link add "$link" type veth peer name host netns "$switch"
    in_ns "$switch" ip link set host master br0 up
    ip addr add "$(net4 0).1/24" dev "$link"
    if dual; then ip -6 addr add "$(net6 0)::1/64" dev "$link" nodad; fi
    ip link set "$link" up
}

# connect_node K: namespace, link to the switch, addresses, and the routes both ways.
connect_node() {
    local k=$1 other ns switch
    ns=$(node_ns "$k")
    switch=$(switch_ns)
    add_netns "$ns"
    ip -n "$ns" link add eth0 type veth peer name "node$k" netns "$switch"
    in_ns "$switch" ip link set "node$k" master br0 up
    in_ns "$ns" sysctl -qw net.ipv4.ip_forward=1
    ip -n "$ns" addr add "$(net4 0).$((10 + k))/24" dev eth0
    if dual; then
        in_ns "$ns" sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0
        ip -n "$ns" -6 addr add "$(net6 0)::$((10 + k))/64" dev eth0 nodad
    fi
    ip -n "$ns" link set eth0 up
    # A route for service addresses must exist, or a process of the node itself cannot
    # even open the connection that kube-proxy would then rewrite.
    ip -n "$ns" route add "$(services4)" via "$(net4 0).1"
    ip route add "$(pods4 "$k")" via "$(net4 0).$((10 + k))"
    if dual; then
        ip -n "$ns" -6 route add "$(services6)" via "$(net6 0)::1"
        ip -6 route add "$(pods6 "$k")" via "$(net6 0)::$((10 + k))"
    fi
    for ((other = 1; other <= NODES; other++)); do
        ((other != k)) || continue
        ip -n "$ns" route add "$(pods4 "$other")" via "$(net4 0).$((10 + other))"
        if dual; then ip -n "$ns" -6 route add "$(pods6 "$other")" via "$(net6 0)::$((10 + other))"; fi
    done
}

# disconnect NODE: as when its cable is pulled, but without a sign on either side: nobody is told that it is gone.
disconnect() { plug disconnect "${1-}" nomaster; }

reconnect() { plug reconnect "${1-}" master br0; }

plug() { # VERB NODE SETTING...
    require_cluster
    load_addresses
    [[ $2 =~ ^node[1-9]$ ]] && ((${2#node} <= NODES)) || die "$1 needs a node, such as node1: '$2'"
    in_ns "$(switch_ns)" ip link set "$2" "${@:3}"
}

# The machine reaches service addresses through the first node's kube-proxy.
route_services() {
    ip route add "$(services4)" via "$(net4 0).11"
    if dual; then ip -6 route add "$(services6)" via "$(net6 0)::11"; fi
}

remove_network() {
    local ns
    if [[ -f $DIR/index ]]; then
        INDEX=$(cat "$DIR/index")
        ip link del "$(host_link)" 2>/dev/null || true
    fi
    for ns in $(ip netns list | awk -v prefix="selvedge.$NAME." 'index($1, prefix) == 1 {print $1}'); do
        # Whatever is still inside is ours; entering a namespace of ours is the only way in.
        ip netns pids "$ns" | xargs -r kill -KILL 2>/dev/null || true
        ip netns del "$ns"
    done
}
