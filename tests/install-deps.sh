#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Installs Debian packages, one list per purpose. Why each one is there is
# written in docs/dependencies.md.
#
#   sh tests/install-deps.sh PURPOSE...     installs what is missing
#   sh tests/install-deps.sh --list PURPOSE...   only prints the names
#
# What is there already is left alone, so that no network is needed then.
#
# In the lists, A|B is A, or B where Debian has no A any more; B=5 is B of
# version 5 or later.
set -eu

# To compile the elements, the emulator and the tests.
build='
gcc
gettext
libc6-dev
libglib2.0-dev
libgstreamer-plugins-bad1.0-dev
libgstreamer-plugins-base1.0-dev
libgstreamer1.0-dev
libjson-glib-dev
libopus-dev
libsoup-3.0-dev
libssl-dev
meson
ninja-build
pkg-config
'

# To use the elements.
run='
ca-certificates
glib-networking
gstreamer1.0-alsa
gstreamer1.0-nice
gstreamer1.0-plugins-bad
gstreamer1.0-plugins-base
gstreamer1.0-plugins-good
gstreamer1.0-tools
'

# To let the emulator understand speech and speak: --mind talk. The grammar
# compiler of sphinxbase-utils, since its version 5 of pocketsphinx, is needed when
# it is built.
talk='
espeak-ng
gstreamer1.0-pocketsphinx
pocketsphinx-en-us
sphinxbase-utils|pocketsphinx=5
'

# To run all tests.
tests='
alsa-utils
gir1.2-gstreamer-1.0
iproute2
libasan8
libasound2-plugins
libgnutls28-dev
libgstrtspserver-1.0-dev
libubsan1
pocketsphinx-testdata
python3
python3-gi
'

# To run the tests against other implementations of WebRTC and HTTP.
interop='
chromium
coturn
iproute2
nginx-light
python3
python3-aiohttp
python3-aiortc
python3-cryptography
python3-numpy
'

# To compare with others: tests/benchmarks.
benchmarks='
alsa-utils
chromium
iproute2
python3
python3-aiohttp
python3-aiortc
python3-numpy
valgrind
'

list_only=no
if [ "${1:-}" = --list ]; then
  list_only=yes
  shift
fi
if [ $# -eq 0 ]; then
  echo "usage: $0 [--list] build|run|talk|tests|interop|benchmarks..." >&2
  exit 2
fi

wanted=
for purpose in "$@"; do
  case $purpose in
    build) wanted="$wanted $build" ;;
    run) wanted="$wanted $run" ;;
    talk) wanted="$wanted $talk" ;;
    tests) wanted="$wanted $tests" ;;
    interop) wanted="$wanted $interop" ;;
    benchmarks) wanted="$wanted $benchmarks" ;;
    *)
      echo "$0: unknown purpose '$purpose'" >&2
      exit 2
      ;;
  esac
done

# The first of A|B|... that apt can install; the first one if it knows none, which
# apt-get then says.
choose() {
  for choice in $(echo "$1" | tr '|' ' '); do
    if [ -n "$(apt-cache -q show --no-all-versions "${choice%=*}" 2> /dev/null)" ]; then
      echo "${choice%=*}"
      return
    fi
  done
  choice=${1%%|*}
  echo "${choice%=*}"
}

# Those of $1, a list, one a line.
choose_all() {
  for package in $1; do
    choose "$package"
  done
}

if [ $list_only = yes ]; then
  choose_all "$wanted"
  exit 0
fi

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
  echo "This is not a Debian system; these must be installed already:"
  choose_all "$wanted"
  exit 0
fi

# is_installed NAME[=VERSION]
is_installed() {
  # shellcheck disable=SC2016
  set -- "$1" "$(dpkg-query -W -f '${db:Status-Status} ${Version}\n' "${1%=*}" \
    2> /dev/null | head -n 1)"
  case $2 in
    'installed '*) ;;
    *) return 1 ;;
  esac
  case $1 in
    *=*) dpkg --compare-versions "${2#* }" ge "${1#*=}" ;;
  esac
}

missing=
for package in $wanted; do
  for choice in $(echo "$package" | tr '|' ' '); do
    if is_installed "$choice"; then
      package=
      break
    fi
  done
  missing="$missing${package:+ $package}"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
  echo "Missing packages; as root, run:" >&2
  # shellcheck disable=SC2046
  echo "  apt-get install --no-install-recommends" $(choose_all "$missing") >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# After an update, which choose() needs as well.
install() {
  # shellcheck disable=SC2046
  set -- $(choose_all "$missing")
  echo "Installing with apt-get: $*"
  apt-get -q install -y --no-install-recommends "$@" < /dev/null \
    >> "$log" 2>&1 || return 1
  # Tests run these by themselves; servers for all were not asked for.
  for package in "$@"; do
    case $package in
      coturn) service=coturn ;;
      nginx-light) service=nginx ;;
      *) continue ;;
    esac
    if [ -d /run/systemd/system ]; then
      systemctl -q disable --now "$service" >> "$log" 2>&1 || return 1
    fi
  done
}
if apt-get -q update < /dev/null > "$log" 2>&1 && install; then
  rm -f "$log"
else
  tail -n 40 "$log" >&2
  rm -f "$log"
  echo "$0: apt-get failed" >&2
  exit 1
fi
