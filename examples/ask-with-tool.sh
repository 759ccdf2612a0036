#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Asks a question by voice that the model cannot answer without a function, and lets
# examples/tool.sh be that function. As ask.sh, without an account, and no other
# program takes part.
#
#   sh examples/ask-with-tool.sh
#   sh examples/ask-with-tool.sh "what time is it"
set -eu

examples=$(cd "$(dirname "$0")" && pwd)
tools='[
  {"type": "function", "name": "get_time",
   "description": "Tells the local time",
   "parameters": {"type": "object", "properties": {}}},
  {"type": "function", "name": "get_weather",
   "description": "Tells the weather in a city",
   "parameters": {"type": "object",
                  "properties": {"city": {"type": "string"}},
                  "required": ["city"]}}
]'

# A value for gst-launch-1.0, which reads quotes once more after the shell.
quote() {
  printf '%s' "$1" | tr '\n' ' ' | sed 's/[\\"]/\\&/g; s/^/"/; s/$/"/'
}

exec sh "$examples/ask.sh" "${1:-what is the weather in paris}" \
  "tools=$(quote "$tools")" \
  "tool-command=$(quote "sh \"$examples/tool.sh\"")"
