# SPDX-License-Identifier: Apache-2.0
# Images without a registry, and the Go modules they are made of. Included by the root Makefile.

GO_MODULES := build-tools/image proxy-image/interception proxy-image/drain sample-app src-tests/benchmarks

.PHONY: image image-proxy image-operator image-sample image-ratelimit test-images test-faults test-go build/envoy

image: ## Build the images: build/images/*.tar
	@build-tools/build-image proxy operator sample ratelimit

image-proxy: ## Build the proxy's image
	@build-tools/build-image proxy

image-operator: ## Build the operator's image
	@build-tools/build-image operator

image-sample: ## Build the sample application's image
	@build-tools/build-image sample

image-ratelimit: ## Build the image of the rate limit service
	@build-tools/build-image ratelimit

# The operator's image holds a cache of the JVM that is never the same twice.
test-images: image ## Check what is in the images, and that a second build gives the same bytes
	cd build/images && sha256sum proxy.tar sample.tar ratelimit.tar >SHA256SUMS && rm proxy.inputs sample.inputs ratelimit.inputs
	build-tools/build-image proxy sample ratelimit
	cd build/images && sha256sum --check --quiet SHA256SUMS
	IMAGES=$(CURDIR)/build/images go test -C build-tools/image -count=1 ./...
	proxy-image/test-interception
	build-tools/test-operator-image

test-faults: cluster-build image ## Check that the operator's image serves on a full disk, without the Gateway API, and among strangers
	build-tools/test-operator-faults

test-go: ## Unit tests of the Go modules
	for module in $(GO_MODULES); do go test -C $$module ./...; done

build/envoy: ## Fetch Envoy for tests on this machine: build/envoy
	@mkdir -p build
	@ln -sfn "$$(build-tools/fetch-envoy)" build/envoy
