#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""gst-launch-1.0 on one host, the emulator on another: no loopback between them,
a line that can be cut.

    hosts.py EMULATOR WIRE NAMESPACES_FOLDER
"""

import array
import os
import subprocess
import sys
import tempfile
import threading
import unittest
import wave

sys.dont_write_bytecode = True
EMULATOR, WIRE = sys.argv[1:3]
sys.path.insert(0, sys.argv[3])

import namespaces  # noqa: E402

SKIPPED = 77
# Seconds; only to end what hangs.
PATIENCE = 100
# A human who says two words, of alsa-utils.
QUESTION = "/usr/share/sounds/alsa/Front_Center.wav"
LOUD = 1000
ASKING = "nothing arrived for"


# One element, two calls; between them it waits for a line.
CALLER = """
import sys
import gi
gi.require_version("Gst", "1.0")
from gi.repository import Gst
Gst.init(None)
pipeline = Gst.parse_launch(
    "audiotestsrc is-live=true wave=silence ! openairealtime base-url="
    + sys.argv[1] + " ! fakesink")
bus = pipeline.get_bus()
for call in (1, 2):
    pipeline.set_state(Gst.State.PLAYING)
    while True:
        message = bus.timed_pop_filtered(
            Gst.CLOCK_TIME_NONE,
            Gst.MessageType.PROGRESS | Gst.MessageType.ERROR)
        if message.type == Gst.MessageType.ERROR:
            print("error", *message.parse_error(), flush=True)
            pipeline.set_state(Gst.State.NULL)
            sys.exit(1)
        if message.parse_progress()[0] == Gst.ProgressType.COMPLETE:
            break
    print("call", call, "is up", flush=True)
    pipeline.set_state(Gst.State.READY)
    print("call", call, "is over", flush=True)
    sys.stdin.readline()
pipeline.set_state(Gst.State.NULL)
"""


def count_loud(path):
    """Seconds of sound in what was written."""
    with wave.open(path) as file:
        samples = array.array("h", file.readframes(file.getnframes()))
        step = file.getframerate() // 50
    pieces = [samples[i:i + step] for i in range(0, len(samples), step)]
    return sum(max(map(abs, piece)) > LOUD for piece in pieces) / 50


class Process:
    """A program on a host, whose lines are read as they come."""

    def __init__(self, case, host, argv, **env):
        clean = {name: value for name, value in os.environ.items()
                 if name != "GST_DEBUG"}
        self.process = subprocess.Popen(
            [*host.prefix, *argv], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env=dict(clean, LC_ALL="C.UTF-8", **env),
            preexec_fn=namespaces.die_with_parent)
        self.lines = []
        self.case = case
        self.watchdog = threading.Timer(PATIENCE, self.process.kill)
        self.watchdog.start()
        case.addCleanup(self.stop)

    def stop(self):
        self.watchdog.cancel()
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def wait_for(self, text):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if text in line:
                return line.strip()
        self.case.fail(f"no '{text}' in\n" + "\n".join(self.lines[-60:]))

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def wait(self):
        """What it returned, at its end."""
        self.lines += self.process.stdout.read().splitlines()
        return self.process.wait()


class Hosts(unittest.TestCase):
    def set_up(self, family, *options):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.answer = os.path.join(directory.name, "answer.wav")
        self.hosts = namespaces.Hosts(family)
        self.addCleanup(self.hosts.close)
        self.cable = None
        self.plug(*options)
        emulator = Process(self, self.hosts.server, [
            EMULATOR, "--host", self.hosts.server.addresses[0],
            "--exit-with-parent"])
        self.url = emulator.wait_for("http")

    def plug(self, *options):
        self.cable = namespaces.Wire(WIRE, self.hosts, *options)
        self.addCleanup(self.unplug)

    def unplug(self):
        if self.cable is not None:
            self.cable.close()
        self.cable = None

    def ask(self):
        return Process(self, self.hosts.client, [
            "gst-launch-1.0", "-m", "filesrc", "location=" + QUESTION, "!",
            "wavparse", "!", "openairealtime", "base-url=" + self.url,
            "idle-output=none", "!", "wavenc", "!", "filesink",
            "location=" + self.answer],
            GST_DEBUG="openairealtime*:5", GST_DEBUG_NO_COLOR="1")

    def check_answered(self, client):
        self.assertEqual(client.wait(), 0, "\n".join(client.lines[-60:]))
        self.assertTrue(any("response.done" in line for line in client.lines))
        # The parrot says it back.
        self.assertAlmostEqual(
            count_loud(self.answer), count_loud(QUESTION), delta=0.15)

    def test_over_ipv4(self):
        self.set_up("ipv4", "--both", "delay=10,loss=2")
        self.check_answered(self.ask())

    def test_over_ipv6_alone(self):
        self.set_up("ipv6", "--both", "delay=10")
        self.assertIn("[fd", self.url)
        self.check_answered(self.ask())

    def test_firewall_without_udp(self):
        self.set_up("ipv4", "--tcp-only", "--both", "delay=10")
        self.check_answered(self.ask())

    def test_cut_for_good(self):
        self.set_up("ipv4")
        client = self.ask()
        client.wait_for("output_audio_buffer.started")
        self.unplug()
        status = client.wait()
        said = "\n".join(client.lines)
        self.assertEqual(status, 1, said[-6000:])
        self.assertIn("ERROR: from element", said)
        self.assertIn("does not react any more", said)

    def test_another_address(self):
        # As when a telephone leaves the house: the connection of the call before
        # is dead, and nobody said so.
        self.set_up("ipv4")
        client = Process(self, self.hosts.client, [
            sys.executable, "-c", CALLER, self.url],
            GST_DEBUG="openairealtime*:5", GST_DEBUG_NO_COLOR="1")
        client.wait_for("call 1 is over")
        self.hosts.client.ip("addr", "del", "10.190.86.1/24", "dev", "wire0")
        self.hosts.client.ip("addr", "add", "10.190.86.7/24", "dev", "wire0")
        client.go_on()
        client.wait_for("call 2 is up")
        client.go_on()
        self.assertEqual(client.wait(), 0, "\n".join(client.lines[-60:]))
        self.assertTrue(any("used connection" in line for line in client.lines))

    def test_cut_for_some_seconds(self):
        self.set_up("ipv4")
        client = self.ask()
        client.wait_for("output_audio_buffer.started")
        self.unplug()
        # It has noticed.
        client.wait_for(ASKING)
        before = len(client.lines)
        self.plug()
        self.assertEqual(client.wait(), 0, "\n".join(client.lines[-60:]))
        # What was said meanwhile is lost, what was told is not.
        self.assertTrue(any("output_audio_buffer.stopped" in line
                            for line in client.lines[before:]))


if __name__ == "__main__":
    MISSING = namespaces.find_missing()
    if MISSING is None and not os.path.exists(QUESTION):
        MISSING = QUESTION + " is not there: alsa-utils"
    if MISSING is not None:
        print("skipped:", MISSING)
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1], verbosity=2)
