# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The cluster's certificate authorities, certificates and kubeconfigs, in $DIR/pki.

make_authority() { # NAME
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 365 -subj "/CN=$1" \
        -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature \
        -keyout "$DIR/pki/$1.key" -out "$DIR/pki/$1.crt" 2>/dev/null
}

# issue AUTHORITY NAME SUBJECT [SAN]: a certificate for client and server use.
issue() {
    local authority=$DIR/pki/$1 san=(-addext "subjectAltName=${4:-DNS:unused.invalid}")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 365 -subj "$3" \
        -CA "$authority.crt" -CAkey "$authority.key" "${san[@]}" \
        -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
        -addext extendedKeyUsage=serverAuth,clientAuth \
        -keyout "$DIR/pki/$2.key" -out "$DIR/pki/$2.crt" 2>/dev/null
}

make_pki() {
    install -d -m 700 "$DIR/pki"
    make_authority ca
    make_authority front-proxy-ca
    issue front-proxy-ca front-proxy-client /CN=front-proxy-client
    issue ca apiserver /CN=kube-apiserver \
        "IP:127.0.0.1,IP:$API_IP,IP:$(net4 0).1,IP:$SERVICE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local"
    issue ca apiserver-kubelet-client /O=system:masters/CN=kube-apiserver
    issue ca admin /O=system:masters/CN=admin
    openssl genrsa -out "$DIR/pki/service-account.key" 2048 2>/dev/null
    write_kubeconfig "$DIR/kubeconfig" admin
}

# write_kubeconfig FILE CERTIFICATE: self-contained, so that it can be copied away. The key is
# in the form that names its algorithm, since not every client looks into the other (PKCS #8).
write_kubeconfig() {
    (
        umask 077
        cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: selvedge-$NAME
    cluster:
      server: $API_URL
      certificate-authority-data: $(base64 -w0 <"$DIR/pki/ca.crt")
users:
  - name: $2
    user:
      client-certificate-data: $(base64 -w0 <"$DIR/pki/$2.crt")
      client-key-data: $(openssl pkey -traditional -in "$DIR/pki/$2.key" | base64 -w0)
contexts:
  - name: selvedge-$NAME
    context: {cluster: selvedge-$NAME, user: $2}
current-context: selvedge-$NAME
YAML
    )
}
