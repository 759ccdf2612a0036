#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Lets an example that answers function calls ask the emulator, and looks at what it
# prints and writes.
#
#   tests/run-tools-example.sh EMULATOR EXAMPLE...   one that answers by itself
#   tests/run-tools-example.sh EMULATOR tool.sh      a program for tool-command
#
# Exit status 77: something that this needs is not installed.
set -u

emulator_program=$1
shift
work=$(mktemp -d)
emulator=

end() {
  [ -z "$emulator" ] || kill "$emulator" 2> /dev/null
  wait
  rm -rf "$work"
}
trap end EXIT
trap 'exit 143' INT TERM

skip() {
  echo "skipped: $*"
  exit 77
}

fail() {
  echo "failed: $*"
  echo "--- standard output"
  cat "$work/out"
  echo "--- standard error"
  cat "$work/err"
  exit 1
}

# The number of the first line that matches.
line_of() {
  grep -n "$1" "$work/out" | head -n 1 | cut -d : -f 1
}

command -v espeak-ng > /dev/null || skip "no espeak-ng"
case $1 in
  *python*) "$1" -c '
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst' 2> /dev/null || skip "no python3-gi" ;;
esac

: > "$work/out"
: > "$work/err"
: > "$work/url"
"$emulator_program" --mind talk --exit-with-parent \
  > "$work/url" 2> "$work/emulator" &
emulator=$!
tries=0
until [ -s "$work/url" ]; do
  if ! kill -0 "$emulator" 2> /dev/null; then
    emulator=
    cat "$work/emulator"
    skip "no --mind talk"
  fi
  tries=$((tries + 1))
  [ $tries -lt 600 ] || fail "the emulator does not start"
  sleep 0.1
done
OPENAI_BASE_URL=$(cat "$work/url")
export OPENAI_BASE_URL

case $1 in
  *tool.sh)
    # gst-launch-1.0 and the script, and nothing else.
    espeak-ng -v en-us -w "$work/question.wav" "what is the weather in paris"
    tools='[{"type":"function","name":"get_weather",
      "parameters":{"type":"object","properties":{"city":{"type":"string"}}}}]'
    timeout 60 gst-launch-1.0 -m filesrc "location=$work/question.wav" ! \
      decodebin ! openairealtime idle-output=none \
      "tools=$(printf '%s' "$tools" | tr '\n' ' ')" \
      "tool-command=sh \"$1\"" ! \
      wavenc ! filesink "location=$work/answer.wav" \
      > "$work/out" 2> "$work/err" || fail "exit status $?"
    grep -q 'openairealtime-tool.*get_weather.*completed.*Paris' "$work/out" ||
      fail "the program did not answer"
    grep -q 'transcript, role=(string)assistant.*temperature.* 21' "$work/out" ||
      fail "no answer"
    ;;
  *)
    timeout 60 "$@" --output "$work/answer.wav" \
      > "$work/out" 2> "$work/err" || fail "exit status $?"
    cat "$work/out"
    [ "$(grep -c '^(get_weather {' "$work/out")" -eq 2 ] ||
      fail "there were not two calls"
    failed=$(line_of '^(London: no weather)')
    done=$(line_of '^(Paris: clear)')
    answer=$(line_of '^Model: .*temperature 21')
    [ -n "$failed" ] || fail "no call has failed"
    [ -n "$done" ] || fail "no call was answered later"
    [ -n "$answer" ] || fail "no answer"
    [ "$failed" -lt "$done" ] && [ "$done" -lt "$answer" ] ||
      fail "not in this order"
    [ "$(grep -c '^Model: ' "$work/out")" -eq 1 ] || fail "more than one answer"
    ;;
esac
[ "$(wc -c < "$work/answer.wav")" -gt 24000 ] || fail "no sound"
echo "ok"
