#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Asks a question by voice and writes the spoken answer to answer.wav, without
# an account: the server is the emulator of tests/emulator, on this machine.
#
#   sh examples/ask.sh                      asks "what time is it"
#   sh examples/ask.sh "tell me a joke"     asks something else
#   sh examples/ask.sh question.wav         asks with a recording
#   sh examples/ask.sh QUESTION PROPERTY=VALUE...   sets properties of the element
#
# Installs the packages that are missing (as root), builds in ./build, ends by
# itself.
set -eu

here=$(pwd)
root=$(cd "$(dirname "$0")/.." && pwd)
question=${1:-what time is it}
[ $# -eq 0 ] || shift
answer=$here/answer.wav
build=$root/build
work=$build/ask
emulator=

end() {
  [ -z "$emulator" ] || kill "$emulator" 2> /dev/null || :
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
  echo "ask.sh: $*" >&2
  exit 1
}

echo "1. Packages"
sh "$root/tests/install-deps.sh" build run talk

echo "2. Build in $build"
mkdir -p "$work"
if [ -f "$build/build.ninja" ]; then
  meson setup --reconfigure "$build" "$root" > "$work/setup.log" 2>&1 ||
    { tail -n 30 "$work/setup.log"; fail "meson failed"; }
else
  meson setup "$build" "$root" > "$work/setup.log" 2>&1 ||
    { tail -n 30 "$work/setup.log"; fail "meson failed"; }
fi
ninja -C "$build" > "$work/build.log" 2>&1 ||
  { tail -n 30 "$work/build.log"; fail "the build failed"; }

export LC_ALL=C.UTF-8
export GST_PLUGIN_PATH_1_0="$build/gst/openairealtime"
export GST_REGISTRY_1_0="$work/registry.bin"
# Only this machine is talked to, whatever the environment says.
unset OPENAI_API_KEY http_proxy https_proxy all_proxy \
  HTTP_PROXY HTTPS_PROXY ALL_PROXY 2> /dev/null || :

echo "3. The emulator"
: > "$work/url"
"$build/tests/emulator/openai-realtime-emulator" --mind talk \
  --exit-with-parent > "$work/url" 2> "$work/emulator.log" &
emulator=$!
tries=0
until [ -s "$work/url" ]; do
  kill -0 "$emulator" 2> /dev/null ||
    { cat "$work/emulator.log" >&2; fail "the emulator did not start"; }
  tries=$((tries + 1))
  [ $tries -lt 600 ] || fail "the emulator does not answer"
  sleep 0.1
done
OPENAI_BASE_URL=$(cat "$work/url")
export OPENAI_BASE_URL
echo "   listens on $OPENAI_BASE_URL"

if [ -f "$question" ]; then
  clip=$question
else
  clip=$work/question.wav
  espeak-ng -v en-us -w "$clip" "$question"
fi

echo "4. The question, the answer"
set -- filesrc "location=$clip" ! decodebin ! openairealtime \
  idle-output=none input-transcription-model=gpt-transcribe "$@" ! \
  wavenc ! filesink "location=$answer"
echo "   gst-launch-1.0 -m $*"
rm -f "$answer"
{
  code=0
  timeout 120 gst-launch-1.0 -m "$@" < /dev/null 2> "$work/errors.log" ||
    code=$?
  echo "exit $code"
} | tee "$work/messages.log" | awk '
# The value of a field in a printed GstStructure.
function value(line, name,    text, out, c, i) {
  if (!match(line, "[ ,]" name "=\\([a-z0-9]+\\)"))
    return ""
  line = substr(line, RSTART + RLENGTH)
  if (substr(line, 1, 1) != "\"") {
    sub(/[,;].*/, "", line)
    return line
  }
  for (i = 2; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (c == "\"")
      break
    if (c == "\\") {
      i++
      c = substr(line, i, 1)
      if (c ~ /[0-7]/) {
        c = sprintf("%c", c * 64 + substr(line, i + 1, 1) * 8 \
            + substr(line, i + 2, 1))
        i += 2
      }
    }
    out = out c
  }
  return out
}
function after(line, name, label,    ns) {
  ns = value(line, name)
  if (ns != "")
    printf "     %-34s %6.0f ms\n", label, ns / 1000000
}
/\(element\): openairealtime-transcript,/ {
  text = value($0, "text")
  if (value($0, "role") == "user") {
    asked++
    print "   you said:     " text
  } else {
    answered++
    print "   the answer:   " text
  }
}
/\(element\): openairealtime-tool,/ {
  printf "   a program:    %s, %s: %s\n", value($0, "name"), \
      value($0, "status"), value($0, "output")
}
/\(element\): openairealtime-turn,/ {
  turns++
  print "   turn " value($0, "number") ", after the end of the speech:"
  after($0, "committed", "the server took the turn")
  after($0, "response-created", "it began to answer")
  after($0, "first-packet", "first packet of the answer")
  after($0, "first-audio", "first sound at the source pad")
  after($0, "response-done", "the answer was complete")
  after($0, "audio-stopped", "all its sound was sent")
}
/^exit [0-9]+$/ { code = $2 }
END { exit code != 0 || !asked || !answered || !turns }
' || { tail -n 5 "$work/errors.log" >&2; fail "no answer, see $work"; }

# 16-bit mono at 24 kHz behind a header of 44 bytes.
size=$(wc -c < "$answer")
[ "$size" -gt 24000 ] || fail "answer.wav is too short"
echo "5. $answer: $(((size - 44) / 48)) ms of speech"
