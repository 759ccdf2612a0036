#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
#
# Runs a test program under GStreamer's leaks tracer and fails when an object
# outlives it.
#
#   leaks.sh PROGRAM [CHECK,CHECK...]

set -u

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# All but GstDtlsAgent: the DTLS plugin keeps one for the process.
types='GstElement,GstPad,GstPadTemplate,GstBus,GstClock,GstTask,GstTaskPool'
types="$types,GstAllocator,GstBufferPool,GstDevice,GstStream"
types="$types,GstStreamCollection,GstControlBinding,GstWebRTCDataChannel"
types="$types,GstWebRTCRTPTransceiver,GstWebRTCRTPSender,GstWebRTCRTPReceiver"
types="$types,GstWebRTCDTLSTransport,GstWebRTCICE,GstWebRTCICEStream"
types="$types,GstWebRTCICETransport,GstWebRTCSCTPTransport,GstCaps,GstBuffer"
types="$types,GstBufferList,GstEvent,GstMessage,GstQuery,GstSample,GstPromise"
types="$types,GstContext,GstUri"

[ $# -lt 2 ] || export GST_CHECKS="$2"
GST_TRACERS="leaks(check-refs=true,filters=\"$types\")" \
  GST_DEBUG='GST_TRACER:7' GST_DEBUG_NO_COLOR=1 GST_DEBUG_FILE="$log" "$1"
status=$?

# Without this line nothing was looked for.
if ! grep -q 'new format string: object-alive' "$log"; then
  echo "the leaks tracer did not run" >&2
  exit 1
fi
if grep -a ':: object-alive' "$log"; then
  echo "objects are alive at the end" >&2
  exit 1
fi
exit $status
