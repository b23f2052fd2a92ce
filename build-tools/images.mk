# SPDX-License-Identifier: Apache-2.0
# Images without a registry. Included by the root Makefile.

.PHONY: build/envoy
build/envoy: ## Fetch Envoy for tests on this machine: build/envoy
	@mkdir -p build
	@ln -sfn "$$(build-tools/fetch-envoy)" build/envoy
