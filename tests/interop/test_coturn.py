#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""The elements behind a firewall, and coturn, a TURN and STUN server, beside
the emulator on another host."""

import argparse
import hashlib
import os
import shutil
import socket
import sys
import time
import urllib.parse

import interop

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                os.pardir, "relay"))

import namespaces  # noqa: E402

COTURN = shutil.which("turnserver", path="/usr/bin:/usr/sbin:/usr/local/bin")
PORT = 3478
REALM = "example.org"
USER = "joe"
PASSWORD = "open-sesame"
# All that has a meaning in a URI, and what is no ASCII.
AWKWARD = "p@:/?#[]%&=+;,'\"<>\\ ü%41"

STEPS = ["offer", "http", "ice", "dtls", "session"]
# Without a path, but short of connect-timeout.
SHORT = 6000

if COTURN is None:
    interop.skip("coturn is not installed")
MISSING = namespaces.find_missing()
if MISSING is not None:
    interop.skip(MISSING)


class TestCase(interop.TestCase):
    FAMILY = "ipv4"

    def setUp(self):
        super().setUp()
        self.hosts = namespaces.Hosts(self.FAMILY)
        self.addCleanup(self.hosts.close)
        self.host, = self.hosts.server.addresses
        self.literal = f"[{self.host}]" if ":" in self.host else self.host
        # Nobody has it, and nothing tells so.
        self.nobody = self.literal.replace("86.2", "86.77")
        self.url, self.record = self.emulator(
            "--host", self.host, prefix=self.hosts.server.prefix)
        self.http = urllib.parse.urlsplit(self.url).port

    def serve(self, *options, password=PASSWORD):
        """Starts coturn, next to the emulator."""
        turn = interop.Process(
            [*self.hosts.server.prefix, COTURN, "-n", "--no-cli", "--no-tls",
             "--no-dtls", "--verbose", "--lt-cred-mech", "--realm", REALM,
             "--user", f"{USER}:{password}", "--listening-ip", self.host,
             "--relay-ip", self.host, "--listening-port", str(PORT),
             "--log-file", "stdout", "--pidfile", self.path("coturn.pid"),
             "--userdb", self.path("coturn.db"), *options],
            self.path("coturn.log"))
        self.addCleanup(turn.stop)
        self.turn = turn
        self.turn_said = []
        self.wait_for_turn("UDP listener opened")

    def wait_for_turn(self, text):
        """Until coturn says so."""
        deadline = time.monotonic() + interop.PATIENCE
        while not any(text in line for line in self.turn_said):
            line = self.turn.line(deadline)
            self.assertIsNotNone(line, f"coturn ended: {self.turn_said}")
            self.turn_said.append(line)

    def plug(self, *options):
        """Connects the hosts."""
        wire = namespaces.Wire(
            interop.programs.wire, self.hosts, "--log",
            self.path("packets"), *options)
        self.addCleanup(wire.close)
        return wire

    def turn_url(self, more="", user=USER, password=PASSWORD):
        user, password = (urllib.parse.quote(text, safe="")
                          for text in (user, password))
        return f"turn://{user}:{password}@{self.literal}:{PORT}{more}"

    def ask(self, question, **settings):
        """The elements, on the client's host."""
        return self.client(
            question, prefix=self.hosts.client.prefix, base_url=self.url,
            env={"GST_DEBUG": "openairealtime*:7",
                 "GST_DEBUG_NO_COLOR": "1"},
            **settings)

    def converse(self, words=None, **settings):
        """Says something, a word if nothing else, and hears it again. The
        client."""
        words = interop.load_word() if words is None else words
        client = self.ask(self.make_question(words),
                          **{**interop.SHORT_TURN, **settings})
        client.event("session.created")
        client.command("stats")
        events = client.finish()
        self.assertEqual(client.of("step"), STEPS)
        self.assert_same(words, self.answer())
        types = [event["type"] for event in events]
        position = -1
        for name in interop.TURN:
            self.assertIn(name, types[position + 1:], f"{types}")
            position = types.index(name, position + 1)
        return client

    def fail_to_connect(self, **settings):
        """What the error says."""
        client = self.ask(self.make_question(interop.load_word()), **settings)
        error = client.fail()
        self.assertEqual(client.of("step"), STEPS[:STEPS.index("ice")])
        return error

    def read_packets(self):
        """Direction and kind of the UDP packets that the firewall let
        through."""
        with open(self.path("packets")) as file:
            lines = [line.split() for line in file if line[0] != "#"]
        return {(line[1], line[5]) for line in lines}

    def debug(self):
        with open(self.path("client.log"), errors="replace") as file:
            return file.read()


