# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What connect and delay measure, with the client and the server on hosts of
their own: HTTP over TCP that loses packets, and ICE with the addresses that
there are."""

import bench_connect
import bench_delay
import harness
from harness import Row
from namespaces import find_missing

__all__ = ["find_missing"]

NAME = "netns"
TITLE = "Between network namespaces: connect, delay of sound"
PEERS = ["elements", "webrtcbin", "aiortc", "chromium"]

CONNECT_CELLS = [(0, 0), (80, 0), (200, 0), (40, 1), (40, 5)]
QUICK_CONNECT_CELLS = [(40, 5)]
DELAY_CELLS = ["clean", "exp 8 ms", "Wi-Fi", "5 % lost"]
QUICK_DELAY_CELLS = ["clean"]

# Calls of a round: of the elements, whose tails are to be known, and of others.
CALLS = 50
OTHERS_CALLS = 10
QUICK_CALLS = 6


def get_cells(quick):
    return (QUICK_CONNECT_CELLS, QUICK_DELAY_CELLS) if quick \
        else (CONNECT_CELLS, DELAY_CELLS)


def add_kept(figures, name, cell, peer, round_, calls):
    """Of a client that lives on between its calls."""
    figures.add(name, cell, "total, kept", peer.name, round_,
                [call["open"] / 1000 for call in calls if call["ok"]])
    figures.add(name, cell, "failures, kept", peer.name, round_,
                [sum(not call["ok"] for call in calls)])


def add_calls(figures, name, cell, peer, round_, calls):
    bench_connect.add_calls(figures, name, cell, peer, round_, calls)
    # Chromium's page is made once.
    if peer.name == "chromium":
        add_kept(figures, name, cell, peer, round_, calls)


def run(bench, figures, peers, round_, quick):
    connect_cells, delay_cells = get_cells(quick)
    with harness.Apart(bench) as apart:
        with apart.emulator() as emulator:
            apart.warm_up(emulator.url)
            for rtt, loss in connect_cells:
                for peer in harness.rotate(peers, round_):
                    calls = QUICK_CALLS if quick else \
                        CALLS if peer.name == "elements" else OTHERS_CALLS
                    bench_connect.measure(
                        apart, figures, NAME, emulator, peer, rtt, loss,
                        calls, round_, add=add_calls)
                    if peer.name == "elements":
                        bench_connect.measure(
                            apart, figures, NAME, emulator, peer, rtt, loss,
                            calls, round_, "--keep", add=add_kept)
        bench_delay.run_cells(
            apart, figures, NAME, delay_cells, peers, round_,
            bench_delay.QUICK_SECONDS if quick else bench_delay.SECONDS)


def rows(quick):
    connect_cells, delay_cells = get_cells(quick)
    result = []
    for rtt, loss in connect_cells:
        result += bench_connect.cell_rows(rtt, loss)
        cell = bench_connect.cell_name(rtt, loss)
        where = f"RTT {rtt} ms, {loss} % lost"
        result.append(Row(cell, "total", "p95", "ms", f"{where}: total, p95",
                          compare="aiortc"))
        for statistic in ("p50", "p95"):
            result.append(Row(
                cell, "total, kept", statistic, "ms",
                f"{where}: total of a further call, {statistic}",
                compare="chromium"))
        result.append(Row(cell, "failures, kept", "sum", "",
                          f"{where}: failed further calls"))
    for cell in delay_cells:
        result += bench_delay.cell_rows(cell)
    return result


def plots(figures, quick):
    connect_cells, delay_cells = get_cells(quick)
    for rtt, loss in connect_cells:
        yield (f"Connect, RTT {rtt} ms, {loss} % lost: answer to open", "ms",
               bench_connect.cell_name(rtt, loss), "after answer")
    for cell in delay_cells:
        yield (f"{cell}: packet to source pad", "ms", cell, "to pad")
        yield (f"{cell}: packet to source pad, over time", "ms", cell,
               "over time")
