# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# etcd, API server, controller manager and scheduler: processes of the machine itself, so
# that the API server reaches webhooks on the machine as well as in pods.

# The APIs for pod certificates and trust bundles are off by default.
FEATURE_GATES=ClusterTrustBundle=true,ClusterTrustBundleProjection=true,PodCertificateRequest=true

daemon() { # NAME COMMAND...
    spawn "$DIR/run/$1.pid" "$DIR/logs/$1.log" "${@:2}"
}

# freeze PROGRAM: it takes connections and answers nothing, as one that hangs.
freeze() { signal freeze STOP "${1-}"; }

thaw() { signal thaw CONT "${1-}"; }

signal() { # VERB SIGNAL PROGRAM
    local pid
    require_cluster
    [[ $3 =~ ^[a-z-]+$ ]] && pid=$(recorded_pid "$DIR/run/$3.pid") ||
        die "$1 needs a program of the control plane that runs, such as kube-apiserver: '$3'"
    kill "-$2" "$pid"
}

start_etcd() {
    daemon etcd "$BIN/etcd" --name=default --data-dir="$DIR/etcd" --unsafe-no-fsync --log-level=warn \
        --listen-client-urls="http://$ETCD_IP:22379" --advertise-client-urls="http://$ETCD_IP:22379" \
        --listen-peer-urls="http://$ETCD_IP:22380" --initial-advertise-peer-urls="http://$ETCD_IP:22380" \
        --initial-cluster="default=http://$ETCD_IP:22380" --snapshot-count=10000
}

start_apiserver() {
    local pki=$DIR/pki shape=()
    # Without a controller manager nobody makes the service accounts that pods would need.
    ((NODES)) || shape=(--disable-admission-plugins=ServiceAccount)
    # Some distributions check the rights of whoever sets owner references; what works under that works without it.
    local plugins=NodeRestriction,OwnerReferencesPermissionEnforcement
    daemon kube-apiserver "$BIN/kube-apiserver" \
        --etcd-servers="http://$ETCD_IP:22379" \
        --bind-address="$API_IP" --secure-port="$API_PORT" --advertise-address="$(net4 0).1" \
        --service-cluster-ip-range="$(families "$(services4)" "$(services6)")" \
        --authorization-mode=Node,RBAC --enable-admission-plugins="$plugins" --allow-privileged \
        --client-ca-file="$pki/ca.crt" \
        --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" \
        --kubelet-certificate-authority="$pki/ca.crt" \
        --kubelet-client-certificate="$pki/apiserver-kubelet-client.crt" \
        --kubelet-client-key="$pki/apiserver-kubelet-client.key" \
        --kubelet-preferred-address-types=InternalIP \
        --enable-aggregator-routing=true \
        --requestheader-client-ca-file="$pki/front-proxy-ca.crt" --requestheader-allowed-names=front-proxy-client \
        --requestheader-username-headers=X-Remote-User --requestheader-group-headers=X-Remote-Group \
        --requestheader-extra-headers-prefix=X-Remote-Extra- \
        --proxy-client-cert-file="$pki/front-proxy-client.crt" --proxy-client-key-file="$pki/front-proxy-client.key" \
        --service-account-issuer=https://kubernetes.default.svc.cluster.local \
        --service-account-key-file="$pki/service-account.key" \
        --service-account-signing-key-file="$pki/service-account.key" \
        --feature-gates="$FEATURE_GATES" --runtime-config=certificates.k8s.io/v1beta1=true \
        --profiling=false "${shape[@]}"
}

start_controllers() {
    issue ca controller-manager /CN=system:kube-controller-manager
    issue ca scheduler /CN=system:kube-scheduler
    write_kubeconfig "$DIR/pki/controller-manager.kubeconfig" controller-manager
    write_kubeconfig "$DIR/pki/scheduler.kubeconfig" scheduler
    daemon kube-controller-manager "$BIN/kube-controller-manager" \
        --kubeconfig="$DIR/pki/controller-manager.kubeconfig" --leader-elect=false --secure-port=0 \
        --use-service-account-credentials --service-account-private-key-file="$DIR/pki/service-account.key" \
        --root-ca-file="$DIR/pki/ca.crt" \
        --cluster-signing-cert-file="$DIR/pki/ca.crt" --cluster-signing-key-file="$DIR/pki/ca.key" \
        --flex-volume-plugin-dir="$DIR/plugins" --feature-gates="$FEATURE_GATES" --profiling=false
    daemon kube-scheduler "$BIN/kube-scheduler" \
        --kubeconfig="$DIR/pki/scheduler.kubeconfig" --leader-elect=false --secure-port=0 --profiling=false
}

kubectl() { "$BIN/kubectl" --kubeconfig "$DIR/kubeconfig" "$@"; }

api_ready() { kubectl get --raw=/readyz --request-timeout=5s; }

# await_api: ready, or one of the two processes has ended and its log says why.
await_api() {
    local deadline=$((SECONDS + 90)) name
    until api_ready >/dev/null 2>&1; do
        for name in etcd kube-apiserver; do
            if [[ -f $DIR/run/$name.pid ]] && not_running "$DIR/run/$name.pid"; then fail_with_log "logs/$name.log"; fi
        done
        ((SECONDS < deadline)) || fail_with_log logs/kube-apiserver.log
        sleep 0.2
    done
}

# fail_with_log FILE: the reason of a failure is at the end of a log.
fail_with_log() {
    local log=$DIR/$1
    say "$(basename "$log" .log) did not start; the end of $log:"
    tail -n 15 "$log" >&2 || true
    exit 1
}
