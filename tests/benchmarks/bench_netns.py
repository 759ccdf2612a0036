# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What connect and delay measure, with the client and the server on hosts of
their own: HTTP over TCP that loses packets, and ICE with the addresses that
there are."""

import bench_connect
import bench_delay
import harness
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
                        calls, round_)
        bench_delay.run_cells(
            apart, figures, NAME, delay_cells, peers, round_,
            bench_delay.QUICK_SECONDS if quick else bench_delay.SECONDS)


def rows(quick):
    connect_cells, delay_cells = get_cells(quick)
    result = []
    for rtt, loss in connect_cells:
        result += bench_connect.cell_rows(rtt, loss)
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
