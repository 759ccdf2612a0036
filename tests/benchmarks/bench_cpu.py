# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What a duplex call costs, beside its parts alone."""

import json
import os
import re
import shutil
import subprocess

import sound
from harness import Failure, Row, rotate

NAME = "cpu"
TITLE = "CPU: a duplex call and its parts, percent of a core"
# "parts" are libopus (encode and decode) and a webrtcbin without a codec.
PEERS = ["elements", "parts", "webrtcbin", "aiortc"]

# Seconds that are measured, and of sound under callgrind.
SECONDS = 20
QUICK_SECONDS = 5
COUNTED = 4
# libnice goes on checking for 5 s after it has found a path.
SETTLE = 7


def write_sound(bench, seconds):
    """The mouths of both: the scenario, a WAV for the microphone, and the same
    without a header."""
    speech = sound.make_speech(10)
    mic = bench.path("mic.wav")
    sound.save_wav(mic, speech)
    answer = bench.path("answer.wav")
    sound.save_wav(answer, sound.make_speech(seconds + SETTLE + 10))
    scenario = bench.path("cpu.json")
    with open(scenario, "w", encoding="utf-8") as file:
        json.dump({"steps": [
            {"when": "connect",
             "do": [{"answer": {"wav": os.path.basename(answer)}}]}]}, file)
    raw = bench.path("speech.raw")
    speech.astype("<i2").tofile(raw)
    return scenario, mic, raw


def run_live(bench, peer, emulator, mic, seconds, *options):
    """Percent of a core."""
    said = bench.run(peer, emulator.url, "--load", 1, "--seconds", seconds,
                     "--settle", SETTLE,
                     "--mic", mic, "--no-vad", *options)
    for line in said:
        if "load" in line:
            return 100 * line["cpu"] / line["wall"]
    raise Failure(f"{peer.name} measured nothing")


def run_cost(bench, what, raw, seconds, prefix=()):
    argv = [*prefix, bench.find("tests/benchmarks/peers/media-cost"),
            "--what", what, "--seconds", str(seconds), raw]
    return subprocess.run(argv, env=bench.env, text=True, check=True,
                          capture_output=True)


def cost_percent(bench, what, raw, seconds):
    said = json.loads(run_cost(bench, what, raw, seconds).stdout)
    return 100 * said["cpu"] / (said["seconds"] * 1e6)


def count_instructions(bench, what, raw):
    """Millions for a second of sound, without those to start."""
    counts = []
    for seconds in (0, COUNTED):
        out = bench.path("callgrind")
        done = run_cost(bench, what, raw, seconds, (
            "valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"))
        counts.append(int(re.search(
            r"Collected\s*:\s*(\d+)", done.stderr).group(1)))
    return (counts[1] - counts[0]) / COUNTED / 1e6


def run(bench, figures, peers, round_, quick):
    seconds = QUICK_SECONDS if quick else SECONDS
    scenario, mic, raw = write_sound(bench, seconds)
    webrtcbin = bench.peers["webrtcbin"]
    with bench.emulator("--scenario", scenario) as emulator:
        bench.warm_up(emulator.url)
        calls = {}
        for peer in rotate(peers, round_):
            calls[peer.name] = run_live(bench, peer, emulator, mic, seconds)
            figures.add(NAME, "live", "call", peer.name, round_,
                        [calls[peer.name]])
        bare = run_live(bench, webrtcbin, emulator, mic, seconds, "--no-codec")
        application = run_live(bench, bench.peers["elements"], emulator, mic,
                               seconds, "--without")
        figures.add(NAME, "live", "application", "elements", round_,
                    [application])
        if "elements" in calls:
            figures.add(NAME, "live", "own", "elements", round_,
                        [calls["elements"] - application])
    costs = {what: cost_percent(bench, what, raw, 3 * seconds)
             for what in ("decode", "encode", "playout", "uplink")}
    for metric in ("call", "own"):
        figures.add(NAME, "live", metric, "parts", round_,
                    [bare + costs["decode"] + costs["encode"]])
    figures.add(NAME, "live", "webrtcbin alone", "parts", round_, [bare])
    for own, alone in (("playout", "decode"), ("uplink", "encode")):
        figures.add(NAME, "live", alone, "elements", round_, [costs[own]])
        figures.add(NAME, "live", alone, "parts", round_, [costs[alone]])
        # A count is the same each time.
        if round_ == 0 and shutil.which("valgrind") is not None:
            figures.add(NAME, "counted", alone, "elements", round_,
                        [count_instructions(bench, own, raw)])
            figures.add(NAME, "counted", alone, "parts", round_,
                        [count_instructions(bench, alone, raw)])
    if round_ == 0 and shutil.which("valgrind") is None:
        print("without callgrind: valgrind is not installed")


def rows(quick):
    return [
        Row("live", "call", "mean", "%", "duplex call", compare="parts"),
        Row("live", "application", "mean", "%",
            "of it the application's source, queue and sink"),
        Row("live", "own", "mean", "%", "duplex call without these",
            budget=lambda values: 1.15 * values["parts"]
            if "parts" in values else None,
            budget_text="1.15 of the parts", compare="parts"),
        Row("live", "webrtcbin alone", "mean", "%",
            "of it webrtcbin without a codec"),
        Row("live", "encode", "mean", "%",
            "of it uplink (alone: libopus encodes)", compare="parts"),
        Row("live", "decode", "mean", "%",
            "of it playout (alone: libopus decodes)", compare="parts"),
        Row("counted", "encode", "mean", "M instructions",
            "callgrind: uplink, a second of sound", compare="parts"),
        Row("counted", "decode", "mean", "M instructions",
            "callgrind: playout, a second of sound", compare="parts"),
    ]


def plots(figures, quick):
    return []
