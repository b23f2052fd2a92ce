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
  apt_update
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends "${missing[@]}" >&2 </dev/null
}

# apt-get update, unless the lists are younger than a day.
apt_update() {
  [[ -n $(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -1440 -print -quit 2>/dev/null) ]] && return
  apt-get update -qq >&2
}
