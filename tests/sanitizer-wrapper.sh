#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Runs a test that was built with AddressSanitizer and
# UndefinedBehaviorSanitizer, and fails when the test, or a process that it
# started, has a report.
#
#   meson test --wrapper tests/sanitizer-wrapper.sh
#
# One report of LeakSanitizer is wrong: GLib outgrows its table of quarks and
# keeps the old one, as others may still read it. It cannot be suppressed by
# name, because the stack of the library's constructor is not known. So leaks do
# not end the process, and are looked at here.
#
# LSAN=no in a test's environment leaves LeakSanitizer out: GCC 12's reads what is not
# there ("Tracer caught signal 11") in the thread-local memory of a process that has
# been a server of TLS.
set -u

here=$(cd "$(dirname "$0")" && pwd)
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT

ASAN_OPTIONS=exitcode=0:abort_on_error=1:log_path=$reports/report
[ "${LSAN:-}" != no ] || ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0
LSAN_OPTIONS=suppressions=$here/sanitizer.supp:print_suppressions=0
UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS

code=0
"$@" || code=$?

cat "$reports"/report.* 2> /dev/null | awk '
function flush() {
  # A table of quarks grows by 2048 pointers.
  if (block != "" && !(size % 16384 == 0 && objects == 1 && frames <= 2))
    printf "%s", block
  block = ""
}
/^(Direct|Indirect) leak of / {
  flush()
  block = $0 "\n"
  size = $4
  objects = $7
  frames = 0
  next
}
block != "" && /^ *#[0-9]/ {
  frames++
  block = block $0 "\n"
  next
}
{ flush() }
/ERROR: AddressSanitizer|runtime error/ { other = 1 }
other && !/LeakSanitizer/
END { flush() }
' > "$reports/found"
if [ -s "$reports/found" ]; then
  # For whole stacks: ASAN_OPTIONS=fast_unwind_on_malloc=0
  head -n 120 "$reports/found"
  exit 1
fi
exit $code
