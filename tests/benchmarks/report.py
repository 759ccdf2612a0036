# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Tables, JSON and plots of figures."""

import json
import os
import re
import subprocess
import time
from xml.sax.saxutils import escape

from harness import Figures

COLOURS = {"elements": "#c0392b", "webrtcbin": "#2471a3",
           "aiortc": "#229954", "chromium": "#b7950b",
           "opusdec": "#7d3c98", "reference": "#555555"}

BEGIN = "<!-- begin of results -->"
END = "<!-- end of results -->"


def get_machine():
    model = ""
    try:
        with open("/proc/cpuinfo") as file:
            found = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.M)
            model = found.group(1) if found else ""
    except OSError:
        pass
    try:
        gst = subprocess.run(
            ["gst-inspect-1.0", "--gst-version"], text=True,
            capture_output=True, check=False).stdout.split()[-1]
    except (OSError, IndexError):
        gst = ""
    return {"cores": os.cpu_count(), "model": model, "gstreamer": gst,
            "kernel": os.uname().release}


def number(value, digits=None):
    if value is None:
        return "-"
    if digits is None:
        digits = 0 if value == int(value) or abs(value) >= 100 \
            else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"


class Line:
    """A row of a table with its figures."""

    def __init__(self, bench, row, figures, peers):
        self.row = row
        self.values = {}
        for peer in peers:
            summary = figures.summary(
                bench, row.cell, row.metric, peer, row.statistic)
            if summary is not None:
                self.values[peer] = summary
        medians = {peer: value[0] for peer, value in self.values.items()}
        own = medians.get("elements")
        self.budget = row.budget(medians) if callable(row.budget) \
            else row.budget
        self.met = None
        if own is not None and self.budget is not None:
            self.met = bool(own >= self.budget if row.at_least
                            else own <= self.budget)
        other = medians.get(row.compare)
        self.ratio = own / other if own is not None and other else None

    def cells(self, peers):
        row = self.row
        result = [f"{row.title}, {row.unit}" if row.unit else row.title]
        for peer in peers:
            value = self.values.get(peer)
            if value is None:
                result.append("-")
                continue
            middle, least, greatest = (
                number(part, row.digits) for part in value)
            result.append(middle if least == greatest
                          else f"{middle} ({least}-{greatest})")
        result.append("" if self.ratio is None else
                      f"{self.ratio:.2f} {row.compare}")
        budget = ""
        if self.budget is not None:
            sign = "≥" if row.at_least else "≤"
            budget = f"{sign} {number(self.budget, row.digits)}"
            if row.budget_text:
                budget += f" ({row.budget_text})"
        result.append(budget)
        result.append({None: "", True: "met", False: "MISSED"}[self.met])
        return result

    def as_json(self):
        return {"title": self.row.title, "cell": self.row.cell,
                "metric": self.row.metric, "statistic": self.row.statistic,
                "unit": self.row.unit, "budget": self.budget, "met": self.met,
                "compare": self.row.compare, "ratio": self.ratio,
                "peers": {peer: {"median": value[0], "min": value[1],
                                 "max": value[2]}
                          for peer, value in self.values.items()}}


def get_lines(module, figures, peers, quick):
    lines = [Line(module.NAME, row, figures, peers)
             for row in module.rows(quick)]
    return [line for line in lines if line.values]


def get_header(peers):
    return ["", *peers, "ratio", "budget", ""]


