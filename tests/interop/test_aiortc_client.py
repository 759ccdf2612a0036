#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""An application on aiortc against the emulator."""

import argparse
import asyncio
import json

import interop
from interop import REAR_LEFT, numpy

try:
    import aiohttp
    import aioice.ice
    from aiortc import (RTCConfiguration, RTCPeerConnection,
                        RTCSessionDescription)
    from aiortc.mediastreams import MediaStreamError
except ImportError:
    interop.skip("python3-aiortc or python3-aiohttp is not installed")

from aiortc_server import (RATE, Voice, is_attribute, split_sections,
                           without)

KEY = "sk-of-the-application"

# What --mind parrot says of sound in words.
PARROT = "(parrot)"

# Seconds of sound to take after the server says that its answer is over; what
# was on its way then is long there.
TAIL = 0.5

TRANSPORT = ("ice-ufrag", "ice-pwd", "fingerprint", "setup")


def join_sections(sections):
    return "".join(line + "\r\n" for lines in sections for line in lines)


def get_ufrags(sdp):
    return [line for line in sdp.splitlines()
            if is_attribute(line, "ice-ufrag")]


def get_ports(sdp):
    return [line.split()[1] for line in sdp.splitlines()
            if line.startswith("m=")]


def get_groups(sdp):
    return [line for line in sdp.splitlines() if is_attribute(line, "group")]


def use_one_transport(offer):
    """As max-bundle offers it: all but the first m-section name that one's
    transport already. Also m=application as RFC 8841 has it, which aiortc 1.4
    does not write."""
    sections = split_sections(offer)
    first = [line for line in sections[1] if is_attribute(line, *TRANSPORT)]
    for i in range(2, len(sections)):
        sections[i] = without(sections[i], *TRANSPORT, "candidate",
                              "end-of-candidates") + first
    data = sections[2]
    assert data[0].startswith("m=application ")
    data[0] = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"
    sections[2] = without(data, "sctpmap") + ["a=sctp-port:5000"]
    return join_sections(sections)


def drop_bundle(offer):
    sections = split_sections(offer)
    sections[0] = without(sections[0], "group")
    return join_sections(sections)


def swap_media(sdp):
    """The m-section of the data channel first, or again last."""
    session, first, second = split_sections(sdp)
    mids = [line.split(":")[1] for section in (second, first)
            for line in section if is_attribute(line, "mid")]
    session = ["a=group:BUNDLE " + " ".join(mids)
               if is_attribute(line, "group") else line for line in session]
    return join_sections([session, second, first])


def swap_back(sdp):
    # What the bundle uses stays what the server chose.
    session, first, second = split_sections(sdp)
    return join_sections([session, second, first])


def lift_transport(offer):
    """What is the same for all m-sections once, at session level."""
    sections = split_sections(offer)
    shared = [line for line in sections[1]
              if is_attribute(line, "fingerprint", "setup")]
    for i in range(1, len(sections)):
        sections[i] = without(sections[i], "fingerprint", "setup")
    return join_sections([sections[0] + shared] + sections[1:])


class Application:
    """Says something once the session is there, and hears the answer."""

    def __init__(self, base, speech, settings):
        self.base = base
        self.settings = settings
        self.voice = Voice(pauses=False)
        self.speech = interop.resample(speech, interop.RATE, RATE)
        self.events = []
        self.heard = []
        self.stopped = None
        self.offer = None
        self.answer = None
        self.location = None

    async def run(self, change, restore):
        done = asyncio.get_running_loop().create_future()
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        pc.addTrack(self.voice)
        channel = pc.createDataChannel("oai-events")

        @channel.on("message")
        def on_message(text):
            event = json.loads(text)
            self.events.append(event)
            if event["type"] == "session.created":
                self.voice.say(self.speech, lambda: None)
            elif event["type"] == "output_audio_buffer.stopped":
                self.stopped = sum(map(len, self.heard))

        @pc.on("track")
        def on_track(track):
            asyncio.ensure_future(listen(track))

        async def listen(track):
            try:
                while self.stopped is None or sum(
                        map(len, self.heard)) - self.stopped < TAIL * RATE:
                    frame = await track.recv()
                    samples = frame.to_ndarray().reshape(
                        -1, len(frame.layout.channels)).mean(axis=1)
                    self.heard.append(samples)
            except MediaStreamError:
                pass
            if not done.done():
                done.set_result(None)

        try:
            await pc.setLocalDescription(await pc.createOffer())
            self.offer = change(pc.localDescription.sdp)
            await self.post()
            await pc.setRemoteDescription(RTCSessionDescription(
                restore(self.answer), "answer"))
            await asyncio.wait_for(done, interop.PATIENCE)
        finally:
            await pc.close()

    async def post(self):
        async with aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {KEY}"}) as http:
            form = aiohttp.FormData()
            form.add_field("sdp", self.offer, content_type="application/sdp")
            form.add_field("session", json.dumps(self.settings),
                           content_type="application/json")
            async with http.post(self.base + "/realtime/calls",
                                 data=form) as response:
                self.answer = await response.text()
                if response.status != 201:
                    raise AssertionError(f"{response.status}: {self.answer}")
                self.location = response.headers["Location"]

    def sound(self):
        return interop.resample(numpy.concatenate(self.heard), RATE)


