#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Lets an example talk to the emulator and looks at what it prints and writes.
#
#   tests/run-example.sh EMULATOR conversation EXAMPLE...  one that asks with a file
#   tests/run-example.sh EMULATOR tools EXAMPLE...         one that asks by itself, and
#                                                         answers function calls
#   tests/run-example.sh EMULATOR tool-command SCRIPT      a program for tool-command
#
# Exit status 77: something that this needs is not installed.
set -u

emulator_program=$1
kind=$2
shift 2
work=$(mktemp -d)
emulator=
example=

end() {
  [ -z "$example" ] || kill "$example" 2> /dev/null
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

# wait_for FILE PATTERN SECONDS
wait_for() {
  tries=0
  until grep -q "$2" "$1"; do
    tries=$((tries + 1))
    [ $tries -lt $(($3 * 10)) ] || return 1
    sleep 0.1
  done
}

# The number of the first line that matches.
line_of() {
  grep -n "$1" "$work/out" | head -n 1 | cut -d : -f 1
}

# ask_with TEXT: what the example is to hear
ask_with() {
  espeak-ng -v en-us -w "$work/question.wav" "$1"
}

check_sound() {
  [ "$(wc -c < "$work/answer.wav")" -gt 24000 ] || fail "no sound"
}

conversation() {
  # A question that needs a function call.
  ask_with "what is the weather in paris"
  timeout 60 "$@" --input "$work/question.wav" --output "$work/answer.wav" \
    > "$work/out" 2> "$work/err" || fail "exit status $?"
  cat "$work/out"
  grep -q '^You: .*weather in paris' "$work/out" || fail "no user transcript"
  grep -q '^(get_weather {.*[Pp]aris' "$work/out" || fail "no function call"
  grep -q '^Model: .*temperature 21' "$work/out" || fail "no answer"
  check_sound

  # Ctrl-C in the middle of an answer.
  ask_with "tell me a long story"
  "$@" --input "$work/question.wav" --output "$work/answer.wav" \
    > "$work/out" 2> "$work/err" &
  example=$!
  wait_for "$work/out" '^Model: ' 30 || fail "no answer to interrupt"
  # Some of it is to be in the file.
  sleep 1
  # A shell without job control starts background programs with SIGINT ignored;
  # SIGTERM takes the same path.
  kill -TERM "$example"
  tries=0
  while kill -0 "$example" 2> /dev/null; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "does not end when interrupted"
    sleep 0.1
  done
  wait "$example" || fail "exit status $? when interrupted"
  example=
  # wavenc fills in the sizes at the end of the stream.
  size=$(od -A n -t u4 -j 40 -N 4 "$work/answer.wav" | tr -d ' ')
  [ "$size" -gt 1000 ] || fail "the interrupted file was not closed"
}

tools() {
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
  check_sound
}

# gst-launch-1.0 and the script, and nothing else.
tool_command() {
  ask_with "what is the weather in paris"
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
  check_sound
}

command -v espeak-ng > /dev/null || skip "no espeak-ng"
# Not --exists: it compares versions, and this plugin counts by itself.
gst-inspect-1.0 pocketsphinx > /dev/null 2>&1 ||
  skip "no gstreamer1.0-pocketsphinx"
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

case $kind in
  conversation) conversation "$@" ;;
  tools) tools "$@" ;;
  tool-command) tool_command "$@" ;;
  *) fail "no kind $kind" ;;
esac
echo "ok"
