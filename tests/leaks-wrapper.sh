#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Runs a test under the leaks tracer of GStreamer and fails when the test, or a
# process that it started, leaves an object of GStreamer behind.
#
#   meson test --wrapper tests/leaks-wrapper.sh
#
# libgstcheck makes a test with any leak fail, also with one that is known.
# So the exit status counts only when there was no leak at all.
set -u

# Known, and not of this project. The dtls plugin keeps its first agent for
# ever; it is no type that is looked at here.
allowed='type-name=(string)GstCaps,.*description=(string)EMPTY,'

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# shellcheck disable=SC2089
GST_TRACERS='leaks(filters="GBoxed,GstElement,GstPad,GstBus,GstClock,GstTask,GstBufferPool")'
GST_DEBUG=GST_TRACER:7
GST_DEBUG_FILE=$logs/%p.log
GST_DEBUG_NO_COLOR=1
# A trace of the stack at exit would ask servers for symbols.
DEBUGINFOD_URLS=
# shellcheck disable=SC2090
export GST_TRACERS GST_DEBUG GST_DEBUG_FILE GST_DEBUG_NO_COLOR DEBUGINFOD_URLS

code=0
"$@" || code=$?
[ $code -ne 77 ] || exit 77

cat "$logs"/*.log 2> /dev/null | grep ' object-alive, type-name=' |
  grep -v 'new format string' > "$logs/alive" || :
grep -v "$allowed" "$logs/alive" > "$logs/leaks" || :
if [ -s "$logs/leaks" ]; then
  echo "Left behind:"
  sed 's/.*object-alive, /  /' "$logs/leaks" | cut -c 1-300 | head -n 50
  exit 1
fi
[ ! -s "$logs/alive" ] || exit 0
exit $code
