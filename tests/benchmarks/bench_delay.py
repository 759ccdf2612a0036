# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""How long sound takes through a client: from its capture to the wire, and from
the wire to the source pad."""

import glob
import json
import os

import numpy

import sound
from harness import Failure, Row, rotate

NAME = "delay"
TITLE = "Delay of sound: packet to source pad, capture to wire"
PEERS = ["elements", "webrtcbin", "aiortc", "chromium"]

# 20 ms each way, and what is said besides.
CELLS = {
    "clean": "delay=20",
    "uniform 30 ms": "delay=20,jitter=uniform:30",
    "exp 8 ms": "delay=20,jitter=exp:8",
    "Wi-Fi": "delay=20,jitter=wifi",
    "1 % lost": "delay=20,loss=1",
    "5 % lost": "delay=20,loss=5",
    "reordered": "delay=20,reorder=2:30",
    "uniform, 2 % lost": "delay=20,jitter=uniform:30,loss=2",
}
QUICK_CELLS = ["clean", "exp 8 ms", "5 % lost"]
SECONDS = 20
QUICK_SECONDS = 6
# ms from the open channel to the first packet.
PAUSE = 800


def write_scenario(bench, seconds):
    """The answer is marks. Returns the path of the scenario, their order and
    what a perfect client would play."""
    order = sound.mark_order(int(seconds * sound.RATE / sound.MARK_PERIOD))
    marks = sound.make_marks(order)
    wav = bench.path("marks.wav")
    sound.save_wav(wav, marks)
    scenario = bench.path("marks.json")
    with open(scenario, "w", encoding="utf-8") as file:
        json.dump({"steps": [
            {"when": "connect", "after": PAUSE,
             "do": [{"answer": {"wav": os.path.basename(wav)}}]}]}, file)
    return scenario, order, sound.Opus().through(marks)


def write_mic(bench):
    wav = bench.path("mic.wav")
    # In turns, as it is heard again and again.
    sound.save_wav(wav, sound.make_marks(range(sound.N_MARKS)))
    return wav


def get_downlink(recording, packets, found):
    """(seconds since the first packet, ms to the pad, ms to the sink) of the
    packets that begin a mark."""
    first, last = max(packets.spurts(), key=lambda spurt: spurt[1] - spurt[0])
    begin = packets.enter[first]
    result = []
    impossible = 0
    for number, sample in found:
        index = first + number * sound.MARK_PERIOD // sound.PACKET
        if index >= last or numpy.isnan(packets.leave[index]):
            continue
        arrival = packets.leave[index]
        pad = recording.pad_time(sample)
        if pad is not None and pad < arrival - 1000:
            impossible += 1
            continue
        sink = recording.render_time(sample)
        if pad is not None:
            result.append(((arrival - begin) / 1e6, (pad - arrival) / 1000,
                           None if sink is None else (sink - arrival) / 1000))
    # A mark that was taken for another one. More of them, and packets and sound
    # are not of the same call.
    if impossible > len(found) / 20:
        raise Failure(f"{impossible} of {len(found)} marks were heard before "
                      "their packets came: not measured")
    return result


def get_uplink(heard, packets, mic_start, since):
    """ms from the capture of the first sample of a packet to the wire, of the
    packets in which a mark begins and that were captured after @since: what was
    said while connecting has to wait.

    What the server heard begins with the first packet and has all that
    followed, so a place in it names a packet."""
    turn = sound.N_MARKS * sound.MARK_PERIOD * 1e6 / sound.RATE
    result = []
    for variant in range(sound.N_MARKS):
        for sample in sound.find_all(heard, sound.make_mark(variant)):
            at = sample - sound.Opus.LOOKAHEAD
            index = at // sound.PACKET
            if not 0 <= index < len(packets):
                continue
            wire = packets.enter[index]
            # The mark was captured so long before, and whole turns.
            begin = mic_start + (variant * sound.MARK_PERIOD
                                 - (at - index * sound.PACKET)) \
                * 1e6 / sound.RATE
            delay = (wire - begin) % turn
            if wire - delay > since:
                result.append(delay / 1000)
    return result


def list_records(directory):
    return {path for path in glob.glob(
        os.path.join(glob.escape(directory), "rtc_*.wav"))
        if not path.endswith("-said.wav")}


def measure(bench, figures, name, peer, emulator, records, cell, mic, order,
            reference, round_):
    record = bench.path("record")
    log = bench.path("packets")
    before = list_records(records)
    with bench.network(emulator.url, "--both", CELLS[cell],
                       "--seed", bench.seed + round_, "--log", log) as network:
        said = bench.run(
            peer, network.url, "--until", "output_audio_buffer.stopped:1",
            "--record", record, "--mic", mic, "--no-vad")
    add = lambda metric, values: figures.add(
        name, cell, metric, peer.name, round_, values)
    for line in said:
        for what, value in line.get("own", {}).items():
            add("own " + what, [value])
            if what == "wait":
                add("wait", [value])

    recording = sound.Recording(record)
    found = sound.find_marks(recording.samples, reference, order)
    packets = sound.Packets(log, "down")
    downlink = get_downlink(recording, packets, found)
    damaged, total = sound.count_damaged(
        recording.samples, reference, found)
    add("to pad", [pad for _, pad, _ in downlink])
    add("to sink", [sink for _, _, sink in downlink if sink is not None])
    if not any("wait" in line.get("own", {}) for line in said):
        add("wait", [pad for _, pad, _ in downlink])
    add("over time", [(time, pad) for time, pad, _ in downlink])
    add("damaged", [100 * damaged / total])
    first, last = max(packets.spurts(), key=lambda spurt: spurt[1] - spurt[0])
    add("jitter", sound.arrival_jitter(
        packets.leave[first:last], packets.rtp_times[first:last]))

    starts = [line["mic"] for line in said if "mic" in line]
    opened = [line["start"] + line["open"] for line in said
              if line.get("open", -1) >= 0]
    fresh = list_records(records) - before
    if cell == "clean" and starts and opened and len(fresh) == 1:
        add("uplink", get_uplink(
            sound.load_wav(fresh.pop()), sound.Packets(log, "up"), starts[0],
            opened[0] + 200000))


def run_cells(bench, figures, name, cells, peers, round_, seconds):
    scenario, order, reference = write_scenario(bench, seconds)
    mic = write_mic(bench)
    records = bench.path("heard")
    with bench.emulator("--scenario", scenario, "--record", records) as \
            emulator:
        bench.warm_up(emulator.url)
        failures = []
        for cell in cells:
            for peer in rotate(peers, round_):
                try:
                    measure(bench, figures, name, peer, emulator, records,
                            cell, mic, order, reference, round_)
                except Failure as failure:
                    failures.append(f"{cell}, {peer.name}: {failure}")
    if failures:
        raise Failure("; ".join(failures))


def run(bench, figures, peers, round_, quick):
    run_cells(bench, figures, NAME, QUICK_CELLS if quick else CELLS, peers,
              round_, QUICK_SECONDS if quick else SECONDS)


def cell_rows(cell):
    """What is said of one network."""
    result = [Row(
        cell, "to pad", statistic, "ms",
        f"{cell}: packet to source pad, {statistic}",
        budget=30 if (cell, statistic) == ("clean", "p95") else None,
        budget_text="1 frame + 10 ms") for statistic in ("p50", "p95")]
    # What Chromium calls jitterBufferDelay is that of its own counters.
    result.append(Row(
        cell, "wait", "mean", "ms",
        f"{cell}: wait in the client, mean",
        budget=None if cell == "clean" else
        lambda values: 0.8 * values["chromium"]
        if "chromium" in values else None,
        budget_text="0.8 Chromium", compare="chromium"))
    result.append(Row(cell, "to sink", "p50", "ms",
                      f"{cell}: packet to a sink in time, p50",
                      compare="webrtcbin"))
    result.append(Row(cell, "jitter", "p95", "ms",
                      f"{cell}: jitter of the arrivals, p95"))
    result.append(Row(cell, "damaged", "mean", "%",
                      f"{cell}: packets not heard as sent",
                      budget=lambda values: values.get("chromium"),
                      budget_text="Chromium"))
    result.append(Row(cell, "own concealed", "mean", "%",
                      f"{cell}: concealed, by own counters"))
    return result


def rows(quick):
    result = [Row("clean", "uplink", statistic, "ms",
                  f"capture to wire, {statistic}",
                  budget=22 if statistic == "p95" else None,
                  budget_text="1 frame + 2 ms", compare="webrtcbin")
              for statistic in ("p50", "p95")]
    for cell in QUICK_CELLS if quick else CELLS:
        result += cell_rows(cell)
    return result


def plots(figures, quick):
    for cell in QUICK_CELLS if quick else CELLS:
        yield (f"{cell}: packet to source pad", "ms", cell, "to pad")
        yield (f"{cell}: packet to source pad, over time", "ms", cell,
               "over time")
        yield (f"{cell}: packet to a sink in time", "ms", cell, "to sink")
