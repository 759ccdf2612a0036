// SPDX-License-Identifier: LGPL-2.1-or-later
// Copyright (C) 2026 The gst-openai-realtime authors

const RATE = 16000;

function report(name, body) {
  return fetch('/report/' + name, { method: 'POST', body });
}

function reportProblem(problem) {
  console.error(problem);
  report('problem', String(problem && problem.stack || problem));
}

window.addEventListener('error', event => reportProblem(event.error));
window.addEventListener('unhandledrejection',
    event => reportProblem(event.reason));

// Reports that the browser has started: timers come on time for half a second.
// What it has to do before would tear holes into sound. On a machine that is
// always busy it is as ready as it will be after ten seconds.
async function becomeReady() {
  const begin = performance.now();
  for (let inTime = 0; inTime < 25 && performance.now() - begin < 10000;) {
    const due = performance.now() + 20;
    await new Promise(resolve => setTimeout(resolve, 20));
    inTime = performance.now() - due < 15 ? inTime + 1 : 0;
  }
  await report('ready');
}

// Calls back with each 8 ms of what comes over a track.
async function listenTo(context, stream, onSamples) {
  // Chromium decodes a remote track only when an element plays it.
  const player = new Audio();
  player.srcObject = stream;
  player.muted = true;
  player.play();
  await context.audioWorklet.addModule('recorder.js');
  const recorder = new AudioWorkletNode(context, 'recorder');
  recorder.port.onmessage = event => onSamples(event.data);
  context.createMediaStreamSource(stream).connect(recorder);
  recorder.connect(context.destination);
  await context.resume();
  return player;
}

// Samples as 16 bits, little endian.
function toPcm(chunks) {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const pcm = new DataView(new ArrayBuffer(2 * length));
  let at = 0;
  for (const chunk of chunks) {
    for (const sample of chunk) {
      const value = Math.max(-1, Math.min(1, sample));
      pcm.setInt16(2 * at++, value * 32767, true);
    }
  }
  return pcm.buffer;
}

function level(samples) {
  return Math.sqrt(samples.reduce((sum, s) => sum + s * s, 0) /
      samples.length);
}
