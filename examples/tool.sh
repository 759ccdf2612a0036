#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Answers function calls of a model, for the property tool-command:
#
#   openairealtime tools=... tool-command="sh examples/tool.sh"
#
# The name of the function is the last argument, its arguments are JSON on the
# standard input. Another exit status than 0 tells the model that it did not work.
set -eu

case $1 in
  get_time)
    date '+{"time": "%H:%M"}'
    ;;
  get_weather)
    # Whoever speaks to the model says what stands in there: nothing but letters
    # and spaces is used.
    city=$(sed -n 's/.*"city" *: *"\([A-Za-z ]*\)".*/\1/p')
    [ -n "$city" ] || { echo "no city that I know" >&2; exit 1; }
    # A real one would look it up.
    printf '{"city": "%s", "sky": "clear", "temperature": 21}\n' "$city"
    ;;
  *)
    echo "there is no function $1" >&2
    exit 1
    ;;
esac
