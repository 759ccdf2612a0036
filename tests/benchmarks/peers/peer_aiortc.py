#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""A client of the Realtime API on aiortc, for benchmarks."""

import asyncio
import fractions
import json
import resource
import sys
import wave

import aiohttp
import aioice.ice
from aiortc import (MediaStreamTrack, RTCConfiguration, RTCPeerConnection,
                    RTCSessionDescription)
from aiortc.mediastreams import MediaStreamError
import av
import numpy

import peerlib
from peerlib import now, say

RATE = 48000
FRAME = RATE // 50

# Half of the samples, without what the other half alone can carry.
TAPS = numpy.sinc((numpy.arange(31) - 15) / 2) * numpy.hamming(31)
TAPS /= TAPS.sum()


def load_mic(path):
    """At RATE. aiortc's own way to get there is worse."""
    if path is None:
        return numpy.zeros(RATE, "<i2")
    with wave.open(path) as file:
        samples = numpy.frombuffer(
            file.readframes(file.getnframes()), "<i2").astype(float)
    count = 2 * len(samples)
    spectrum = numpy.zeros(count // 2 + 1, complex)
    own = numpy.fft.rfft(samples)
    spectrum[:len(own)] = own
    doubled = numpy.fft.irfft(spectrum, count) * 2
    return numpy.clip(numpy.round(doubled), -32768, 32767).astype("<i2")


class Microphone(MediaStreamTrack):
    """What was captured in 20 ms is handed over at their end."""

    kind = "audio"

    def __init__(self, samples):
        super().__init__()
        self._samples = samples
        self._start = None
        self._number = 0

    async def recv(self):
        if self._start is None:
            self._start = now()
            say(mic=self._start)
        end = self._start + (self._number + 1) * 20000
        wait = (end - now()) / 1e6
        if wait > 0:
            await asyncio.sleep(wait)
        places = numpy.arange(FRAME) + self._number * FRAME
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(
            self._samples[places % len(self._samples)].tobytes())
        frame.sample_rate = RATE
        frame.pts = self._number * FRAME
        frame.time_base = fractions.Fraction(1, RATE)
        self._number += 1
        return frame


def is_attribute(line, *names):
    return line.startswith("a=") and line[2:].split(":")[0] in names


def use_one_transport(offer):
    """aiortc offers an ICE transport for each m-section. All but the first go
    when the answer bundles them, so the others may name that one already, as
    webrtcbin wants it."""
    sections = [[]]
    for line in offer.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    first = [line for line in sections[1]
             if is_attribute(line, "ice-ufrag", "ice-pwd")]
    for lines in sections[2:]:
        lines[:] = [line for line in lines if not is_attribute(
            line, "ice-ufrag", "ice-pwd", "candidate",
            "end-of-candidates")] + first
    return "".join(line + "\r\n" for lines in sections for line in lines)


class Call:
    def __init__(self, arguments, samples):
        self.arguments = arguments
        self.times = peerlib.Times()
        self.recorder = None
        self.done = asyncio.get_running_loop().create_future()
        self.opened = asyncio.get_running_loop().create_future()
        self.seen = 0
        self.tasks = []
        self.rest = numpy.zeros(len(TAPS) - 1)
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pc.addTrack(Microphone(samples))
        self.channel = self.pc.createDataChannel("oai-events")
        self.channel.on("open", self.on_open)
        self.channel.on("message", self.on_message)
        self.pc.on("track", self.on_track)
        self.pc.on("iceconnectionstatechange", self.on_ice)
        self.pc.on("connectionstatechange", self.on_connection)

    def on_open(self):
        self.times.step("open")
        if not self.opened.done():
            self.opened.set_result(None)

    def on_ice(self):
        if self.pc.iceConnectionState in ("connected", "completed"):
            self.times.step("ice")

    def on_connection(self):
        if self.pc.connectionState == "connected":
            self.times.step("dtls")
        elif self.pc.connectionState in ("failed", "closed"):
            for future in (self.opened, self.done):
                if not future.done():
                    future.set_exception(ConnectionError(
                        self.pc.connectionState))

    def on_message(self, text):
        if self.arguments.until is None:
            return
        type_ = json.loads(text)["type"]
        say(event=type_, t=now())
        self.seen += type_ == self.arguments.until
        if self.seen >= self.arguments.until_count and not self.done.done():
            self.done.set_result(None)

    def on_track(self, track):
        self.tasks.append(asyncio.ensure_future(self.listen(track)))

    async def listen(self, track):
        try:
            while True:
                frame = await track.recv()
                at = now()
                if self.recorder is None:
                    continue
                samples = frame.to_ndarray().reshape(
                    -1, len(frame.layout.channels)).mean(axis=1)
                padded = numpy.concatenate([self.rest, samples])
                self.rest = padded[-(len(TAPS) - 1):]
                halved = numpy.convolve(padded, TAPS, "valid")[::2]
                self.recorder.add(at, 0, numpy.clip(
                    numpy.round(halved), -32768, 32767)
                    .astype("<i2").tobytes())
        except MediaStreamError:
            pass

    async def connect(self):
        await self.pc.setLocalDescription(await self.pc.createOffer())
        form = aiohttp.FormData()
        form.add_field("sdp", use_one_transport(self.pc.localDescription.sdp),
                       content_type="application/sdp")
        session = {"type": "realtime"}
        if self.arguments.no_vad:
            session["audio"] = {"input": {"turn_detection": None}}
        form.add_field("session", json.dumps(session),
                       content_type="application/json")
        self.times.step("offer")
        async with aiohttp.ClientSession() as http:
            async with http.post(
                    self.arguments.base_url + "/realtime/calls",
                    data=form) as response:
                sdp = await response.text()
                if response.status != 201:
                    raise ConnectionError(f"{response.status}: {sdp}")
        self.times.step("answer")
        await self.pc.setRemoteDescription(
            RTCSessionDescription(sdp, "answer"))
        await self.opened

    async def open(self):
        try:
            await asyncio.wait_for(self.connect(), self.arguments.timeout)
        except asyncio.TimeoutError:
            self.times.why = "timed out"
        except (ConnectionError, aiohttp.ClientError, ValueError) as error:
            self.times.why = str(error)

    async def close(self):
        await self.pc.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for future in (self.opened, self.done):
            if future.done() and not future.cancelled():
                future.exception()


async def run_connect(arguments, samples):
    for number in range(arguments.connect):
        call = Call(arguments, samples)
        await call.open()
        await call.close()
        call.times.say("connect", number, **peerlib.get_usage())
        await asyncio.sleep(arguments.gap / 1000)
    return 0


async def run_until(arguments, samples):
    call = Call(arguments, samples)
    if arguments.record is not None:
        call.recorder = peerlib.Recorder(arguments.record)
    await call.open()
    if call.times.why is None:
        try:
            await asyncio.wait_for(call.done, arguments.max)
            await asyncio.sleep(arguments.tail / 1000)
        except (asyncio.TimeoutError, ConnectionError) as error:
            call.times.why = str(error) or "timed out"
    await call.close()
    call.times.say("listen", 1, **peerlib.get_usage())
    if call.recorder is not None:
        call.recorder.write()
    return 0 if call.times.why is None else 1


def get_cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return int((usage.ru_utime + usage.ru_stime) * 1e6)


async def run_load(arguments, samples):
    calls = []
    for count in map(int, arguments.load.split(",")):
        while len(calls) < count:
            call = Call(arguments, samples)
            await call.open()
            calls.append(call)
            call.times.say("call", len(calls))
            if call.times.why is not None:
                return 1
        await asyncio.sleep(arguments.settle)
        cpu, wall = get_cpu(), now()
        await asyncio.sleep(arguments.seconds)
        say(load=count, wall=now() - wall, cpu=get_cpu() - cpu,
            **peerlib.get_usage())
    for call in calls:
        await call.close()
    return 0


def main():
    arguments = peerlib.parse_arguments(__doc__)
    samples = load_mic(arguments.mic)
    if peerlib.is_on_loopback(arguments.base_url):
        # It leaves that out.
        aioice.ice.get_host_addresses = lambda **kind: ["127.0.0.1"]
    if arguments.connect is not None:
        main_task = run_connect
    elif arguments.until is not None:
        main_task = run_until
    else:
        main_task = run_load
    return asyncio.run(main_task(arguments, samples))


if __name__ == "__main__":
    sys.exit(main())
