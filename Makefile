# SPDX-License-Identifier: Apache-2.0
# Thin on purpose: each target calls one tool. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first JDK of 25 or newer: JAVA_HOME if it is one, else the usual folders.
export JAVA_HOME := $(shell build-tools/find-jdk 2>/dev/null)
# Maven Wrapper is not used: the wrapper's download site is not a package registry.
MVN := mvn -B -ntp -q
CLUSTER := src-tests/cluster/local/cluster
export SELVEDGE_CACHE ?= $(HOME)/.cache/selvedge

include build-tools/images.mk

.PHONY: help
help: ## List all targets
	@grep -hE '^[a-zA-Z_/-]+:.*?## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*?## "}; {printf "  %-18s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Install what is missing on a Debian machine (packages, Envoy), and check for a JDK and Go
	@build-tools/setup

.PHONY: demo
demo: setup ## The mesh on a local cluster, shown step by step; leaves the cluster running
	@src-tests/demo/demo up

.PHONY: demo-down
demo-down: ## Remove every trace of the demo
	@src-tests/demo/demo down

.PHONY: test
test: unit cluster-build ## Run everything
	@# Two at a time where both wait much; the operator's image is packaged from what the unit tests have built.
	$(MAKE) --jobs=2 integration image
	$(MAKE) test-images
	$(MAKE) --jobs=2 test-faults e2e

.PHONY: unit
unit: setup ## Unit tests, golden cases, architecture rules, tests with Envoy on loopback
	$(MVN) verify $(MVN_ARGS)
	for module in $(GO_MODULES); do go test -C $$module ./...; done

.PHONY: fuzz
DURATION ?= 300
fuzz: setup ## Hostile input for DURATION seconds, with seeds that are new each time and are printed
	$(MVN) verify -Dquick -Dfuzz.seconds=$(DURATION) -Dquarkus.build.skip=true -pl operator -am \
		-Dtest='StrangerTest,EvilProxyTest,EvilWebhookTest' -Dsurefire.failIfNoSpecifiedTests=false $(MVN_ARGS)

.PHONY: integration
integration: setup cluster-build ## Tests against a real kube-apiserver and in network namespaces
	$(MVN) verify -Dquick -DexcludedGroups=e2e,soak -Dgroups=cluster -Dquarkus.build.skip=true $(MVN_ARGS)

SOAK_SECONDS ?= 1800
.PHONY: soak
soak: setup cluster-build ## Faults for long and in large numbers: SOAK_SECONDS (default 1800; below it the API server is away for less than ten minutes), at least about 900
	$(MVN) verify -Dquick -pl operator -am -DexcludedGroups=e2e -Dgroups=soak -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dquarkus.build.skip=true -Dsoak.seconds=$(SOAK_SECONDS) $(MVN_ARGS)

.PHONY: e2e
e2e: setup cluster-build image ## End to end on real pods with real Envoy
	src-tests/e2e/run

.PHONY: conformance
conformance: setup cluster-build image ## Run the Gateway API's own suite against the mesh; the report is build/conformance/report.yaml
	src-tests/conformance/run

.PHONY: bench
bench: setup cluster-build image ## Measure the operator under load: SIZES=100x100 MODES=worst SCENARIOS=route-edit JFR=1
	src-tests/jmh/run
	src-tests/benchmarks/run
	[ -z "$${PAIR-yes}" ] || src-tests/benchmarks/pair/run

.PHONY: cluster-build
cluster-build: setup ## Build the local Kubernetes into the cache (once)
	@$(CLUSTER) build

.PHONY: golden
golden: ## Rewrite the golden cases from what the code does now
	$(MVN) test -Dquick -Dgolden.update=true -pl crd-model,compiler,reconcilers -am
	$(MVN) test -Dquick -Dgolden.update=true -pl operator -am -Dtest=DeliveryCostTest -Dsurefire.failIfNoSpecifiedTests=false

.PHONY: generate
generate: ## Regenerate the CRDs and the reference documents
	build-tools/generate

.PHONY: format
format: setup ## Format the sources
	$(MVN) com.diffplug.spotless:spotless-maven-plugin:apply
	gofmt -w $(GO_MODULES)

.PHONY: check
check: setup format generate ## Format, lint, regenerate; fail on a difference
	$(MVN) test-compile
	build-tools/check-scripts
	for module in $(GO_MODULES); do go vet -C $$module ./...; done
	@git diff --exit-code || { echo "make check: the files above were not formatted or not generated; commit what it changed"; exit 1; }

.PHONY: clean
clean: ## Remove build products (not the cache in SELVEDGE_CACHE)
	rm -rf build target */target src-tests/*/target
