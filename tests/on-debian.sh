#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Builds and tests the project on another release of Debian, as root:
#
#   sh tests/on-debian.sh [OPTION...] SUITE [TEST...]
#
#   SUITE             bookworm, trixie, ...
#   TEST              names of tests; all if there is none
#   --folder=DIR      the Debian system: made by debootstrap when it is not there
#                     or empty, else used as it is, and left there. Without it, one
#                     in TMPDIR, removed at the end
#   --mirror=URL      where its packages come from; that of this machine's apt
#                     otherwise
#   --jobs=N          how many compilers at once
#   --interop         with the tests against other implementations of WebRTC,
#                     which need some hundred megabytes of packages more
#
# The source is copied in, the packages of tests/install-deps.sh are installed,
# warnings are errors, and the tests run once, as they are. The last line is
# "N passed, N failed"; the exit status is 0 when none failed, 1 when some did, and
# 2 when it did not come so far.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=
mirror=
jobs=
interop=
own_folder=no

fail() {
  echo "$0: $*" >&2
  exit 2
}

usage() {
  sed -n '6,23s/^# \{0,1\}//p' "$0"
}

while [ $# -gt 0 ]; do
  case $1 in
    --folder=*) folder=${1#*=} ;;
    --mirror=*) mirror=${1#*=} ;;
    --jobs=*) jobs=${1#*=} ;;
    --interop) interop=interop ;;
    --help | -h)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    -*)
      usage >&2
      fail "unknown option '$1'"
      ;;
    *) break ;;
  esac
  shift
done
if [ $# -eq 0 ]; then
  usage >&2
  exit 2
fi
suite=$1
shift
case $suite in
  '' | *[!a-z0-9-]*) fail "'$suite' is no name of a release" ;;
esac

[ "$(id -u)" -eq 0 ] ||
  fail "a system in a folder is made and entered by root only"

# What is mounted goes with the last process of the namespace, even if this one is
# killed.
if [ -z "${ON_DEBIAN_UNSHARED:-}" ] &&
    unshare --mount true > /dev/null 2>&1; then
  ON_DEBIAN_UNSHARED=yes
  export ON_DEBIAN_UNSHARED
  exec unshare --mount --propagation private sh "$0" \
    ${folder:+"--folder=$folder"} ${mirror:+"--mirror=$mirror"} \
    ${jobs:+"--jobs=$jobs"} ${interop:+--interop} -- "$suite" "$@"
fi
unset ON_DEBIAN_UNSHARED

clean_up() {
  status=$?
  trap - EXIT
  for place in dev/shm proc; do
    if mountpoint -q "$folder/$place"; then
      umount "$folder/$place" || umount -l "$folder/$place" || status=2
    fi
  done
  if [ $own_folder = yes ]; then
    if mountpoint -q "$folder/proc" || mountpoint -q "$folder/dev/shm"; then
      echo "$0: $folder is still in use and stays there" >&2
    else
      rm -rf "$folder"
    fi
  fi
  exit "$status"
}

# Where apt has the packages of Debian itself from.
mirror_of_apt() {
  command -v apt-get > /dev/null || return 0
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(REPO_URI) $(RELEASE)' \
    2> /dev/null | awk '
      $1 == "Packages" && $NF !~ /security/ && $(NF - 1) ~ /^https?:/ {
        # Before the first "apt-get update" nobody knows the origin.
        if ($2 == "Debian" || (NF == 3 && $(NF - 1) ~ /\/debian\/?$/)) {
          print $(NF - 1)
          exit
        }
      }'
}

if [ -z "$folder" ]; then
  folder=$(mktemp -d "${TMPDIR:-/tmp}/on-$suite-XXXXXX")
  own_folder=yes
fi
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
[ "$folder" != / ] || fail "that folder is this system itself"

if [ -z "$(ls -A "$folder")" ]; then
  command -v debootstrap > /dev/null ||
    fail "debootstrap is not installed: apt-get install debootstrap"
  [ -n "$mirror" ] || mirror=$(mirror_of_apt)
  [ -n "$mirror" ] ||
    fail "no mirror of Debian in this machine's apt sources, name one: --mirror=URL"
  if [ -z "${http_proxy:-}" ] && command -v apt-config > /dev/null; then
    proxy=
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [ -z "$proxy" ] || export http_proxy="$proxy"
  fi
  echo "== Debian $suite from $mirror in $folder"
  # A release that is younger than debootstrap is made as sid is.
  script=/usr/share/debootstrap/scripts
  [ -e "$script/$suite" ] && script= || script=$script/sid
  debootstrap --variant=minbase "$suite" "$folder" "$mirror" $script \
    > "$folder.log" 2>&1 || {
    tail -n 20 "$folder.log" >&2
    rm -f "$folder.log"
    fail "debootstrap failed"
  }
  rm -f "$folder.log"
  # Nothing of what is installed is started.
  printf '#!/bin/sh\nexit 101\n' > "$folder/usr/sbin/policy-rc.d"
  chmod +x "$folder/usr/sbin/policy-rc.d"
fi
[ -x "$folder/usr/bin/apt-get" ] || fail "$folder holds no Debian system"
found=$(sed -n 's/^VERSION_CODENAME=//p' "$folder/etc/os-release")
[ "$found" = "$suite" ] ||
  fail "$folder holds ${found:-something else}, not $suite"

mountpoint -q "$folder/proc" || mount -t proc proc "$folder/proc"
mountpoint -q "$folder/dev/shm" || mount -t tmpfs tmpfs "$folder/dev/shm"
[ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$folder/etc/resolv.conf"

# inside COMMAND...: with an environment of its own.
inside() {
  chroot "$folder" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    PYTHONDONTWRITEBYTECODE=1 ${http_proxy:+"http_proxy=$http_proxy"} "$@"
}

echo "== Source"
source=/root/gst-openai-realtime
build=$source-build
rm -rf "${folder:?}$source"
mkdir -p "$folder$source"
tar -C "$root" --exclude=./.git --exclude='./build*' --exclude='./answer.wav' \
  -cf - . | tar -C "$folder$source" --no-same-owner -xf -

echo "== Packages"
# shellcheck disable=SC2086
inside sh "$source/tests/install-deps.sh" build run talk tests $interop ||
  fail "the packages could not be installed"

echo "== Building"
log=$folder/root/build.log
inside rm -rf "$build"
if ! { inside meson setup "$build" "$source" --werror -Dtests=enabled \
    -Dexamples=enabled && inside ninja -C "$build" ${jobs:+-j"$jobs"}; } \
    > "$log" 2>&1; then
  tail -n 60 "$log" >&2
  echo "0 passed, 1 failed"
  fail "it does not build"
fi
inside pkg-config --modversion gstreamer-1.0 | sed 's/^/   GStreamer /'

echo "== Tests"
inside meson test -C "$build" --no-rebuild --print-errorlogs "$@" \
  < /dev/null || :
# shellcheck disable=SC2046
set -- $(inside /usr/bin/python3 - "$build/meson-logs/testlog.json" << 'END'
import json
import sys

counts = {"passed": 0, "failed": 0, "skipped": 0}
with open(sys.argv[1]) as log:
    for line in log:
        result = json.loads(line)["result"]
        if result in ("OK", "EXPECTEDFAIL"):
            counts["passed"] += 1
        elif result == "SKIP":
            counts["skipped"] += 1
        else:
            counts["failed"] += 1
print(*counts.values())
END
)
[ $# -eq 3 ] || fail "the tests did not run"
[ "$3" -eq 0 ] || echo "$3 skipped"
echo "$1 passed, $2 failed"
[ "$2" -eq 0 ]
