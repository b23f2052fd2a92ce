// Only the CRD manifests of this module are used, no Go code: "go mod tidy" would drop the line.
module selvedge.dev/cluster/gateway-api

go 1.26.0

require sigs.k8s.io/gateway-api v1.6.3
