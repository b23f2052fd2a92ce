# SPDX-License-Identifier: Apache-2.0
# Images without a registry. Included by the root Makefile.

.PHONY: image image-proxy image-operator image-sample build/envoy

image: image-proxy image-operator image-sample ## Build the images: build/images/*.tar

image-proxy: ## Build the proxy's image
	@build-tools/build-image proxy

image-operator: ## Build the operator's image (after operator/target/quarkus-app)
	@build-tools/build-image operator

image-sample: ## Build the sample application's image
	@build-tools/build-image sample

build/envoy: ## Fetch Envoy for tests on this machine: build/envoy
	@mkdir -p build
	@ln -sfn "$$(build-tools/fetch-envoy)" build/envoy
