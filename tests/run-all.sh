#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Installs what is missing (as root), builds with warnings as errors and runs
# the tests three times: as they are, under the leaks tracer of GStreamer, and
# with AddressSanitizer and UndefinedBehaviorSanitizer.
#
# The last line is "N passed, N failed" and counts each test of each run; the
# exit status is 0 when none failed.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
plain=$root/build-check
sanitized=$root/build-check-sanitized
passed=0
failed=0
skipped=0

cd "$root"
export LC_ALL=C.UTF-8
export PYTHONDONTWRITEBYTECODE=1
# Only what the tests set themselves reaches them.
unset OPENAI_API_KEY OPENAI_BASE_URL GST_DEBUG GST_TRACERS GST_PLUGIN_PATH \
  GST_PLUGIN_PATH_1_0 http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY \
  ALL_PROXY > /dev/null 2>&1 || :

sh tests/install-deps.sh build run talk tests interop

# build DIR [OPTION...]
build() {
  dir=$1
  shift
  echo "== Building in $dir"
  if [ ! -f "$dir/build.ninja" ]; then
    rm -rf "$dir"
    set -- "$dir" "$root" "$@"
  else
    set -- --reconfigure "$dir" "$root" "$@"
  fi
  mkdir -p "$dir"
  log=$dir/build.log
  if meson setup "$@" -Dwerror=true -Dtests=enabled -Dexamples=enabled \
      > "$log" 2>&1 && ninja -C "$dir" >> "$log" 2>&1; then
    return 0
  fi
  tail -n 60 "$log"
  echo "   does not build"
  return 1
}

# run NAME DIR [OPTION...]: one run of tests.
run() {
  name=$1
  dir=$2
  shift 2
  # Meson puts the name of a wrapper behind that of the log.
  rm -f "$dir/meson-logs/testlog-$name"*
  meson test -C "$dir" --no-rebuild --print-errorlogs --logbase "testlog-$name" \
    "$@" < /dev/null || :
}

# count NAME DIR: adds up how that run went; the names of the tests that failed go
# to DIR/failed-NAME.
count() {
  # shellcheck disable=SC2046
  set -- $(python3 - "$2/failed-$1" "$2/meson-logs/testlog-$1"*.json << 'END'
import json
import sys

counts = {"passed": 0, "failed": 0, "skipped": 0}
names = []
try:
    with open(sys.argv[2]) as log:
        for line in log:
            test = json.loads(line)
            result = test["result"]
            if result in ("OK", "EXPECTEDFAIL"):
                counts["passed"] += 1
            elif result == "SKIP":
                counts["skipped"] += 1
            else:
                counts["failed"] += 1
                names.append(test["name"].split(" / ")[-1])
except (FileNotFoundError, IndexError):
    counts["failed"] += 1
with open(sys.argv[1], "w") as failed:
    failed.write(" ".join(names))
print(*counts.values())
END
  )
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# again RUNNER NAME DIR [OPTION...]: what failed while the machine was shared gets
# a second try alone, as sound in real time does not bear being starved. The name of
# such a test is printed; that it failed at first is not hidden.
again() {
  runner=$1
  name=$2
  dir=$3
  shift 3
  [ -s "$dir/failed-$name" ] || return 0
  names=$(cat "$dir/failed-$name")
  for test in $names; do
    failed=$((failed - 1))
  done
  echo "== Second try ($name): $names"
  # shellcheck disable=SC2086
  "$runner" "again-$name" "$dir" --num-processes 1 "$@" $names
  count "again-$name" "$dir"
}

# register DIR: lets GStreamer look at the plugin in DIR, once. A registry for each
# build, as they would overwrite each other's entries in a common one.
register() {
  rm -f "$1/registry.bin"
  GST_REGISTRY_1_0="$1/registry.bin" \
    GST_PLUGIN_PATH_1_0="$1/gst/openairealtime" \
    gst-inspect-1.0 openairealtime > "$1/inspect.log" 2>&1 ||
    tail -n 5 "$1/inspect.log"
}

run_plain() (
  export GST_REGISTRY_1_0="$plain/registry.bin"
  run "$@"
)

# The scanner of plugins is not built with the sanitizers and cannot load ours, and
# a test must not either, as it has the same code in it.
run_sanitized() (
  export GST_REGISTRY_1_0="$sanitized/registry.bin"
  export GST_REGISTRY_UPDATE=no
  export CK_TIMEOUT_MULTIPLIER=5
  run "$@" --timeout-multiplier 5 --wrapper "$root/tests/sanitizer-wrapper.sh"
)

have_plain=yes
have_sanitized=yes
build "$plain" || have_plain=no
build "$sanitized" -Db_sanitize=address,undefined -Db_lundef=false ||
  have_sanitized=no
[ $have_plain = no ] || register "$plain"
[ $have_sanitized = no ] || (
  LD_PRELOAD=$(gcc -print-file-name=libasan.so)
  ASAN_OPTIONS=detect_leaks=0
  GST_REGISTRY_FORK=no
  export LD_PRELOAD ASAN_OPTIONS GST_REGISTRY_FORK
  register "$sanitized"
)

# Most tests wait for time to pass, so the two builds share the machine.
#
# The tests against other implementations are in the plain run only, which is over
# earlier than the sanitized one. The code of this project that they reach runs
# with the sanitizers in the other tests as well; what they add is what is in
# those other programs, which are not built with them, and which would wait for a
# slowed down peer in real time. Leaks are looked for where this project has both
# ends in its hands. Nor do documents and the search for leaks gain anything from
# the sanitizers, which have a search of their own.
beside=
if [ $have_sanitized = yes ]; then
  run_sanitized sanitizers "$sanitized" --num-processes 1 --no-suite interop \
    --no-suite leaks --no-suite docs --no-suite i18n --no-suite benchmarks \
    --no-suite once > "$sanitized/tests.log" 2>&1 &
  beside=$!
  trap 'kill "$beside" 2> /dev/null || :' EXIT
fi

if [ $have_plain = yes ]; then
  echo "== Tests: plain"
  run_plain plain "$plain"
  count plain "$plain"
  # Pure functions make no objects, an interpreter keeps what it has, the tests of
  # whole pipelines bring their own search for leaks, and in those of the transport
  # webrtcbin 1.22 itself leaks when its peer goes in the middle of the connect.
  echo "== Tests: leaks"
  run_plain leaks "$plain" --no-suite fuzz --no-suite docs --no-suite e2e \
    --no-suite transport --no-suite interop --no-suite emulator \
    --no-suite benchmarks \
    --timeout-multiplier 3 --wrapper "$root/tests/leaks-wrapper.sh"
  count leaks "$plain"
else
  failed=$((failed + 1))
fi

if [ $have_sanitized = yes ]; then
  wait "$beside" || :
  trap - EXIT
  echo "== Tests: sanitizers"
  cat "$sanitized/tests.log"
  count sanitizers "$sanitized"
else
  failed=$((failed + 1))
fi

[ $have_plain = no ] || again run_plain plain "$plain"
[ $have_plain = no ] || again run_plain leaks "$plain" \
  --timeout-multiplier 3 --wrapper "$root/tests/leaks-wrapper.sh"
[ $have_sanitized = no ] || again run_sanitized sanitizers "$sanitized"

[ $skipped -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
