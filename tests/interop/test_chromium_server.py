#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""The elements against a page in a browser that plays the server."""

import argparse
import email.parser
import email.policy
import json
import os
import queue
import shutil
import tempfile

import chromium
import interop
from interop import REAR_LEFT, numpy

if chromium.PROGRAM is None:
    interop.skip("chromium is not installed")


def parse_call(request, body):
    """The offer and the session of a request for a call."""
    type_ = request.headers["Content-Type"]
    if type_ == "application/sdp":
        return body.decode(), {}
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + type_.encode() + b"\r\n\r\n" + body)
    parts = {part.get_param("name", header="Content-Disposition"):
             part.get_payload(decode=True).decode()
             for part in message.iter_parts()}
    return parts["sdp"], json.loads(parts["session"])


class ChromiumServer(interop.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="interop-")
        cls.addClassCleanup(shutil.rmtree, directory, True)
        cls.web = chromium.WebServer()
        cls.addClassCleanup(cls.web.stop)
        cls.jobs = cls.web.jobs("job")
        cls.answers = queue.Queue()

        # /call/VARIANT/v1/realtime/calls
        def on_call(request, body):
            offer, session = parse_call(request, body)
            cls.jobs.put({"variant": request.path.split("/")[2],
                          "offer": offer, "session": session})
            try:
                answer = cls.answers.get(timeout=interop.PATIENCE)
            except queue.Empty:
                request.answer(503)
                return
            if answer:
                request.answer(
                    201, answer, "application/sdp",
                    [("Location", "/v1/realtime/calls/rtc_page")])
            else:
                request.answer(500)

        def on_answer(request, body):
            cls.answers.put(body)
            request.answer(204)

        cls.web.routes["POST", "call"] = on_call
        cls.web.routes["POST", "answer"] = on_answer
        cls.browser = chromium.Browser(directory, cls.web.url + "/server.html")
        cls.addClassCleanup(cls.browser.stop)
        cls.web.report("ready")

    def setUp(self):
        super().setUp()
        os.symlink(self.browser.log, self.path("chromium.log"))
        self.web.forget_reports()

    def base_url(self, variant):
        return f"{self.web.url}/call/{variant}/v1"

    def finish(self, client):
        """Ends the conversation; its events, what the page says about it, and
        what it heard. Every event came over, in order, as it was sent."""
        events = client.finish()
        call = json.loads(self.web.report("call"))
        self.assertEqual(events, [json.loads(text) for text in call["sent"]])
        heard = numpy.frombuffer(
            self.web.report("pcm"), "<i2").astype(float)
        interop.save(self.path("heard.wav"), heard)
        return events, call, heard

    def converse(self, variant, speech, **settings):
        """One turn; what the page says about it, and what it heard."""
        client = self.client(self.make_question(speech),
                             base_url=self.base_url(variant), **settings)
        events, call, heard = self.finish(client)
        self.assert_turn(events, "ein Echo 🙂")
        self.assertEqual(client.of("assistant"), ["ein Echo 🙂"])
        self.assertEqual(call["events"], [])
        self.assert_same(speech, heard)
        return call, heard

    def ask(self, variant, speech, **settings):
        """What was asked comes back."""
        call, _ = self.converse(variant, speech, **settings)
        self.assert_same(speech, self.answer())
        return call

    def ask_word(self, variant, **settings):
        return self.ask(
            variant, interop.load_word(), **interop.SHORT_TURN, **settings)

    def codec(self, call, kind):
        stats = {entry["id"]: entry for entry in call["stats"]}
        entry, = [entry for entry in stats.values() if entry["type"] == kind]
        return stats[entry["codecId"]]

    def test_question_comes_back(self):
        call = self.ask(
            "default", interop.load_phrase(), **interop.LONG_TURN)
        self.assertEqual(
            [call["label"], call["protocol"], call["ordered"],
             call["reliable"]], ["oai-events", "", True, True])
        for kind in ("inbound-rtp", "outbound-rtp"):
            codec = self.codec(call, kind)
            self.assertEqual(codec["mimeType"].lower(), "audio/opus")
            self.assertIn("useinbandfec=1", codec["sdpFmtpLine"])

    def test_both_directions_carry_their_own_sound(self):
        asked = interop.load_phrase()
        said = interop.load_speech(REAR_LEFT)
        interop.save(self.path("said.wav"), said)

        def on_said_wanted(request, body):
            with open(self.path("said.wav"), "rb") as file:
                request.answer(200, file.read(), "audio/wav")

        self.web.routes["GET", "said.wav"] = on_said_wanted
        _, heard = self.converse("say", asked, **interop.LONG_TURN)
        self.assert_foreign(said, heard)
        self.assert_same(said, self.answer())
        self.assert_foreign(asked, self.answer())

    def test_answer_without_candidates(self):
        self.ask_word("trickle")

    def test_server_that_sends_nothing_in_silence(self):
        call = self.ask("dtx", interop.load_phrase(), **interop.LONG_TURN)
        self.assertIn("usedtx=1",
                      self.codec(call, "outbound-rtp")["sdpFmtpLine"])

    def test_stereo_answer(self):
        call = self.ask_word("stereo")
        self.assertIn("stereo=1",
                      self.codec(call, "outbound-rtp")["sdpFmtpLine"])

    def test_packets_of_60_ms(self):
        self.ask_word("ptime-60")

    def test_packets_of_10_ms_from_us(self):
        self.ask_word("default", frame_size=10)

    def test_packets_of_60_ms_from_us(self):
        self.ask_word("default", frame_size=60)

    def test_events_of_any_size_and_script(self):
        client = self.client("-", base_url=self.base_url("default"))
        client.event("session.created")
        sent = []
        for text in ("日本語 עברית 🙂 \\ \" \u2028", "é" * 30000,
                     "x" * 200000):
            event = {"type": "conversation.item.create",
                     "event_id": f"mine_{len(sent)}", "item": {
                         "type": "message", "role": "user", "content": [
                             {"type": "input_text", "text": text}]}}
            self.assertTrue(client.command(
                "send " + json.dumps(event, ensure_ascii=False)))
            item = client.event("conversation.item.added")["item"]
            self.assertEqual(item["content"][0]["text"], text)
            sent.append(event)
        self.assertTrue(client.command("end"))
        _, call, _ = self.finish(client)
        self.assertEqual(call["events"], sent)


if __name__ == "__main__":
    interop.main(argparse.ArgumentParser())