class Coturn(TestCase):
    # --- what a firewall does without a relay

    def test_firewall_without_turn_is_an_error(self):
        self.plug("--allow-tcp", self.http)
        error = self.fail_to_connect(connect_timeout=SHORT)
        self.assertIn("No network path", error)
        self.assertIn("step ice", error)
        self.assertIn("no TURN server is set", error)

    # --- through the relay

    def test_conversation_over_tcp(self):
        self.serve()
        wire = self.plug("--allow-tcp", f"{self.http},{PORT}",
                         "--both", "delay=30")
        self.converse(interop.load_phrase(), **interop.LONG_TURN,
                      turn_server=self.turn_url("?transport=tcp"))
        self.wait_for_turn("ALLOCATE processed, success")
        wire.close()
        self.assertEqual(self.read_packets(), set())
        # However many calls there were.
        spoken = [name for name in os.listdir(self.record)
                  if name.endswith("-said.wav")
                  and len(interop.load(os.path.join(self.record, name)))]
        self.assertEqual(len(spoken), 1)

    def test_conversation_over_udp(self):
        self.serve()
        wire = self.plug("--allow-tcp", self.http, "--allow-udp", PORT)
        self.converse(interop.load_phrase(), **interop.LONG_TURN,
                      turn_server=self.turn_url("?transport=udp"))
        self.wait_for_turn("ALLOCATE processed, success")
        wire.close()
        kinds = {kind for _, kind in self.read_packets()}
        # All sound is within what the TURN server gets.
        self.assertIn("other", kinds)
        self.assertNotIn("rtp", kinds)

    def test_turn_finds_the_way_that_is_open(self):
        self.serve()
        self.plug("--allow-tcp", f"{self.http},{PORT}")
        self.converse(turn_server=self.turn_url())

    def test_single_call_takes_the_relay_as_well(self):
        self.serve()
        # Too far away for the relay to be in the offer.
        self.plug("--allow-tcp", self.http, "--allow-udp", PORT,
                  "--both", "delay=100")
        client = self.converse(turn_server=self.turn_url(), connect_attempts=1)
        self.assertIn("3 candidates", self.debug())
        self.assertNotIn("attempt 2", self.debug())
        self.assertEqual(len(client.of("step")), len(STEPS))

    # --- secrets

    def test_no_secret_is_shown(self):
        self.serve(password=AWKWARD)
        self.plug("--allow-tcp", f"{self.http},{PORT}")
        question = self.make_question(interop.load_word())
        url = self.turn_url("?transport=tcp", password=AWKWARD)
        client = self.converse(turn_server=url)
        shown = self.debug() + repr(client.seen)
        self.assertIn("openairealtimewebrtc", shown)
        self.assertIn("'stats'", shown)
        # All messages on the bus, and all changes of properties.
        launch = interop.Process(
            [*self.hosts.client.prefix, "gst-launch-1.0", "-m", "-v",
             "filesrc", "location=" + question, "!", "wavparse", "!",
             "openairealtime", "base-url=" + self.url, "turn-server=" + url,
             "idle-output=none", "!", "fakesink"],
            self.path("launch.log"),
            env=dict(os.environ, GST_DEBUG="openairealtime*:7",
                     GST_DEBUG_NO_COLOR="1"))
        self.addCleanup(launch.stop)
        deadline = time.monotonic() + interop.PATIENCE
        lines = []
        while (line := launch.line(deadline)) is not None:
            lines.append(line)
        self.assertEqual(launch.wait(), 0, "\n".join(lines[-20:]))
        shown += "\n".join(lines)
        self.assertIn("response.done", shown)
        key = hashlib.md5(f"{USER}:{REALM}:{AWKWARD}".encode()).hexdigest()
        for secret in (AWKWARD, urllib.parse.quote(AWKWARD, safe=""), url, key,
                       repr(AWKWARD)[1:-1]):
            self.assertNotIn(secret, shown)

    def test_values_that_are_no_use_are_told_without_the_secret(self):
        for name, value, said in (
                ("turn-server", "turns://joe:hush@192.0.2.1",
                 "cannot be encrypted"),
                ("turn-server", "turn:joe:hush@192.0.2.1",
                 "turn://user:password@host:port"),
                ("turn-server", "turn://joe:hu@sh@192.0.2.1",
                 "percent-encoded"),
                ("stun-server", "stun:192.0.2.1", "stun://host:port")):
            client = self.ask(self.make_question(interop.load_word()),
                              **{name: value})
            error = client.fail()
            self.assertIn(name, error)
            self.assertIn(said, error)
            self.assertEqual(client.of("step"), [])
            for secret in ("hush", "hu@sh"):
                self.assertNotIn(secret, error + self.debug())

    # --- a relay that is of no use

    def test_wrong_password_is_told(self):
        self.serve()
        self.plug("--allow-tcp", f"{self.http},{PORT}")
        error = self.fail_to_connect(
            connect_timeout=SHORT,
            turn_server=self.turn_url("?transport=tcp", password="open-barley"))
        self.wait_for_turn("credentials are incorrect")
        self.assertIn("the TURN server gave none", error)
        self.assertNotIn("open-barley", error)

    def test_relay_that_may_not_reach_the_server_is_told(self):
        self.serve("--denied-peer-ip", self.host)
        self.plug("--allow-tcp", f"{self.http},{PORT}")
        error = self.fail_to_connect(
            connect_timeout=SHORT, turn_server=self.turn_url("?transport=tcp"))
        self.assertIn("not even through the TURN server", error)

    # --- servers that do not answer, where nothing needs them

    def test_call_does_not_wait_for_the_relay(self):
        # It takes the connection and says nothing.
        deaf = self.hosts.server.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.addCleanup(deaf.close)
        deaf.bind((self.host, PORT))
        deaf.listen()
        self.plug()
        self.converse(turn_server=self.turn_url("?transport=tcp"),
                      connect_attempts=1)
        debug = self.debug()
        self.assertNotIn(" typ relay", debug)
        # It was connected while libnice still waited.
        self.assertNotIn("gathering state 2", debug[
            :debug.index("step session done")])

    def test_call_without_an_answer_of_the_turn_server(self):
        self.plug()
        self.converse(
            turn_server=f"turn://joe:secret@{self.nobody}:{PORT}")
        self.assertNotIn(" typ relay", self.debug())

    def test_stun_server_is_asked(self):
        self.serve()
        # The call itself needs no UDP, and gets none.
        wire = self.plug("--allow-tcp", "any", "--allow-udp", PORT)
        self.converse(stun_server=f"stun://{self.literal}:{PORT}")
        wire.close()
        self.assertEqual(self.read_packets(),
                         {("up", "stun"), ("down", "stun")})

    def test_call_without_an_answer_of_the_stun_server(self):
        self.plug()
        self.converse(stun_server=f"stun://{self.nobody}:{PORT}")


class CoturnOverIpv6(TestCase):
    """Where there is no IPv4 at all."""

    FAMILY = "ipv6"

    def test_conversation(self):
        # libnice does not say of which family the relay is to be.
        self.serve("--allocation-default-address-family=keep")
        self.plug("--allow-tcp", f"{self.http},{PORT}")
        self.converse(turn_server=self.turn_url("?transport=tcp"))
        self.wait_for_turn("ALLOCATE processed, success")


if __name__ == "__main__":
    PARSER = argparse.ArgumentParser()
    PARSER.add_argument("--wire", required=True, help="openai-realtime-wire")
    interop.main(PARSER)
