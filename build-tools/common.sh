# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by the build scripts: where the cache is, how to say something, how to get a missing tool.
: "${SELVEDGE_CACHE:=$HOME/.cache/selvedge}"

log() { echo "==> $*" >&2; }

die() {
  echo "error: $*" >&2
  exit 1
}

# need COMMAND:PACKAGE... installs the Debian package of each command that is not there.
need() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  command -v apt-get >/dev/null || die "please install: ${missing[*]}"
  log "installing ${missing[*]}"
  apt_install "${missing[@]}" || { apt-get update -qq >&2 && apt_install "${missing[@]}"; } ||
    die "could not install: ${missing[*]}"
}

apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "$@" >&2 </dev/null
}

# go_build MODULE OUTPUT [PACKAGE]
go_build() {
  local output
  output=$(realpath -m "$2")
  log "compiling $1"
  (cd "$1" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' -o "$output" "${3:-.}")
}
