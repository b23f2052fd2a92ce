# SPDX-License-Identifier: Apache-2.0
# Images without a registry, and the Go modules they are made of. Included by the root Makefile.

GO_MODULES := build-tools/image proxy-image/interception sample-app

.PHONY: image image-proxy image-operator image-sample test-images test-go build/envoy

image: ## Build the images: build/images/*.tar
	@build-tools/build-image proxy operator sample

image-proxy: ## Build the proxy's image
	@build-tools/build-image proxy

image-operator: ## Build the operator's image
	@build-tools/build-image operator

image-sample: ## Build the sample application's image
	@build-tools/build-image sample

test-images: image ## Check what is in the images, and that a second build gives the same bytes
	sha256sum build/images/*.tar >build/images/SHA256SUMS
	rm build/images/*.inputs
	build-tools/build-image proxy operator sample
	sha256sum --check --quiet build/images/SHA256SUMS
	IMAGES=$(CURDIR)/build/images go test -C build-tools/image -count=1 ./...
	proxy-image/test-interception

test-go: ## Unit tests of the Go modules
	for module in $(GO_MODULES); do go test -C $$module ./...; done

build/envoy: ## Fetch Envoy for tests on this machine: build/envoy
	@mkdir -p build
	@ln -sfn "$$(build-tools/fetch-envoy)" build/envoy
