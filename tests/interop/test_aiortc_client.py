#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""An application on aiortc against the emulator."""

import argparse
import asyncio
import json
import os

import interop
from interop import FRONT_CENTER, numpy

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


class Refused(Exception):
    pass


def use_one_transport(offer):
    """aiortc offers an ICE transport for each m-section. All but the first go
    when the answer bundles them, so the others may name that one already."""
    sections = split_sections(offer)
    first = [line for line in sections[1]
             if is_attribute(line, "ice-ufrag", "ice-pwd")]
    for i in range(2, len(sections)):
        sections[i] = without(sections[i], "ice-ufrag", "ice-pwd",
                              "candidate", "end-of-candidates") + first
    return "".join(line + "\r\n" for lines in sections for line in lines)


class Application:
    def __init__(self, base, speech, rewrite):
        self.rewrite = rewrite
        self.base = base
        self.voice = Voice(pauses=False)
        self.speech = interop.resample(speech, interop.RATE, RATE)
        self.events = []
        self.heard = []
        self.stopped = None
        self.location = None

    async def run(self):
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
                while True:
                    frame = await track.recv()
                    samples = frame.to_ndarray().reshape(
                        -1, len(frame.layout.channels)).mean(axis=1)
                    self.heard.append(samples)
                    if self.stopped is not None and (
                            sum(map(len, self.heard)) - self.stopped > RATE):
                        break
            except MediaStreamError:
                pass
            if not done.done():
                done.set_result(None)

        try:
            await pc.setLocalDescription(await pc.createOffer())
            await self.post(pc)
            await asyncio.wait_for(done, interop.PATIENCE)
        finally:
            await pc.close()

    async def post(self, pc):
        async with aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {KEY}"}) as http:
            form = aiohttp.FormData()
            form.add_field("sdp", self.rewrite(pc.localDescription.sdp),
                           content_type="application/sdp")
            form.add_field("session", json.dumps(
                {"type": "realtime", "instructions": "Grüß Gott 🙂"}),
                content_type="application/json")
            async with http.post(self.base + "/realtime/calls",
                                 data=form) as response:
                sdp = await response.text()
                if response.status != 201:
                    raise Refused(f"{response.status}: {sdp}")
                self.location = response.headers["Location"]
        await pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    def sound(self):
        return interop.resample(numpy.concatenate(self.heard), RATE)


class AiortcClient(interop.TestCase):
    def run_application(self, rewrite):
        # aiortc has nothing to fill a pause with.
        url, record = self.emulator("--api-key", KEY, "--rtp", "continuous")
        speech = interop.trim(interop.load(FRONT_CENTER))
        application = Application(url, speech, rewrite)
        asyncio.run(application.run())
        self.assert_same(speech, application.sound())
        call = application.location.split("/")[-1]
        self.assert_same(
            speech, interop.load(os.path.join(record, call + ".wav")))
        self.assert_turn(application.events)
        session = application.events[0]["session"]
        self.assertEqual(session["instructions"], "Grüß Gott 🙂")

    def test_question_comes_back(self):
        self.run_application(use_one_transport)

    def test_offer_with_two_transports(self):
        try:
            self.run_application(lambda offer: offer)
        except Refused as refusal:
            if "different ice-ufrag" not in str(refusal):
                raise
            self.skipTest("the emulator wants one transport")


if __name__ == "__main__":
    aioice.ice.get_host_addresses = lambda **kind: ["127.0.0.1"]
    interop.main(argparse.ArgumentParser())
