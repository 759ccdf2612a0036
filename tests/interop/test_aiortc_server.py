#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""The elements against a server on aiortc."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
import urllib.parse

import interop
from interop import FRONT_CENTER, REAR_LEFT, numpy

try:
    import aiohttp  # noqa: F401, only looked for
    import aiortc  # noqa: F401, only looked for
except ImportError:
    interop.skip("python3-aiortc or python3-aiohttp is not installed")

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "aiortc_server.py")


class Aiortc(interop.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.logs = tempfile.mkdtemp(prefix="interop-")
        cls.addClassCleanup(shutil.rmtree, cls.logs, True)
        cls.server = interop.Process(
            [sys.executable, SERVER], os.path.join(cls.logs, "server.log"))
        cls.addClassCleanup(cls.server.stop)
        cls.url = cls.server.line(time.monotonic() + interop.PATIENCE)
        if cls.url is None:
            raise RuntimeError(cls.server.errors())

    def setUp(self):
        super().setUp()
        os.symlink(self.server.log, self.path("server.log"))
        self.record = self.path("record")
        os.mkdir(self.record)

    def serve(self, **options):
        """The URL of the server, which behaves so in this test."""
        options = urllib.parse.urlencode(dict(options, record=self.record))
        return self.url.replace("/v1", f"/{options}/v1")

    def read(self, name):
        with open(os.path.join(self.record, name), newline="") as file:
            return file.read()

    def heard(self):
        """All that the server heard, once the call has ended."""
        deadline = time.monotonic() + interop.PATIENCE
        while (line := self.server.line(deadline)) != "saved " + self.record:
            self.assertIsNotNone(line, self.server.errors())
        return interop.load(os.path.join(self.record, "heard.wav"))

    def ask(self, options={}, **settings):
        """A whole conversation: what was asked comes back."""
        question, speech = self.make_question(FRONT_CENTER)
        client = self.client(
            question, base_url=self.serve(**options), **settings)
        events = client.finish()
        self.assert_same(speech, self.answer())
        self.assert_same(speech, self.heard())
        return events

    def test_question_comes_back(self):
        self.assert_turn(self.ask())
        channel = json.loads(self.read("channel.json"))
        self.assertEqual(channel, {"label": "oai-events", "ordered": True,
                                   "protocol": "", "reliable": True})

    def test_both_directions_carry_their_own_sound(self):
        url = self.serve(say=REAR_LEFT)
        question, asked = self.make_question(FRONT_CENTER)
        said = interop.trim(interop.load(REAR_LEFT))
        self.client(question, base_url=url).finish()
        self.assert_same(said, self.answer())
        self.assert_foreign(asked, self.answer())
        heard = self.heard()
        self.assert_same(asked, heard)
        self.assert_foreign(said, heard)

    def test_server_that_sends_nothing_between_answers(self):
        self.assert_turn(self.ask({"rtp": "pause"}))

    def test_api_key_posts_the_session_with_the_offer(self):
        events = self.ask(api_key="sk-test", instructions="Grüß Gott 🙂",
                          voice="marin")
        request = json.loads(self.read("request.json"))
        self.assertEqual(request["authorization"], "Bearer sk-test")
        self.assertEqual(request["parts"], [
            {"name": "sdp", "filename": None, "type": "application/sdp"},
            {"name": "session", "filename": None, "type": "application/json"}])
        session = events[0]["session"]
        self.assertEqual(session["instructions"], "Grüß Gott 🙂")
        self.assertEqual(session["audio"]["output"]["voice"], "marin")
        self.assertIn('"hangup"', self.read("events.jsonl"))

    def test_client_secret_posts_the_bare_offer(self):
        self.assert_turn(self.ask(client_secret="ek_test"))
        request = json.loads(self.read("request.json"))
        self.assertEqual(request["type"], "application/sdp")
        self.assertEqual(request["authorization"], "Bearer ek_test")
        self.assertTrue(self.read("offer.sdp").endswith("\r\n"))

    def test_plain_answer_without_location(self):
        self.assert_turn(self.ask({"answer": "plain"}))

    def test_json_answer(self):
        self.assert_turn(self.ask({"answer": "json"}))

    def test_beta_event_names(self):
        events = self.ask({"dialect": "beta"})
        self.assert_turn(events)
        types = [event["type"] for event in events]
        self.assertIn("response.audio_transcript.done", types)

    def test_beta_event_names_are_understood(self):
        url = self.serve(dialect="beta")
        client = self.client("-", base_url=url)
        client.event("session.created")
        self.assertTrue(client.command("text good morning"))
        client.event("output_audio_buffer.stopped")
        self.assertTrue(client.command("end"))
        client.finish()
        self.assert_tone(440)

    def assert_tone(self, frequency):
        """The answer has a second of that tone and nothing else."""
        sound = interop.trim(self.answer())
        self.assertGreater(len(sound), 0.9 * interop.RATE)
        spectrum = numpy.abs(numpy.fft.rfft(sound * numpy.hanning(len(sound))))
        peak = numpy.argmax(spectrum) * interop.RATE / len(sound)
        self.assertAlmostEqual(peak, frequency, delta=3)

    def test_text_is_answered_with_a_tone(self):
        url = self.serve()
        client = self.client("-", base_url=url)
        client.event("session.created")
        self.assertTrue(client.command("text good morning"))
        item = client.event("conversation.item.added")["item"]
        self.assertEqual(item["content"][0]["text"], "good morning")
        done = client.event("response.output_audio_transcript.done")
        self.assertEqual(done["transcript"], "good morning")
        client.event("output_audio_buffer.stopped")
        self.assertTrue(client.command("end"))
        client.finish()
        self.assert_tone(440)

    def test_events_of_any_size_and_script(self):
        url = self.serve()
        client = self.client("-", base_url=url)
        client.event("session.created")
        for text in ("日本語 עברית 🙂 \\ \" \u2028", "x" * 1000, "é" * 30000):
            event = {"type": "conversation.item.create", "item": {
                "type": "message", "role": "user",
                "content": [{"type": "input_text", "text": text}]}}
            line = "send " + json.dumps(event, ensure_ascii=False)
            self.assertTrue(client.command(line))
            item = client.event("conversation.item.added")["item"]
            self.assertEqual(item["content"][0]["text"], text)
        self.assertTrue(client.command("end"))
        client.finish()

    def test_refused_event_is_reported(self):
        url = self.serve()
        client = self.client("-", base_url=url)
        client.event("session.created")
        client.command('send {"type":"no.such","event_id":"mine"}')
        error = client.event("error")["error"]
        self.assertEqual(error["event_id"], "mine")
        self.assertEqual(error["message"], "Invalid value: 'no.such'.")

    def test_push_to_talk(self):
        url = self.serve()
        question, speech = self.make_question(FRONT_CENTER)
        client = self.client(question, base_url=url, turn_detection="none")
        events = client.finish()
        types = [event["type"] for event in events]
        self.assertNotIn("input_audio_buffer.speech_started", types)
        self.assertIn("input_audio_buffer.committed", types)
        self.assert_same(speech, self.answer())
        self.assert_same(speech, self.heard())

    def test_sdp_other_ice_is_refused(self):
        client = self.client("-", base_url=self.serve(sdp="other-ice"))
        self.assertIn("different ICE credentials", client.fail())


def add_sdp_test(name):
    def test(self):
        self.assert_turn(self.ask({"sdp": name}))

    setattr(Aiortc, "test_sdp_" + name.replace("-", "_"), test)


for change in ("session-level", "as-openai", "no-candidates", "no-end",
               "bundled-once", "lf", "setup-passive",
               "first-fingerprint-unknown"):
    add_sdp_test(change)

if __name__ == "__main__":
    interop.main(argparse.ArgumentParser())
