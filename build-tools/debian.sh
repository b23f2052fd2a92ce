# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Sourced by build-image: root directories from Debian packages, with nothing in them that could run a script.

# What iptables with the nf_tables backend needs beside glibc.
iptables_packages=(iptables libmnl0 libnftnl11 libxtables12)

# debian_packages NAME... prints "FILE HASH" of the version that apt would install, one package a line.
debian_packages() {
  local uris
  uris=$(apt-get download --print-uris "$@" 2>/dev/null) ||
    { apt-get update -qq >&2 && uris=$(apt-get download --print-uris "$@"); } || die "apt does not know all of: $*"
  awk '{ sub("SHA256:", "", $4); print $2, $4 }' <<<"$uris" | LC_ALL=C sort
}

# debian_root DIR NAME... unpacks packages into a root directory, without documents, scripts and character tables.
debian_root() {
  local root=$1 debs=$SELVEDGE_CACHE/downloads packages file hash
  shift
  packages=$(debian_packages "$@")
  # What image scanners look for, in the form that distroless images have.
  mkdir -p "$debs" "$root/var/lib/dpkg/status.d"
  while read -r file hash; do
    debian_download "$debs" "$file" "$hash"
    dpkg-deb --extract "$debs/$file" "$root"
    dpkg-deb --field "$debs/$file" >"$root/var/lib/dpkg/status.d/${file%%_*}"
  done <<<"$packages"
  debian_trim "$root"
}

# debian_download FOLDER FILE SHA256
debian_download() {
  [[ -f $1/$2 ]] && return
  local work name=${2%%_*}
  work=$(mktemp -d "$1/.$name-XXXXXX")
  (cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$name" >&2)
  echo "$3  $work/$2" | sha256sum --check --quiet >&2 || die "$2 is not what apt announced"
  mv "$work/$2" "$1/$2"
  rmdir "$work"
}

debian_trim() {
  local root=$1
  find "$root/usr/share/doc" -not -type d -not -name copyright -delete
  rm -rf "$root"/usr/share/{base-files,bash-completion,bug,info,lintian,locale,man} "$root"/usr/lib/*/gconv \
    "$root"/etc/{ca-certificates,default,issue,issue.net,profile.d,skel,update-motd.d} "${root:?}"/{boot,home}
  # Debian's maintainer scripts would make this bundle.
  if [[ -d $root/usr/share/ca-certificates ]]; then
    mkdir -p "$root/etc/ssl/certs"
    find "$root/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | xargs cat \
      >"$root/etc/ssl/certs/ca-certificates.crt"
    rm -rf "$root/usr/share/ca-certificates"
  fi
  local file magic
  while IFS= read -r -d '' file; do
    IFS= LC_ALL=C read -r -N 2 magic <"$file" 2>/dev/null || continue
    [[ $magic == '#!' ]] && rm "$file"
  done < <(find "$root" -type f -size +0 -print0)
  find "$root" -depth -type d -empty -not -path "$root/tmp" -delete
}
