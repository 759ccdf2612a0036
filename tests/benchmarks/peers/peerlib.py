# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What the peers in Python share with those in C (peer.c): options, what is
printed, the format of a recording."""

import argparse
import ipaddress
import json
import os
import struct
import sys
import time
import urllib.parse

RATE = 24000
STEPS = ("offer", "answer", "ice", "dtls", "open")


def now():
    """us, as in the relay's log."""
    return time.monotonic_ns() // 1000


def say(**fields):
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def is_on_loopback(url):
    host = urllib.parse.urlsplit(url).hostname
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--base-url", required=True, metavar="URL")
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--connect", type=int, metavar="N",
                      help="N calls one after another")
    mode.add_argument("--until", metavar="TYPE:N",
                      help="a call until the N-th event of that type")
    mode.add_argument("--load", metavar="N,...",
                      help="N calls at once, and what they use")
    parser.add_argument("--gap", type=int, default=0, metavar="MS",
                        help="between calls of --connect")
    parser.add_argument("--tail", type=int, default=700, metavar="MS",
                        help="after the event of --until")
    parser.add_argument("--max", type=int, default=120, metavar="SECONDS",
                        help="--until fails when it takes longer")
    parser.add_argument("--seconds", type=int, default=5, metavar="N",
                        help="that a load is measured")
    parser.add_argument("--settle", type=int, default=1, metavar="N",
                        help="seconds before that")
    parser.add_argument("--timeout", type=int, default=20, metavar="SECONDS",
                        help="a call that is not up then has failed")
    parser.add_argument("--mic", metavar="WAV",
                        help="16 bit mono 24 kHz, again and again")
    parser.add_argument("--record", metavar="FILE",
                        help="all sound that comes, with its times")
    parser.add_argument("--no-vad", action="store_true",
                        help="the server is not to look for speech")
    arguments = parser.parse_args()
    if arguments.until is not None:
        name, _, count = arguments.until.partition(":")
        arguments.until = name
        arguments.until_count = int(count or 1)
    return arguments


class Times:
    """Of one call."""

    def __init__(self):
        self.start = now()
        self.steps = {}
        self.why = None

    def step(self, name, time_=None):
        self.steps.setdefault(name, now() if time_ is None else time_)

    def say(self, name, number, **more):
        fields = {name: number, "start": self.start,
                  "ok": self.why is None and "open" in self.steps}
        for step in STEPS:
            fields[step] = self.steps[step] - self.start \
                if step in self.steps else -1
        if self.why is not None:
            fields["why"] = self.why
        say(**fields, **more)


class Recorder:
    HEADER = struct.Struct("=qqQII")

    def __init__(self, path):
        self.path = path
        self.parts = [b"OAIREC1\n"]

    def add(self, at_pad, rendered, samples):
        """@samples: bytes of S16 mono at RATE."""
        self.parts.append(self.HEADER.pack(
            at_pad, rendered, 0, len(samples) // 2, 0))
        self.parts.append(samples)

    def write(self):
        with open(self.path, "wb") as file:
            file.write(b"".join(self.parts))


def read_number(path, name):
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(name):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def get_usage():
    return {"rss_kb": read_number("/proc/self/status", "VmRSS:"),
            "pss_kb": read_number("/proc/self/smaps_rollup", "Pss:"),
            "threads": len(os.listdir("/proc/self/task")),
            # One of them is the directory itself.
            "fds": len(os.listdir("/proc/self/fd")) - 1}
