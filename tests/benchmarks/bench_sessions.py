# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What calls use in one process, and what is left of them when they are over."""

from harness import Failure, Row, rotate

NAME = "sessions"
TITLE = "Sessions: memory, threads and file descriptors"
PEERS = ["elements", "webrtcbin", "aiortc"]

COUNTS = [1, 5, 20, 50]
QUICK_COUNTS = [1, 5]
CONNECTS = 1000
QUICK_CONNECTS = 40
# Of the connects, those that fill caches and arenas.
SETTLE = 0.5


def slope(values):
    """Least squares, per step."""
    n = len(values)
    if n < 2:
        return 0.0
    middle = (n - 1) / 2
    mean = sum(values) / n
    above = sum((i - middle) * (value - mean)
                for i, value in enumerate(values))
    return above / sum((i - middle) ** 2 for i in range(n))


def get_used(peer, said):
    """By number of calls. Few cores do not bear many."""
    used = {line["load"]: line for line in said if "load" in line}
    if len(used) < 2:
        raise Failure(f"{peer.name} did not get far: {said[-2:]}")
    refused = [line for line in said if not line.get("ok", True)]
    if refused:
        print(f"{peer.name}: no more than {max(used)} calls, then: "
              f"{refused[0].get('why')}")
    return used


def get_further(used):
    """What each call after the first ones takes: MB, threads, descriptors."""
    first, last = used[min(used)], used[max(used)]
    further = max(used) - min(used)
    return {"rss": (last["rss_kb"] - first["rss_kb"]) / 1024 / further,
            "threads": (last["threads"] - first["threads"]) / further,
            "fds": (last["fds"] - first["fds"]) / further}


def add_load(figures, peer, round_, used, without):
    for count in used:
        figures.add(NAME, f"{count} calls", "rss", peer.name, round_,
                    [used[count]["rss_kb"] / 1024])
        figures.add(NAME, f"{count} calls", "cpu", peer.name, round_,
                    [100 * used[count]["cpu"] / used[count]["wall"]])
        for name in ("threads", "fds"):
            figures.add(NAME, f"{count} calls", name, peer.name, round_,
                        [used[count][name]])
    for metric, value in get_further(used).items():
        figures.add(NAME, "each further call", metric, peer.name, round_,
                    [value])
        if without is not None:
            own = value - get_further(without)[metric]
            figures.add(NAME, "each further call, alone", metric, peer.name,
                        round_, [own])


def add_connects(figures, peer, round_, said, wanted):
    calls = [line for line in said if "connect" in line]
    if len(calls) != wanted:
        raise Failure(f"{peer.name} made {len(calls)} of {wanted} calls")
    settled = calls[int(SETTLE * wanted):]
    if "heap" in settled[0]:
        figures.add(NAME, "connects", "heap", peer.name, round_,
                    [slope([call["heap"] for call in settled])])
        figures.add(NAME, "connects", "over time", peer.name, round_,
                    [(number, call["heap"] / 1024)
                     for number, call in enumerate(calls)])
    for metric, value in (
            ("rss", 1024 * slope([call["rss_kb"] for call in settled])),
            ("threads", settled[-1]["threads"] - settled[0]["threads"]),
            ("fds", settled[-1]["fds"] - settled[0]["fds"]),
            ("failed", sum(not call["ok"] for call in calls))):
        figures.add(NAME, "connects", metric, peer.name, round_, [value])


def run(bench, figures, peers, round_, quick):
    counts = QUICK_COUNTS if quick else COUNTS
    connects = QUICK_CONNECTS if quick else CONNECTS
    loads = ("--load", ",".join(map(str, counts)), "--seconds", 2,
             "--timeout", 60)
    for peer in rotate(peers, round_):
        with bench.emulator() as emulator:
            bench.warm_up(emulator.url)
            used = get_used(peer, bench.run(
                peer, emulator.url, *loads, check=False))
            without = None
            if peer.name == "elements":
                without = get_used(peer, bench.run(
                    peer, emulator.url, "--without", *loads))
            add_load(figures, peer, round_, used, without)
        # The slope needs no second round.
        if round_ == 0:
            with bench.emulator("--max-calls", "2000") as emulator:
                bench.warm_up(emulator.url)
                add_connects(figures, peer, round_, bench.run(
                    peer, emulator.url, "--connect", connects), connects)


def rows(quick):
    counts = QUICK_COUNTS if quick else COUNTS
    connects = QUICK_CONNECTS if quick else CONNECTS
    result = []
    # A few calls only say how caches fill.
    few = None if quick else 1000
    for metric, unit, budget in (("rss", "MB", 2), ("threads", "", 13),
                                 ("fds", "", 8)):
        for count in counts:
            result.append(Row(f"{count} calls", metric, "mean", unit,
                              f"{count} calls: {metric}",
                              compare="webrtcbin"))
        result.append(Row("each further call", metric, "mean", unit,
                          f"each further call: {metric}",
                          compare="webrtcbin"))
        result.append(Row(
            "each further call, alone", metric, "mean", unit,
            f"each further call without its application: {metric}",
            budget=budget))
    for count in counts:
        result.append(Row(f"{count} calls", "cpu", "mean", "%",
                          f"{count} calls: CPU"))
    result += [
        Row("connects", "heap", "mean", "bytes",
            f"{connects} calls in turn: growth of the heap a call",
            budget=few, digits=0),
        Row("connects", "rss", "mean", "bytes",
            f"{connects} calls in turn: growth of RSS a call",
            budget=few, digits=0),
        Row("connects", "threads", "mean", "",
            f"{connects} calls in turn: threads more", budget=0),
        Row("connects", "fds", "mean", "",
            f"{connects} calls in turn: descriptors more", budget=0),
        Row("connects", "failed", "sum", "",
            f"{connects} calls in turn: failed", budget=0),
    ]
    return result


def plots(figures, quick):
    yield ("Heap after each of many calls", "kB", "connects", "over time")
