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
from interop import REAR_LEFT, numpy

try:
    import aiohttp  # noqa: F401, only looked for
    import aiortc  # noqa: F401, only looked for
except ImportError:
    interop.skip("python3-aiortc or python3-aiohttp is not installed")

from aiortc_server import SDP_OPTIONS

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

    def exchanged(self):
        """The events that the server sent, and those that it got."""
        entries = [json.loads(line)
                   for line in self.read("events.jsonl").split("\n") if line]
        return tuple([entry[name] for entry in entries if name in entry]
                     for name in ("server", "client"))

    def finish(self, client):
        """Ends the conversation; its events and what the server heard. Every
        event came over, in order, as it was sent."""
        events = client.finish()
        heard = self.heard()
        self.assertEqual(events, self.exchanged()[0])
        return events, heard

    def ask(self, speech, options={}, **settings):
        """A whole conversation: what was asked comes back."""
        client = self.client(self.make_question(speech), base_url=self.serve(
            transcript="ein Echo 🙂", **options), **settings)
        events, heard = self.finish(client)
        self.assert_same(speech, self.answer())
        self.assert_same(speech, heard)
        self.assert_turn(events, "ein Echo 🙂", interop.TURN if
                         settings.get("turn_detection") != "none"
                         else interop.PUSHED_TURN)
        self.assertEqual(client.of("assistant"), ["ein Echo 🙂"])
        return events

    def ask_word(self, options={}, **settings):
        return self.ask(
            interop.load_word(), options, **interop.SHORT_TURN, **settings)

    def test_question_comes_back(self):
        self.ask(interop.load_phrase(), **interop.LONG_TURN)
        channel = json.loads(self.read("channel.json"))
        self.assertEqual(channel, {"label": "oai-events", "ordered": True,
                                   "protocol": "", "reliable": True})

    def test_both_directions_carry_their_own_sound(self):
        asked = interop.load_phrase()
        said = interop.load_speech(REAR_LEFT)
        client = self.client(self.make_question(asked), base_url=self.serve(
            say=REAR_LEFT, transcript="hinten links", understand="vorne 🙂"),
            input_transcription_model="any", **interop.LONG_TURN)
        events, heard = self.finish(client)
        self.assert_same(said, self.answer())
        self.assert_foreign(asked, self.answer())
        self.assert_same(asked, heard)
        self.assert_foreign(said, heard)
        self.assert_turn(events, "hinten links")
        self.assertEqual(client.of("assistant"), ["hinten links"])
        self.assertEqual(client.of("user"), ["vorne 🙂"])

    def test_server_that_sends_nothing_between_answers(self):
        self.ask_word({"rtp": "pause"})

    def test_api_key_posts_the_session_with_the_offer(self):
        events = self.ask_word(api_key="sk-test", voice="marin",
                               instructions="Grüß Gott 🙂")
        request = json.loads(self.read("request.json"))
        self.assertEqual(request["authorization"], "Bearer sk-test")
        self.assertEqual(request["parts"], [
            {"name": "sdp", "filename": None, "type": "application/sdp"},
            {"name": "session", "filename": None, "type": "application/json"}])
        session = events[0]["session"]
        self.assertEqual(session["instructions"], "Grüß Gott 🙂")
        self.assertEqual(session["audio"]["output"]["voice"], "marin")
        detection = session["audio"]["input"]["turn_detection"]
        self.assertEqual(detection["silence_duration_ms"],
                         interop.SHORT_TURN["vad_silence_duration"])
        self.assertEqual(self.exchanged()[1], [])
        self.assertIn('"hangup"', self.read("events.jsonl"))

    def test_client_secret_posts_the_bare_offer(self):
        self.ask_word(client_secret="ek_test", instructions="Grüß Gott 🙂")
        request = json.loads(self.read("request.json"))
        self.assertEqual(request["type"], "application/sdp")
        self.assertEqual(request["authorization"], "Bearer ek_test")
        self.assertTrue(self.read("offer.sdp").endswith("\r\n"))
        update, = self.exchanged()[1]
        self.assertEqual(update["type"], "session.update")
        self.assertEqual(update["session"]["instructions"], "Grüß Gott 🙂")

    def test_plain_answer_without_location(self):
        self.ask_word({"answer": "plain"})

    def test_json_answer(self):
        self.ask_word({"answer": "json"})

    def test_push_to_talk(self):
        events = self.ask(interop.load_word(), turn_detection="none")
        types = [event["type"] for event in events]
        self.assertNotIn("input_audio_buffer.speech_started", types)
        self.assertEqual([event["type"] for event in self.exchanged()[1]],
                         ["input_audio_buffer.commit", "response.create"])

    def test_beta_event_names(self):
        events = self.ask_word({"dialect": "beta"})
        types = [event["type"] for event in events]
        self.assertIn("response.audio_transcript.done", types)
        self.assertNotIn("response.output_audio_transcript.done", types)

    def say_something(self, text, **options):
        """A message of the user in a live pipeline; the events."""
        client = self.client("-", base_url=self.serve(**options))
        client.event("session.created")
        self.assertTrue(client.command("text " + text))
        client.event("output_audio_buffer.stopped")
        self.assertTrue(client.command("end"))
        events, _ = self.finish(client)
        self.assert_tone(440)
        self.assert_transcript(events, text)
        self.assertEqual(client.of("assistant"), [text])
        item, create = self.exchanged()[1]
        self.assertEqual(item["type"], "conversation.item.create")
        self.assertEqual(item["item"]["content"],
                         [{"type": "input_text", "text": text}])
        self.assertEqual(create["type"], "response.create")
        return events

    def test_text_is_answered_with_a_tone(self):
        events = self.say_something("good morning 🙂")
        item = next(event["item"] for event in events
                    if event["type"] == "conversation.item.added")
        self.assertEqual(item["content"][0]["text"], "good morning 🙂")

    def test_text_is_answered_in_the_beta(self):
        self.say_something("good morning", dialect="beta")

    def assert_tone(self, frequency):
        """The answer has a second of that tone and nothing else."""
        sound = interop.trim(self.answer())
        self.assertGreater(len(sound), 0.9 * interop.RATE)
        spectrum = numpy.abs(numpy.fft.rfft(sound * numpy.hanning(len(sound))))
        peak = numpy.argmax(spectrum) * interop.RATE / len(sound)
        self.assertAlmostEqual(peak, frequency, delta=3)

    def test_events_of_any_size_and_script(self):
        url = self.serve()
        client = self.client("-", base_url=url)
        client.event("session.created")
        sent = []
        for text in ("日本語 עברית 🙂 \\ \" \u2028", "x" * 1000, "é" * 30000):
            event = {"type": "conversation.item.create",
                     "event_id": f"mine_{len(sent)}", "item": {
                         "type": "message", "role": "user", "content": [
                             {"type": "input_text", "text": text}]}}
            line = "send " + json.dumps(event, ensure_ascii=False)
            self.assertTrue(client.command(line))
            item = client.event("conversation.item.added")["item"]
            self.assertEqual(item["content"][0]["text"], text)
            sent.append(event)
        self.assertTrue(client.command("end"))
        self.finish(client)
        self.assertEqual(self.exchanged()[1], sent)

    def test_refused_event_is_reported(self):
        url = self.serve()
        client = self.client("-", base_url=url)
        client.event("session.created")
        client.command('send {"type":"no.such","event_id":"mine"}')
        error = client.event("error")["error"]
        self.assertEqual(error["event_id"], "mine")
        self.assertEqual(error["message"], "Invalid value: 'no.such'.")
        self.assertEqual(self.exchanged()[1],
                         [{"type": "no.such", "event_id": "mine"}])

    def test_two_transports_without_a_bundle_are_refused(self):
        url = self.serve().replace(
            "/v1", "&sdp=two-transports&sdp=no-group/v1")
        client = self.client("-", base_url=url)
        self.assertIn("different ICE credentials", client.fail())


def add_sdp_test(name):
    def test(self):
        self.ask_word({"sdp": name})

    setattr(Aiortc, "test_sdp_" + name.replace("-", "_"), test)


for change in SDP_OPTIONS:
    add_sdp_test(change)

if __name__ == "__main__":
    interop.main(argparse.ArgumentParser())
