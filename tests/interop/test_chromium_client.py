#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""A browser's application against the emulator."""

import argparse
import json
import os
import urllib.parse

import chromium
import interop
from interop import FRONT_CENTER, numpy

if chromium.PROGRAM is None:
    interop.skip("chromium is not installed")

KEY = "sk-of-the-application"


class ChromiumClient(interop.TestCase):
    def run_application(self, *options, same_origin=True):
        url, self.record = self.emulator("--api-key", KEY, *options)
        web = chromium.WebServer()
        self.addCleanup(web.stop)
        web.proxy("v1", url)
        secret = {}

        def on_token(request, body):
            secret.update(chromium.mint_secret(url, KEY, {
                "type": "realtime", "audio": {"output": {"voice": "cedar"}}}))
            request.answer(200, json.dumps(secret).encode(),
                           "application/json")

        web.routes["GET", "token"] = on_token
        microphone, speech = self.make_microphone()
        api = web.url + "/v1" if same_origin else url
        browser = chromium.Browser(
            self.dir, f"{web.url}/client.html?" + urllib.parse.urlencode(
                {"api": api}), microphone)
        self.addCleanup(browser.stop)

        answer = json.loads(web.report("answer"))
        self.assertEqual(answer["status"], 201, answer)
        self.assertRegex(answer["location"], "^/v1/realtime/calls/rtc_")
        pcm = web.report("pcm")
        answer_heard = numpy.frombuffer(pcm, "<i2").astype(float)
        interop.save(self.path("heard.wav"), answer_heard)
        stats = json.loads(web.report("stats"))
        events = json.loads(web.report("events"))

        self.assert_same_stretched(speech, answer_heard)
        call = answer["location"].split("/")[-1]
        heard = interop.load(os.path.join(self.record, call + ".wav"))
        self.assert_same(speech, heard)
        self.check_events(events)
        self.check_stats(stats)

    def make_microphone(self):
        path = self.path("microphone.wav")
        speech = interop.trim(interop.load(FRONT_CENTER))
        # It begins when the page asks for it, before the call.
        interop.save(path, numpy.concatenate([
            interop.silence(4), speech, interop.silence(6)]))
        return path, speech

    def check_events(self, events):
        types = [event["type"] for event in events]
        first = types.index("output_audio_buffer.stopped") + 1
        self.assert_turn(events[:first])
        created = events[types.index("session.created")]["session"]
        self.assertEqual(created["audio"]["output"]["voice"], "cedar")
        updated = events[types.index("session.updated")]["session"]
        self.assertEqual(updated["instructions"], "Be brief.")
        texts = [part["text"] for event in events
                 if event["type"] == "conversation.item.added"
                 for part in event["item"]["content"]
                 if part.get("type") == "input_text"]
        self.assertEqual(texts, ["Grüß Gott 🙂"])

    def check_stats(self, stats):
        codecs = {entry["id"]: entry for entry in stats
                  if entry["type"] == "codec"}
        for kind in ("inbound-rtp", "outbound-rtp"):
            entry, = [entry for entry in stats if entry["type"] == kind]
            codec = codecs[entry["codecId"]]
            self.assertEqual(
                codec["mimeType"].lower(), "audio/opus", kind)

    def test_question_comes_back(self):
        self.run_application()

    def test_question_comes_back_from_a_server_that_never_pauses(self):
        self.run_application("--rtp", "continuous")

    def test_other_origin(self):
        self.run_application(same_origin=False)


if __name__ == "__main__":
    interop.main(argparse.ArgumentParser())