def print_table(title, lines, peers):
    print(f"\n{title}\n")
    table = [get_header(peers)] + [line.cells(peers) for line in lines]
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        print("  " + "  ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths))).rstrip())


def markdown_table(title, text, lines, peers):
    table = [get_header(peers)] + [line.cells(peers) for line in lines]
    out = [f"### {title}", "", text, ""]
    for i, row in enumerate(table):
        out.append("| " + " | ".join(row) + " |")
        if i == 0:
            out.append("|" + "---|" * len(row))
    return "\n".join(out) + "\n"


def describe(meta):
    return (f"{meta['cores']} cores ({meta['model']}), GStreamer "
            f"{meta['gstreamer']}{', quick' if meta['quick'] else ''}, seed "
            f"{meta['seed']}. Each figure is the median of the rounds, with "
            "the least and the greatest; the ratio is the elements' figure to "
            "that of the peer named behind it.")


def describe_run(run):
    return (f"{run['rounds']} round{'s' * (run['rounds'] > 1)}, "
            f"{run['date']}; a thread that slept woke up late by "
            f"{run['late_p99_ms']} ms (p99), {run['late_max_ms']} ms at "
            "most.")


def write_docs(path, text):
    with open(path, encoding="utf-8") as file:
        document = file.read()
    begin = document.index(BEGIN) + len(BEGIN)
    end = document.index(END)
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{document[:begin]}\n\n{text}\n{document[end:]}")


def make_meta(quick, seed):
    return dict(get_machine(), quick=quick, seed=seed, runs={})


def add_run(meta, name, watch):
    """A round of the benchmark @name is over; @watch is how late threads were
    during it."""
    before = meta["runs"].get(name, {"rounds": 0})
    meta["runs"][name] = dict(
        {key: max(value, before.get(key, 0)) for key, value in watch.items()},
        rounds=before["rounds"] + 1, date=time.strftime("%Y-%m-%d"))


def read_json(path):
    """What write_json() wrote: what it says of the run, and the figures."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    return content["meta"], Figures.from_json(content["figures"])


def write_json(path, meta, figures, tables):
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"meta": meta,
                   "tables": [{"benchmark": module.NAME,
                               "title": module.TITLE,
                               "rows": [line.as_json() for line in lines]}
                              for module, lines in tables],
                   "figures": figures.as_json()}, file)
        file.write("\n")


# --- plots -----------------------------------------------------------------

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 130, 40, 45


def nice_step(span, count):
    """1, 2 or 5 times a power of ten."""
    raw = max(span, 1e-9) / count
    power = 10 ** int(f"{raw:e}".split("e")[1])
    for factor in (1, 2, 5, 10):
        if raw <= factor * power:
            return factor * power
    return 10 * power


class Plot:
    def __init__(self, title, x_title, y_title, x_range, y_range):
        self.x_range = x_range
        self.y_range = y_range
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
            f'height="{HEIGHT}" font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            f'<text x="{LEFT}" y="22" font-size="15">{escape(title)}</text>',
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 8}" '
            f'text-anchor="middle">{escape(x_title)}</text>',
            f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" transform='
            f'"rotate(-90 14 {HEIGHT / 2})">{escape(y_title)}</text>']
        self.names = 0
        self.axis(x_range, True)
        self.axis(y_range, False)

    def x(self, value):
        low, high = self.x_range
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        low, high = self.y_range
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (
            HEIGHT - TOP - BOTTOM)

    def axis(self, limits, horizontal):
        low, high = limits
        step = nice_step(high - low, 6)
        value = -(-low // step) * step + 0.0
        while value <= high + step * 1e-6:
            text = f"{value + 0.0:g}"
            if horizontal:
                at = self.x(value)
                self.parts.append(
                    f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" '
                    f'y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                    f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" '
                    f'text-anchor="middle">{text}</text>')
            else:
                at = self.y(value)
                self.parts.append(
                    f'<line y1="{at:.1f}" y2="{at:.1f}" x1="{LEFT}" '
                    f'x2="{WIDTH - RIGHT}" stroke="#ddd"/>'
                    f'<text x="{LEFT - 6}" y="{at + 4:.1f}" '
                    f'text-anchor="end">{text}</text>')
            value += step

    def name(self, text, colour):
        at = TOP + 16 * self.names
        self.names += 1
        self.parts.append(
            f'<rect x="{WIDTH - RIGHT + 10}" y="{at - 9}" width="12" '
            f'height="10" fill="{colour}"/><text x="{WIDTH - RIGHT + 27}" '
            f'y="{at}">{escape(text)}</text>')

    def line(self, points, colour):
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" '
                          f'stroke="{colour}" stroke-width="1.5"/>')

    def dots(self, points, colour):
        self.parts.append("".join(
            f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="1.6" '
            f'fill="{colour}"/>' for x, y in points))

    def save(self, path):
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.parts) + "\n</svg>\n")


def colour_of(peer):
    return COLOURS.get(peer, "#888888")


def plot_distribution(path, title, unit, values):
    """Cumulative: which share is not above x."""
    values = {peer: sorted(some) for peer, some in values.items() if some}
    if not values:
        return False
    high = max(some[-1] for some in values.values())
    low = min(0, min(some[0] for some in values.values()))
    plot = Plot(title, unit, "share", (low, max(high, low + 1) * 1.02),
                (0, 1))
    for peer, some in values.items():
        points = [(low, 0)]
        for i, value in enumerate(some):
            points += [(value, i / len(some)), (value, (i + 1) / len(some))]
        points.append((plot.x_range[1], 1))
        plot.line(points, colour_of(peer))
        plot.name(peer, colour_of(peer))
    plot.save(path)
    return True


def plot_series(path, title, unit, series):
    """Over time: {peer: [(s, value)]}."""
    series = {peer: points for peer, points in series.items() if points}
    if not series:
        return False
    last = max(time for points in series.values() for time, _ in points)
    high = max(value for points in series.values() for _, value in points)
    low = min(0, min(value for points in series.values()
                     for _, value in points))
    plot = Plot(title, "s", unit, (0, max(last, 1)),
                (low, max(high, low + 1) * 1.05))
    for peer, points in series.items():
        plot.dots(points, colour_of(peer))
        plot.name(peer, colour_of(peer))
    plot.save(path)
    return True
