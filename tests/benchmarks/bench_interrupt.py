# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""How soon an answer falls silent when the user speaks over it, and what is heard
after that."""

import json
import os
import random

import numpy

import sound
from harness import Row, rotate

NAME = "interrupt"
TITLE = "Interrupt: speech_started to silence"
PEERS = ["elements", "webrtcbin", "aiortc"]

CELLS = {
    "clean": "delay=20",
    "exp 8 ms": "delay=20,jitter=exp:8",
}
# Of a round: of the elements, whose tails are to be known, and of others.
INTERRUPTIONS = 100
OTHERS_INTERRUPTIONS = 20
QUICK_INTERRUPTIONS = 5
# s; the answer that is interrupted, and ms into it.
OLD = 3.5
MOMENTS = (300, 3000)
# ms from the interruption to the next answer.
NEXT = 400
# Of 16 bits; -60 dB, as the ear of the elements has it.
AUDIBLE = 33
# Of the old answer within the next one, which has a little in its place.
OLD_AUDIBLE = 500
# A sound that is over for so long has ended; s.
SILENCE = 0.04


def write_scenario(bench, count, seed):
    """A tone is interrupted, then an answer is heard to its end, then the tone
    comes again."""
    generator = random.Random(seed)
    tone = bench.path("tone.wav")
    sound.save_wav(tone, sound.make_tone(OLD))
    old = {"answer": {"wav": os.path.basename(tone)}}
    steps = [{"when": "connect", "after": 800, "do": [old]}]
    references = []
    for number in range(count):
        answer = sound.make_answer(number)
        wav = bench.path("answer.wav")
        sound.save_wav(wav, answer)
        references.append(sound.Opus().through(answer))
        steps += [
            {"when": "output_audio_buffer.started", "count": 2 * number + 1,
             "after": generator.randint(*MOMENTS),
             "do": [{"send": {"type": "input_audio_buffer.speech_started",
                              "audio_start_ms": 1000, "item_id": "item_1"}},
                    {"interrupt": True}]},
            {"when": "output_audio_buffer.cleared", "count": number + 1,
             "after": NEXT,
             "do": [{"send": {"type": "input_audio_buffer.speech_stopped",
                              "audio_end_ms": 2000, "item_id": "item_1"}},
                    {"answer": {"wav": os.path.basename(wav)}}]},
            {"when": "output_audio_buffer.stopped", "count": number + 1,
             "after": 300, "do": [old]},
        ]
    # The last tone is not wanted.
    steps.pop()
    scenario = bench.path("interrupt.json")
    with open(scenario, "w", encoding="utf-8") as file:
        json.dump({"steps": steps}, file)
    return scenario, references


def on_the_wire(packets, told):
    """When the packet arrived with the event that the client was told at
    @told; us. The events of an interruption come in a row, and that one is the
    first."""
    arrivals = sorted(leave for kind, _, leave, size in packets.others
                      if kind == "dtls" and size > 120 and leave <= told)
    if not arrivals:
        return told
    at = arrivals[-1]
    for arrival in reversed(arrivals):
        if at - arrival > 5000:
            break
        at = arrival
    return at


def get_times(recording, places, rendered):
    """us; when each of the samples was at the pad, or was rendered."""
    chunks = numpy.searchsorted(recording.starts, places, "right") - 1
    base = (recording.rendered if rendered else recording.at_pad)[chunks]
    return base + (places - recording.starts[chunks]) * 1e6 / sound.RATE


def judge(recording, told, reference):
    """When the answer fell silent at the pad and at a sink in time (us; None
    when there is no such sink), ms of it that were heard after that, and packets
    of the next answer that are not as sent."""
    # The first buffer after the event.
    chunk = int(numpy.searchsorted(recording.at_pad, told))
    if chunk >= len(recording.at_pad):
        return None
    begin = recording.starts[chunk]
    end = sound.find_answer(
        recording.samples, reference, begin, begin + int(4 * sound.RATE))
    if end is not None:
        bad = sound.follow(recording.samples, reference, end).count(False)
    else:
        bad = len(reference) // sound.PACKET
        end = begin + int(NEXT * sound.RATE / 1000)
    # With the buffer before: it may have been the last one.
    begin = recording.starts[max(chunk - 1, 0)]
    places = begin + numpy.nonzero(
        numpy.abs(recording.samples[begin:end]) > AUDIBLE)[0]
    if not len(places):
        return told, told, 0.0, bad
    times = get_times(recording, places, False)
    gaps = numpy.nonzero(numpy.diff(times) > SILENCE * 1e6)[0]
    last = places[int(gaps[0]) if len(gaps) else len(places) - 1]
    # From there on and into the next answer only the old one counts. Where the next
    # one had to wait for a packet it says something of its own again.
    end, head = sound.find_head(recording.samples, reference, end)
    rest = recording.samples[last + 1:end + head].copy()
    next_ = rest[end - last - 1:]
    head = reference[:len(next_)]
    next_[:len(head)] -= sound.as_loud_as(next_, head)
    after = numpy.count_nonzero(
        numpy.abs(sound.only_tone(rest)) > OLD_AUDIBLE)
    silent = get_times(recording, numpy.array([last]), False)[0]
    sink = recording.render_time(last)
    return silent, sink, after * 1000 / sound.RATE, bad


def run(bench, figures, peers, round_, quick):
    count = QUICK_INTERRUPTIONS if quick else INTERRUPTIONS
    scenario, references = write_scenario(bench, count, bench.seed + round_)
    with bench.emulator("--scenario", scenario) as emulator:
        bench.warm_up(emulator.url)
        for cell, network in CELLS.items():
            for peer in rotate(peers, round_):
                until = count if peer.name == "elements" \
                    else min(count, OTHERS_INTERRUPTIONS)
                record = bench.path("record")
                log = bench.path("packets")
                with bench.network(
                        emulator.url, "--both", network, "--seed",
                        bench.seed + round_, "--log", log) as between:
                    said = bench.run(
                        peer, between.url, "--until",
                        f"output_audio_buffer.stopped:{until}",
                        "--record", record)
                recording = sound.Recording(record)
                packets = sound.Packets(log, "down")
                told = [line["t"] for line in said if line.get("event")
                        == "input_audio_buffer.speech_started"]
                for time, reference in zip(told, references):
                    found = judge(recording, time, reference)
                    if found is None:
                        continue
                    pad, sink, after, bad = found
                    if sink is not None:
                        figures.add(NAME, cell, "sink", peer.name, round_,
                                    [(sink - time) / 1000])
                    for metric, value in (
                            ("told", (pad - time) / 1000),
                            ("wire", (pad - on_the_wire(packets, time))
                             / 1000),
                            ("after", after), ("bad", bad)):
                        figures.add(NAME, cell, metric, peer.name, round_,
                                    [value])


def rows(quick):
    result = []
    for cell in CELLS:
        for metric, title in (
                ("told", "event to silence at the pad"),
                ("wire", "packet with the event to silence at the pad"),
                ("sink", "event to silence at a sink in time")):
            for statistic in ("p50", "p95", "max"):
                result.append(Row(
                    cell, metric, statistic, "ms",
                    f"{cell}: {title}, {statistic}",
                    budget=20 if (metric, statistic) == ("told", "p95")
                    else None))
        result.append(Row(cell, "after", "sum", "ms",
                          f"{cell}: heard of it after the silence", budget=0))
        result.append(Row(cell, "bad", "sum", "",
                          f"{cell}: pieces of the next answer not as sent",
                          budget=0))
    return result


def plots(figures, quick):
    for cell in CELLS:
        yield (f"{cell}: packet with speech_started to silence", "ms", cell,
               "wire")
