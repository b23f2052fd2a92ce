# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What a cluster has beside Kubernetes itself: DNS, and the Gateway API's CRDs.

apply_addons() {
    apply_gateway_api
    core_dns | kubectl apply -f - >"$DIR/logs/coredns.log" 2>&1 || fail_with_log logs/coredns.log
}

# Server-side: the largest of these CRDs does not fit into an annotation.
apply_gateway_api() {
    [[ $GATEWAY_API ]] || return 0
    kubectl apply --server-side -f "$BIN/gateway-api" >"$DIR/logs/gateway-api.log" 2>&1 || fail_with_log logs/gateway-api.log
}

await_addons() {
    kubectl -n kube-system rollout status deployment/coredns --timeout=180s >/dev/null || {
        kubectl -n kube-system describe pods -l k8s-app=kube-dns >"$DIR/logs/coredns.log" 2>&1
        fail_with_log logs/coredns.log
    }
}

# Names outside the cluster do not exist, except the machine itself: an answer at once, and
# the same on every machine.
core_dns() {
    cat <<YAML
apiVersion: v1
kind: ServiceAccount
metadata: {name: coredns, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:coredns"}
rules:
  - {apiGroups: [""], resources: [endpoints, services, pods, namespaces], verbs: [list, watch]}
  - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: "system:coredns"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: "system:coredns"}
subjects: [{kind: ServiceAccount, name: coredns, namespace: kube-system}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    cluster.local in-addr.arpa ip6.arpa {
        errors
        health
        ready
        kubernetes {
            pods insecure
            ttl 5
        }
        cache 5
        reload
    }
    selvedge.test {
        hosts {
            $(net4 0).1 host.selvedge.test
            $(dual && echo "$(net6 0)::1 host.selvedge.test")
        }
    }
    . {
        template ANY ANY {
            rcode NXDOMAIN
        }
    }
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      serviceAccountName: coredns
      priorityClassName: system-cluster-critical
      dnsPolicy: Default
      containers:
        - name: coredns
          image: $COREDNS_IMAGE
          imagePullPolicy: Never
          args: [-conf, /etc/coredns/Corefile]
          ports:
            - {name: dns, containerPort: 53, protocol: UDP}
            - {name: dns-tcp, containerPort: 53, protocol: TCP}
          readinessProbe: {httpGet: {path: /ready, port: 8181}, periodSeconds: 1}
          resources: {requests: {cpu: 10m, memory: 30Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}
          volumeMounts: [{name: config, mountPath: /etc/coredns, readOnly: true}]
      volumes: [{name: config, configMap: {name: coredns}}]
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system, labels: {k8s-app: kube-dns, kubernetes.io/name: CoreDNS}}
spec:
  clusterIP: $DNS_IP
  selector: {k8s-app: kube-dns}
  ports:
    - {name: dns, port: 53, protocol: UDP}
    - {name: dns-tcp, port: 53, protocol: TCP}
YAML
}
