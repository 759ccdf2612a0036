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
nice=

cd "$root"
export LC_ALL=C.UTF-8
export PYTHONDONTWRITEBYTECODE=1
# Only what the tests set themselves reaches them.
unset OPENAI_API_KEY OPENAI_BASE_URL GST_DEBUG GST_TRACERS GST_PLUGIN_PATH \
  GST_PLUGIN_PATH_1_0 http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY \
  ALL_PROXY > /dev/null 2>&1 || :

sh tests/install-deps.sh build run talk tests

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
  $nice meson test -C "$dir" --no-rebuild --print-errorlogs --logbase "testlog-$name" \
    "$@" < /dev/null || :
}

# count NAME DIR: adds up how that run went.
count() {
  # shellcheck disable=SC2046
  set -- $(python3 - "$2/meson-logs/testlog-$1"*.json << 'END'
import json
import sys

counts = {"passed": 0, "failed": 0, "skipped": 0}
try:
    with open(sys.argv[1]) as log:
        for line in log:
            result = json.loads(line)["result"]
            if result in ("OK", "EXPECTEDFAIL"):
                counts["passed"] += 1
            elif result == "SKIP":
                counts["skipped"] += 1
            else:
                counts["failed"] += 1
except FileNotFoundError:
    counts["failed"] += 1
print(*counts.values())
END
  )
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# A stack that is walked by its tables says which library a leak belongs to. The
# scanner of plugins is not built with the sanitizers and cannot load ours.
run_sanitized() (
  export ASAN_OPTIONS=fast_unwind_on_malloc=0:malloc_context_size=8
  export LSAN_OPTIONS="suppressions=$root/tests/sanitizer.supp:print_suppressions=0"
  export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
  export GST_REGISTRY_FORK=no
  export CK_TIMEOUT_MULTIPLIER=5
  run "$@" --timeout-multiplier 5
)

have_plain=yes
have_sanitized=yes
build "$plain" || have_plain=no
build "$sanitized" -Db_sanitize=address,undefined -Db_lundef=false ||
  have_sanitized=no

# Fuzzing with sanitizers takes minutes of pure computing; most other tests wait
# for time to pass. It gets what they leave.
fuzzing=
if [ $have_sanitized = yes ]; then
  (
    nice='nice -n 19'
    run_sanitized fuzz "$sanitized" --suite fuzz --num-processes 1
  ) > "$sanitized/fuzz.log" 2>&1 &
  fuzzing=$!
  trap 'kill "$fuzzing" 2> /dev/null || :' EXIT
fi

if [ $have_plain = yes ]; then
  echo "== Tests: plain"
  run plain "$plain"
  count plain "$plain"
  # Pure functions make no objects, and the tests of whole pipelines bring their
  # own search for leaks.
  echo "== Tests: leaks"
  run leaks "$plain" --no-suite fuzz --no-suite e2e --timeout-multiplier 3 \
    --wrapper "$root/tests/leaks-wrapper.sh"
  count leaks "$plain"
else
  failed=$((failed + 1))
fi

if [ $have_sanitized = yes ]; then
  echo "== Tests: sanitizers"
  run_sanitized sanitizers "$sanitized" --no-suite fuzz
  count sanitizers "$sanitized"
  echo "== Tests: fuzzing with sanitizers"
  wait "$fuzzing" || :
  trap - EXIT
  cat "$sanitized/fuzz.log"
  count fuzz "$sanitized"
else
  failed=$((failed + 1))
fi

[ $skipped -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
