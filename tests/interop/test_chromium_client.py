#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""A browser's application against the emulator."""

import argparse
import json
import os
import shutil
import tempfile

import chromium
import interop
from interop import REAR_LEFT, numpy

if chromium.PROGRAM is None:
    interop.skip("chromium is not installed")

KEY = "sk-of-the-application"

# What --mind parrot says of sound in words, and what the page writes.
PARROT = "(parrot)"
WRITTEN = "Grüß Gott 🙂"


class ChromiumClient(interop.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.mkdtemp(prefix="interop-")
        cls.addClassCleanup(shutil.rmtree, directory, True)
        cls.speech = interop.load_phrase()
        microphone = os.path.join(directory, "microphone.wav")
        # It begins when the page asks for it, before the call, and repeats. A
        # page that had no call yet after two seconds takes the second time;
        # else that must not come before the page is done.
        interop.save(microphone, numpy.concatenate([
            interop.silence(2), cls.speech, interop.silence(8)]))
        cls.web = chromium.WebServer()
        cls.addClassCleanup(cls.web.stop)
        cls.jobs = cls.web.jobs("job")
        cls.browser = chromium.Browser(
            directory, cls.web.url + "/client.html", microphone)
        cls.addClassCleanup(cls.browser.stop)
        cls.web.report("ready")

    def setUp(self):
        super().setUp()
        os.symlink(self.browser.log, self.path("chromium.log"))
        self.web.forget_reports()

    def call(self, *options, same_origin=True, bundle=True):
        """What a call of the page brought: what each side heard, the events of
        its spoken turn, and the answer of the server."""
        url, record = self.emulator("--api-key", KEY, *options)
        self.web.proxy("v1", url)

        def on_token(request, body):
            secret = chromium.mint_secret(url, KEY, {
                "type": "realtime", "audio": {
                    "output": {"voice": "cedar"},
                    "input": {"turn_detection": interop.DETECTION}}})
            request.answer(200, json.dumps(secret).encode(),
                           "application/json")

        self.web.routes["GET", "token"] = on_token
        self.jobs.put({"api": self.web.url + "/v1" if same_origin else url,
                       "bundle": bundle})
        answer = json.loads(self.web.report("answer"))
        self.assertEqual(answer["status"], 201, answer)
        self.assertRegex(answer["location"], "^/v1/realtime/calls/rtc_")
        page_heard = numpy.frombuffer(
            self.web.report("pcm"), "<i2").astype(float)
        interop.save(self.path("heard.wav"), page_heard)
        call = json.loads(self.web.report("call"))
        heard, _, sent, received = self.exchanged(record, answer["location"])
        # Every event came over, in order, both ways. The emulator may have gone
        # on when the page was done.
        self.assertEqual(call["events"], sent[:len(call["events"])])
        self.assertEqual(call["sent"], received)
        self.check_stats(call["stats"], answer["sdp"])
        return page_heard, heard, self.check_events(**call), answer

    def check_events(self, events, begin, end, **rest):
        """Returns those of the spoken turn, and of the written one."""
        types = [event["type"] for event in events]
        created = events[types.index("session.created")]["session"]
        self.assertEqual(created["audio"]["output"]["voice"], "cedar")
        updated = events[types.index("session.updated")]["session"]
        self.assertEqual(updated["instructions"], "Be brief.")
        texts = [part["text"] for event in events
                 if event["type"] == "conversation.item.added"
                 for part in event["item"]["content"]
                 if part.get("type") == "input_text"]
        self.assertEqual(texts, [WRITTEN])
        return events[begin:end], events[end:]

    def check_stats(self, stats, answer):
        codecs = {entry["id"]: entry for entry in stats
                  if entry["type"] == "codec"}
        for kind in ("inbound-rtp", "outbound-rtp"):
            entry, = [entry for entry in stats if entry["type"] == kind]
            codec = codecs[entry["codecId"]]
            self.assertEqual(
                codec["mimeType"].lower(), "audio/opus", kind)
            if kind == "inbound-rtp":
                # What comes is what the answer announces.
                self.assertIn(f"a=ssrc:{entry['ssrc']} ", answer)

    def ask(self, **options):
        page_heard, heard, (spoken, written), answer = self.call(**options)
        self.assert_same(self.speech, page_heard)
        self.assert_same(self.speech, heard)
        self.assert_turn(spoken, PARROT, interop.TURN[1:])
        self.assert_transcript(written, WRITTEN)
        return answer

    def test_question_comes_back(self):
        answer = self.ask()
        self.assertIn("a=group:BUNDLE", answer["sdp"])

    def test_other_origin(self):
        self.ask(same_origin=False)

    def test_offer_without_bundle(self):
        answer = self.ask(bundle=False)
        self.assertNotIn("a=group", answer["sdp"])

    def test_both_directions_carry_their_own_sound(self):
        said = interop.load_speech(REAR_LEFT)
        interop.save(self.path("said.wav"), said)
        with open(self.path("scenario.json"), "w", encoding="utf-8") as file:
            # To all that is said, also to speech that the page does not count.
            json.dump({"answers": [
                {"wav": "said.wav", "say": "hinten links 🙂"}]}, file)
        page_heard, heard, (spoken, written), _ = self.call(
            "--scenario", self.path("scenario.json"), "--rtp", "continuous")
        self.assert_same(said, page_heard)
        self.assert_foreign(self.speech, page_heard)
        self.assert_same(self.speech, heard)
        self.assert_foreign(said, heard)
        self.assert_turn(spoken, "hinten links 🙂", interop.TURN[1:])
        self.assert_transcript(written, "hinten links 🙂")


if __name__ == "__main__":
    interop.main(argparse.ArgumentParser())
