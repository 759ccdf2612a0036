# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""From the start of a call to its open data channel."""

from harness import Row, rotate

NAME = "connect"
TITLE = "Connect: start of a call to open data channel"
PEERS = ["elements", "webrtcbin", "aiortc", "chromium"]

# Milliseconds of round trip, percent lost each way.
ALL_CELLS = [(rtt, loss) for rtt in (0, 40, 80, 200) for loss in (0, 1, 5)]
QUICK_CELLS = [(0, 0), (80, 0), (40, 5)]

# Calls of a round: of the elements, whose tails are to be known, and of others.
CALLS = 100
OTHERS_CALLS = 20
QUICK_CALLS = 6
COLD_CALLS = 3
# Seconds after which a call counts as failed.
TIMEOUT = 20


def cell_name(rtt, loss):
    return f"{rtt} ms, {loss} %"


def add_calls(figures, name, cell, peer, round_, calls):
    def add(metric, values):
        figures.add(name, cell, metric, peer.name, round_, values)

    good = [call for call in calls if call["ok"]]
    add("total", [call["open"] / 1000 for call in good])
    add("after answer", [(call["open"] - call["answer"]) / 1000
                         for call in good if call["answer"] >= 0])
    add("failures", [sum(not call["ok"] for call in calls)])
    add("calls", [len(calls)])
    before = None
    for step in ("offer", "answer", "ice", "dtls", "open"):
        values = [(call[step] - (call[before] if before else 0)) / 1000
                  for call in good
                  if call[step] >= 0 and (not before or call[before] >= 0)]
        add(f"step {step}", values)
        before = step


def get_calls(said):
    return [line for line in said if "connect" in line]


def measure(bench, figures, name, emulator, peer, rtt, loss, calls, round_,
            *options, add=add_calls):
    # The same network for each peer, another one each round.
    with bench.network(
            emulator.url, "--both", f"delay={rtt / 2},loss={loss}",
            "--seed", bench.seed + round_, http_rtt=rtt) as network:
        said = bench.run(peer, network.url, "--connect", calls + 1,
                         "--timeout", TIMEOUT, *options, check=False)
    # The first one of a process is cold.
    add(figures, name, cell_name(rtt, loss), peer, round_,
              get_calls(said)[1:])


def run(bench, figures, peers, round_, quick):
    cells = QUICK_CELLS if quick else ALL_CELLS
    with bench.emulator() as emulator:
        bench.warm_up(emulator.url)
        for peer in rotate(peers, round_):
            for _ in range(1 if quick else COLD_CALLS):
                add_calls(figures, NAME, "cold", peer, round_, get_calls(
                    bench.run(peer, emulator.url, "--connect", 1,
                              "--timeout", TIMEOUT, check=False)))
        for rtt, loss in cells:
            for peer in rotate(peers, round_):
                calls = QUICK_CALLS if quick else \
                    CALLS if peer.name == "elements" else OTHERS_CALLS
                measure(bench, figures, NAME, emulator, peer, rtt, loss, calls,
                        round_)


def cell_rows(rtt, loss):
    """What is said of one network."""
    cell = cell_name(rtt, loss)
    result = []
    if (rtt, loss) != (0, 0):
        result.append(Row(cell, "total", "p50", "ms",
                          f"RTT {rtt} ms, {loss} % lost: total",
                          compare="aiortc"))
    for statistic in ("p50", "p95"):
        budget = None
        if (rtt, loss) == (80, 0) and statistic == "p50":
            budget = 5 * 80 + 40
        elif (rtt, loss) == (40, 5):
            budget = 300 if statistic == "p50" else 800
        result.append(Row(
            cell, "after answer", statistic, "ms",
            f"RTT {rtt} ms, {loss} % lost: answer to open, {statistic}",
            budget=budget, compare="aiortc"))
    result.append(Row(cell, "failures", "sum", "",
                      f"RTT {rtt} ms, {loss} % lost: failed calls",
                      budget=0 if (rtt, loss) == (40, 5) else None))
    return result


def rows(quick):
    result = [Row("cold", "total", "p50", "ms", "cold, first of a process"),
              Row(cell_name(0, 0), "total", "p50", "ms", "warm, loopback",
                  budget=lambda values: values.get("aiortc"),
                  budget_text="aiortc", compare="aiortc")]
    for rtt, loss in QUICK_CELLS if quick else ALL_CELLS:
        result += cell_rows(rtt, loss)
    return result


def plots(figures, quick):
    """(title, unit, cell, metric) of each."""
    for rtt, loss in QUICK_CELLS if quick else ALL_CELLS:
        yield (f"Connect, RTT {rtt} ms, {loss} % lost: answer to open", "ms",
               cell_name(rtt, loss), "after answer")