class AiortcClient(interop.TestCase):
    def converse(self, speech, *options, change=None, restore=None):
        """One turn; returns the application, and what the emulator heard and
        said."""
        # aiortc has nothing to fill a pause with.
        url, record = self.emulator(
            "--api-key", KEY, "--rtp", "continuous", *options)
        settings = {"type": "realtime", "instructions": "Grüß Gott 🙂",
                    "audio": {"input": {"turn_detection":
                                        interop.DETECTION}}}
        application = Application(url, speech, settings)
        asyncio.run(application.run(change or str, restore or str))
        interop.save(self.path("answer.wav"), application.sound())
        heard, said, sent, received = self.exchanged(
            record, application.location)
        # Every event arrived, in order, as it was sent.
        self.assertEqual(application.events, sent)
        self.assertEqual(received, [])
        session = application.events[0]["session"]
        self.assertEqual(session["instructions"], "Grüß Gott 🙂")
        return application, heard, said

    def ask(self, change=None, restore=None):
        """A word comes back. Returns the offer and the answer."""
        word = interop.load_word()
        application, heard, said = self.converse(
            word, change=change, restore=restore)
        self.assert_turn(application.events, PARROT)
        self.assert_same(word, heard)
        self.assert_same(word, said)
        self.assert_same(word, application.sound())
        return application.offer, application.answer

    def test_both_directions_carry_their_own_sound(self):
        asked = interop.load_phrase()
        said = interop.load_speech(REAR_LEFT)
        interop.save(self.path("said.wav"), said)
        with open(self.path("scenario.json"), "w", encoding="utf-8") as file:
            json.dump({"answers": [{"wav": "said.wav",
                                    "say": "hinten links 🙂"}]}, file)
        application, heard, _ = self.converse(
            asked, "--scenario", self.path("scenario.json"))
        self.assert_turn(application.events, "hinten links 🙂")
        self.assert_same(asked, heard)
        self.assert_foreign(said, heard)
        self.assert_same(said, application.sound())
        self.assert_foreign(asked, application.sound())

    def test_offer_with_two_transports(self):
        # As aiortc makes it; 1.15 gives both the same ufrag.
        offer, answer = self.ask()
        self.assertEqual(len(set(get_ports(offer))), 2, offer)
        self.assertEqual(get_groups(answer), get_groups(offer))
        self.assertEqual(len(set(get_ufrags(answer))), 1, answer)

    def test_offer_without_bundle(self):
        offer, answer = self.ask(drop_bundle)
        self.assertEqual(get_groups(answer), [])
        self.assertEqual(len(set(get_ufrags(answer))), 2, answer)

    def test_offer_with_one_transport(self):
        offer, answer = self.ask(use_one_transport)
        self.assertEqual(len(set(get_ufrags(offer))), 1, offer)
        self.assertEqual(get_groups(answer), get_groups(offer))

    def test_offer_with_data_first(self):
        offer, answer = self.ask(swap_media, swap_back)
        self.assertEqual(
            [line.split()[0] for line in answer.splitlines()
             if line.startswith("m=")], ["m=application", "m=audio"])
        self.assertEqual(get_groups(answer), get_groups(offer))

    def test_offer_with_a_fingerprint_at_session_level(self):
        self.ask(lift_transport)


if __name__ == "__main__":
    aioice.ice.get_host_addresses = lambda **kind: ["127.0.0.1"]
    interop.main(argparse.ArgumentParser())
