# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""How speech sounds of which packets were lost."""

import json
import os

import sound
from harness import Row, rotate

NAME = "quality"
TITLE = "Quality of speech under loss, against the same without loss"
# "opusdec" is a bare webrtcbin whose decoder conceals (plc=true).
PEERS = ["elements", "opusdec", "webrtcbin", "aiortc", "chromium"]

CELLS = {
    "no loss": "delay=20",
    "1 % lost": "delay=20,loss=1",
    "5 % lost": "delay=20,loss=5",
    "10 % lost": "delay=20,loss=10",
    "5 % in bursts of 3": "delay=20,burst=5:3",
    "exp 8 ms, 2 % lost": "delay=20,jitter=exp:8,loss=2",
}
QUICK_CELLS = ["no loss", "5 % lost"]
SECONDS = 20
QUICK_SECONDS = 8


def write_scenario(bench, seconds):
    speech = sound.make_speech(seconds)
    wav = bench.path("speech.wav")
    sound.save_wav(wav, speech)
    scenario = bench.path("speech.json")
    with open(scenario, "w", encoding="utf-8") as file:
        json.dump({"steps": [
            {"when": "connect", "after": 800,
             "do": [{"answer": {"wav": os.path.basename(wav)}}]}]}, file)
    return scenario, sound.Opus().through(speech)


def run(bench, figures, peers, round_, quick):
    scenario, reference = write_scenario(
        bench, QUICK_SECONDS if quick else SECONDS)
    with bench.emulator("--scenario", scenario) as emulator:
        bench.warm_up(emulator.url)
        for cell in QUICK_CELLS if quick else CELLS:
            for peer in rotate(peers, round_):
                record = bench.path("record")
                with bench.network(emulator.url, "--down", CELLS[cell],
                                   "--seed", bench.seed + round_) as between:
                    bench.run(peer, between.url, "--until",
                              "output_audio_buffer.stopped:1",
                              "--record", record)
                snr, distance = sound.rate(
                    sound.Recording(record).samples, reference)
                figures.add(NAME, cell, "snr", peer.name, round_, [snr])
                figures.add(NAME, cell, "distance", peer.name, round_,
                            [distance])


def rows(quick):
    result = []
    for cell in QUICK_CELLS if quick else CELLS:
        result += [
            Row(cell, "snr", "mean", "dB",
                f"{cell}: segmental SNR (more is better)",
                compare="opusdec", digits=1),
            Row(cell, "distance", "mean", "dB",
                f"{cell}: log-spectral distance", compare="opusdec",
                digits=1),
        ]
    return result


def plots(figures, quick):
    return []
