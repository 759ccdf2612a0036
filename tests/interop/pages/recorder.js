// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 The gst-openai-realtime authors

// Hands the sound that it hears to the page, as it is.
registerProcessor('recorder', class extends AudioWorkletProcessor {
  process(inputs) {
    if (inputs[0].length > 0)
      this.port.postMessage(inputs[0][0].slice());
    return true;
  }
});
