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
from interop import FRONT_CENTER, numpy

if chromium.PROGRAM is None:
    interop.skip("chromium is not installed")


def offer_in(request, body):
    """The offer of a request for a call."""
    type_ = request.headers["Content-Type"]
    if type_ == "application/sdp":
        return body.decode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + type_.encode() + b"\r\n\r\n" + body)
    for part in message.iter_parts():
        if part.get_param("name", header="Content-Disposition") == "sdp":
            return part.get_payload()
    raise ValueError("no part named sdp")


class ChromiumServer(interop.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="interop-")
        cls.addClassCleanup(shutil.rmtree, directory, True)
        cls.web = chromium.WebServer()
        cls.addClassCleanup(cls.web.stop)
        cls.offers = queue.Queue()
        cls.answers = queue.Queue()

        # /VARIANT/v1/realtime/calls
        def on_call(request, body):
            variant = request.path.split("/")[2]
            cls.offers.put({"variant": variant,
                            "offer": offer_in(request, body)})
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

        def on_offer_wanted(request, body):
            try:
                job = cls.offers.get(timeout=5)
            except queue.Empty:
                job = {}
            request.answer(200, json.dumps(job).encode(), "application/json")

        def on_answer(request, body):
            cls.answers.put(body)
            request.answer(204)

        cls.web.routes["POST", "call"] = on_call
        cls.web.routes["GET", "offer"] = on_offer_wanted
        cls.web.routes["POST", "answer"] = on_answer
        cls.browser = chromium.Browser(directory, cls.web.url + "/server.html")
        cls.addClassCleanup(cls.browser.stop)

    def setUp(self):
        super().setUp()
        os.symlink(self.browser.log, self.path("chromium.log"))
        # Of a test that failed.
        while not self.web.reports.empty():
            self.web.reports.get()

    def base_url(self, variant):
        return f"{self.web.url}/call/{variant}/v1"

    def ask(self, variant, **settings):
        question, speech = self.make_question(FRONT_CENTER)
        client = self.client(
            question, base_url=self.base_url(variant), **settings)
        events = client.finish()
        self.assert_turn(events)
        texts = [event["transcript"] for event in events if event["type"]
                 == "response.output_audio_transcript.done"]
        self.assertEqual(texts, ["ein Echo 🙂"])
        call = json.loads(self.web.report("call"))
        heard = numpy.frombuffer(
            self.web.report("pcm"), "<i2").astype(float)
        interop.save(self.path("heard.wav"), heard)
        # Once through the playout of a browser, and back.
        self.assert_same_stretched(speech, heard)
        self.assert_same_stretched(speech, self.answer())
        return call

    def codec(self, call, kind):
        stats = {entry["id"]: entry for entry in call["stats"]}
        entry, = [entry for entry in stats.values() if entry["type"] == kind]
        return stats[entry["codecId"]]

    def test_question_comes_back(self):
        call = self.ask("default")
        self.assertEqual(
            [call["label"], call["protocol"], call["ordered"],
             call["reliable"]], ["oai-events", "", True, True])
        for kind in ("inbound-rtp", "outbound-rtp"):
            codec = self.codec(call, kind)
            self.assertEqual(codec["mimeType"].lower(), "audio/opus")
            self.assertIn("useinbandfec=1", codec["sdpFmtpLine"])

    def test_answer_without_candidates(self):
        self.ask("trickle")

    def test_server_that_sends_nothing_in_silence(self):
        call = self.ask("dtx")
        self.assertIn("usedtx=1",
                      self.codec(call, "outbound-rtp")["sdpFmtpLine"])

    def test_stereo_answer(self):
        call = self.ask("stereo")
        self.assertIn("stereo=1",
                      self.codec(call, "outbound-rtp")["sdpFmtpLine"])

    def test_packets_of_60_ms(self):
        self.ask("ptime-60")

    def test_packets_of_10_ms_from_us(self):
        self.ask("default", frame_size=10)

    def test_packets_of_60_ms_from_us(self):
        self.ask("default", frame_size=60)

    def test_events_of_any_size_and_script(self):
        client = self.client("-", base_url=self.base_url("default"))
        client.event("session.created")
        for text in ("日本語 עברית 🙂 \\ \" \u2028", "é" * 30000,
                     "x" * 200000):
            event = {"type": "conversation.item.create", "item": {
                "type": "message", "role": "user",
                "content": [{"type": "input_text", "text": text}]}}
            self.assertTrue(client.command(
                "send " + json.dumps(event, ensure_ascii=False)))
            item = client.event("conversation.item.added")["item"]
            self.assertEqual(item["content"][0]["text"], text)
        self.assertTrue(client.command("end"))
        client.finish()
        self.web.report("call")
        self.web.report("pcm")


if __name__ == "__main__":
    interop.main(argparse.ArgumentParser())
