# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Whether answers are heard from their first sample to their last."""

import json
import os

import numpy

import sound
from harness import Row, rotate

NAME = "edges"
TITLE = "Edges: first and last 200 ms of each answer"
PEERS = ["elements", "webrtcbin", "aiortc", "chromium"]

# Name, what the server sends between answers, the network, options of the
# elements.
CELLS = [
    ("pause", "pause", "delay=20", []),
    ("continuous", "continuous", "delay=20", []),
    ("pause, exp 8 ms", "pause", "delay=20,jitter=exp:8", []),
    ("continuous, exp 8 ms", "continuous", "delay=20,jitter=exp:8", []),
    ("pause, idle-output=none", "pause", "delay=20",
     ["--set", "idle-output=none"]),
]
QUICK_CELLS = CELLS[:2]
# Of a round: of the elements, which are to lose none, and of others.
ANSWERS = 40
OTHERS_ANSWERS = 15
QUICK_ANSWERS = 4
# ms between answers.
PAUSE = 500
# Pieces of 20 ms.
EDGE = 10


def write_scenario(bench, count):
    steps = []
    references = []
    for number in range(count):
        answer = sound.make_answer(number)
        wav = bench.path("answer.wav")
        sound.save_wav(wav, answer)
        references.append(sound.Opus().through(
            numpy.concatenate([answer, numpy.zeros(sound.PACKET)])))
        when = {"when": "connect"} if number == 0 else \
            {"when": "output_audio_buffer.stopped", "count": number}
        steps.append({**when, "after": PAUSE,
                      "do": [{"answer": {"wav": os.path.basename(wav)}}]})
    scenario = bench.path("answers.json")
    with open(scenario, "w", encoding="utf-8") as file:
        json.dump({"steps": steps}, file)
    return scenario, references


def judge(recording, references):
    """(damaged beginnings, damaged ends, missing) of the answers, which are
    looked for one behind the other."""
    begins = ends = missing = 0
    low = 0
    for reference in references:
        begin = sound.find_answer(recording.samples, reference, low)
        if begin is None:
            missing += 1
            begins += 1
            ends += 1
            continue
        # The codec's lookahead moves the last sample into one packet more.
        pieces = sound.follow(recording.samples, reference, begin)
        begins += not all(pieces[:EDGE])
        ends += not all(pieces[-EDGE:])
        low = begin + len(reference) // 2
    return begins, ends, missing


def run(bench, figures, peers, round_, quick):
    count = QUICK_ANSWERS if quick else ANSWERS
    scenario, references = write_scenario(bench, count)
    for cell, rtp, network, options in QUICK_CELLS if quick else CELLS:
        with bench.emulator("--scenario", scenario, "--rtp", rtp) as emulator:
            bench.warm_up(emulator.url)
            for peer in rotate(peers, round_):
                if options and peer.name != "elements":
                    continue
                until = count if peer.name == "elements" \
                    else min(count, OTHERS_ANSWERS)
                record = bench.path("record")
                with bench.network(emulator.url, "--both", network, "--seed",
                                   bench.seed + round_) as between:
                    bench.run(peer, between.url, "--until",
                              f"output_audio_buffer.stopped:{until}",
                              "--record", record, *options)
                begins, ends, missing = judge(
                    sound.Recording(record), references[:until])
                for metric, value in (("begins", begins), ("ends", ends),
                                      ("missing", missing),
                                      ("answers", until)):
                    figures.add(NAME, cell, metric, peer.name, round_,
                                [value])


def rows(quick):
    result = []
    for cell, _, _, _ in QUICK_CELLS if quick else CELLS:
        result += [
            Row(cell, "answers", "sum", "", f"{cell}: answers"),
            Row(cell, "begins", "sum", "", f"{cell}: beginnings not intact",
                budget=0),
            Row(cell, "ends", "sum", "", f"{cell}: ends not intact",
                budget=0),
        ]
    return result


def plots(figures, quick):
    return []
