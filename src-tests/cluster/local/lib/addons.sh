# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What a cluster has beside Kubernetes itself.

# Server-side: the largest of these CRDs does not fit into an annotation.
apply_gateway_api() { kubectl apply --server-side -f "$BIN/gateway-api" >"$DIR/logs/gateway-api.log" 2>&1 || fail_with_log gateway-api; }

apply_addons() { :; }
