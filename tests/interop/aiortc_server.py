#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""A small Realtime server on aiortc. It says back what it heard, and a tone
when it was asked with text. Prints its base URL on one line, and "saved DIR"
on another when a call with "record" has ended.

The options of a call are in the path of the base URL, written like a query:
http://127.0.0.1:8080/sdp=lf&sdp=no-end&answer=json/v1"""

import argparse
import asyncio
import fractions
import itertools
import json
import logging
import os
import re
import signal
import sys
import time
import urllib.parse
import uuid

from aiohttp import web
from aiortc import (MediaStreamTrack, RTCConfiguration, RTCPeerConnection,
                    RTCSessionDescription)
import aioice.ice
import av
import numpy

import interop

RATE = 48000
FRAME = RATE // 50

# Names of the beta, for what it has and the current API names otherwise.
BETA = {
    "conversation.item.added": "conversation.item.created",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta":
        "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
BETA_CONTENT = {"output_audio": "audio", "output_text": "text"}

# Of speech, in a frame of 20 ms.
LOUD = 250
FRAMES_TO_START = 3

CALL_OPTIONS = {
    "answer=NAME": "created (default): 201 with Location; plain: 200, "
                   "text/plain; json: the SDP in an object",
    "dialect=NAME": "ga (default) or beta",
    "record=DIR": "for offer.sdp, answer.sdp, request.json, channel.json, "
                  "events.jsonl and all that was heard, heard.wav",
    "rtp=NAME": "continuous (default) or pause: nothing between answers",
    "say=WAV": "answer with this instead of an echo",
    "transcript=TEXT": "the words of an answer with sound",
    "understand=TEXT": "the words of what is heard, if they are asked for",
    "sdp=CHANGE": "change the answer; may be repeated",
}

SDP_OPTIONS = {
    "session-level": "fingerprint and setup only at session level",
    "as-openai": "like the service: ICE lite, a fingerprint at session level, "
                 "candidates that end with their ufrag, one of them TCP",
    "no-candidates": "no candidate and no end-of-candidates",
    "no-end": "no end-of-candidates",
    "bundled-once": "transport attributes only in the first m-section",
    "no-group": "nothing about BUNDLE, though all is bundled",
    "old-sctp": "m=application as in drafts before RFC 8841",
    "two-transports": "as if the second m-section had a transport of its own: "
                      "other ICE credentials, role and candidate",
    "lf": "lines end with LF, the last one has no end",
    "setup-passive": "the client is to begin DTLS",
    "first-fingerprint-unknown": "a fingerprint of an unknown hash first",
}


def make_id(prefix):
    return prefix + uuid.uuid4().hex[:24]


# --- SDP -------------------------------------------------------------------


def split_sections(sdp):
    sections = [[]]
    for line in sdp.splitlines():
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def attribute_name(line):
    return line[2:].split(":")[0] if line.startswith("a=") else None


def is_attribute(line, *names):
    return attribute_name(line) in names


def without(lines, *names):
    return [line for line in lines if not is_attribute(line, *names)]


def rewrite(sdp, options):
    sections = split_sections(sdp)
    session, media = sections[0], sections[1:]
    first = media[0]
    fingerprint = next(line for line in first
                       if line.startswith("a=fingerprint:sha-256"))
    setup = next(line for line in first if is_attribute(line, "setup"))
    ufrag = next(line for line in first if is_attribute(line, "ice-ufrag"))
    if "setup-passive" in options:
        media = [["a=setup:passive" if line == setup else line
                  for line in lines] for lines in media]
        setup = "a=setup:passive"
    if "session-level" in options or "as-openai" in options:
        media = [without(lines, "fingerprint") for lines in media]
        session.append(fingerprint)
    if "session-level" in options:
        media = [without(lines, "setup") for lines in media]
        session.append(setup)
    if "first-fingerprint-unknown" in options:
        for lines in media:
            at = next(i for i, line in enumerate(lines)
                      if is_attribute(line, "fingerprint"))
            lines.insert(at, "a=fingerprint:sha3-256 " + ":".join(["00"] * 32))
    if "as-openai" in options:
        session.append("a=ice-lite")
        media = [without(lines, "end-of-candidates") for lines in media]
        media[1:] = [without(lines, "candidate") for lines in media[1:]]
        media[0] = [line + " ufrag " + ufrag.split(":", 1)[1]
                    if is_attribute(line, "candidate") else line
                    for line in media[0]]
        media[0].append("a=candidate:77 1 tcp 1671430143 127.0.0.1 9 typ host "
                        "tcptype passive ufrag " + ufrag.split(":", 1)[1])
    if "no-end" in options or "no-candidates" in options:
        media = [without(lines, "end-of-candidates") for lines in media]
    if "no-candidates" in options:
        media = [without(lines, "candidate") for lines in media]
    if "bundled-once" in options:
        media[1:] = [without(lines, "candidate", "end-of-candidates",
                             "ice-ufrag", "ice-pwd", "fingerprint", "setup")
                     for lines in media[1:]]
    if "two-transports" in options:
        replaced = {"ice-ufrag": "wxyz", "ice-pwd": "0123456789abcdefghijkl",
                    "setup": "passive", "candidate":
                    "1 1 udp 2130706431 127.0.0.1 9 typ host"}
        media[1:] = [[f"a={name}:{replaced[name]}" if
                      (name := attribute_name(line)) in replaced else line
                      for line in lines] for lines in media[1:]]
    if "no-group" in options:
        session = without(session, "group")
    if "old-sctp" in options:
        media[1] = [line.replace("UDP/DTLS/SCTP webrtc-datachannel",
                                 "DTLS/SCTP 5000")
                    .replace("a=sctp-port:5000",
                             "a=sctpmap:5000 webrtc-datachannel 65535")
                    for line in media[1]]
    lines = list(itertools.chain(session, *media))
    if "lf" in options:
        return "\n".join(lines)
    return "".join(line + "\r\n" for line in lines)


def keep_loopback(offer):
    """The offer without the client's other addresses. What goes from here to
    them does arrive, with a source that no reply comes back to."""
    return "".join(line + "\r\n" for line in offer.splitlines()
                   if not is_attribute(line, "candidate")
                   or line.split()[4] == "127.0.0.1")


# --- media -----------------------------------------------------------------


class Voice(MediaStreamTrack):
    """What the server says: silence, or with pauses nothing, between
    answers. aiortc sends what recv() returns as soon as it returns it."""

    kind = "audio"

    def __init__(self, pauses):
        super().__init__()
        self._pauses = pauses
        self._samples = numpy.zeros(0, "<i2")
        self._changed = asyncio.Event()
        self._start = None
        self._frame = 0
        self._done = None

    def say(self, samples, done):
        self._samples = numpy.asarray(samples, "<i2")
        self._done = done
        self._changed.set()

    def clear(self):
        self._samples = self._samples[:0]
        self._done = None

    @property
    def busy(self):
        return self._done is not None

    async def _pace(self):
        """Waits for the time of the next frame, as a sound card would: RTP
        goes out in real time. Nothing else is waited for here."""
        due = self._start + self._frame * FRAME / RATE
        await asyncio.sleep(max(0, due - time.monotonic()))

    async def recv(self):
        if self._start is None:
            self._start = time.monotonic()
        if self._pauses and not self.busy:
            self._changed.clear()
            await self._changed.wait()
            # The RTP timestamp goes on with the clock.
            passed = time.monotonic() - self._start
            self._frame = max(self._frame, int(passed * RATE / FRAME))
        await self._pace()
        chunk = self._samples[:FRAME]
        self._samples = self._samples[FRAME:]
        chunk = numpy.pad(chunk, (0, FRAME - len(chunk)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(chunk.astype("<i2").tobytes())
        frame.sample_rate = RATE
        frame.pts = self._frame * FRAME
        frame.time_base = fractions.Fraction(1, RATE)
        self._frame += 1
        if self._done and not len(self._samples):
            done, self._done = self._done, None
            asyncio.get_running_loop().call_soon(done)
        return frame


class Ear:
    """Voice detection by energy. Calls back with where speech was, in samples:
    on_start(start), and on_stop(start, end, now) when it has been silent for a
    while since the end."""

    def __init__(self, on_start, on_stop):
        self.on_start = on_start
        self.on_stop = on_stop
        self.enabled = True
        self.samples = numpy.zeros(0, "<i2")
        self.prefix = int(0.3 * RATE)
        self.hangover = int(0.5 * RATE)
        self.start = None
        self._loud = 0
        self._last_loud = 0

    def hear(self, samples):
        self.samples = numpy.concatenate([self.samples, samples])
        if not self.enabled:
            return
        end = len(self.samples)
        if numpy.sqrt(numpy.mean(samples.astype(float) ** 2)) > LOUD:
            self._loud += 1
            self._last_loud = end
        else:
            self._loud = 0
        if self.start is None and self._loud >= FRAMES_TO_START:
            self.start = max(
                0, end - FRAMES_TO_START * len(samples) - self.prefix)
            self.on_start(self.start)
        elif self.start is not None and end - self._last_loud > self.hangover:
            start, self.start = self.start, None
            self.on_stop(start, self._last_loud, end)


# --- calls -----------------------------------------------------------------


class Call:
    def __init__(self, options, settings):
        self.sdp = [value for name, value in options if name == "sdp"]
        query = dict(options)
        self.say = query.get("say")
        self.transcript = query.get("transcript", "an echo")
        self.understand = query.get("understand", "")
        self.dialect = query.get("dialect", "ga")
        self.record = query.get("record")
        self.id = make_id("rtc_")
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.channel = None
        self.settings = settings
        self.voice = Voice(query.get("rtp") == "pause")
        self.ear = Ear(self.on_speech, self.on_silence)
        self.response = None
        self.spoken_item = None
        self.last_item = None
        self.text = None
        self.tasks = set()
        self.pc.addTrack(self.voice)
        self.pc.on("track", self.on_track)
        self.pc.on("datachannel", self.on_channel)
        self.pc.on("connectionstatechange", self.on_state)

    async def answer(self, offer):
        await self.pc.setRemoteDescription(RTCSessionDescription(
            keep_loopback(offer), "offer"))
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        transport = self.pc.sctp.transport

        # aiortc does not close the connection when the peer says goodbye.
        @transport.on("statechange")
        def on_dtls_state():
            if transport.state == "closed":
                self.spawn(self.close())

        if "setup-passive" in self.sdp:
            # What the answer says; not yet begun, for there is no ICE yet.
            transport._set_role("server")
        return rewrite(self.pc.localDescription.sdp, self.sdp)

    def spawn(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def on_state(self):
        print(f"{self.id}: {self.pc.connectionState}", file=sys.stderr)
        if self.pc.connectionState == "failed":
            await self.close()
        elif self.pc.connectionState == "closed":
            self.save()

    def on_track(self, track):
        self.spawn(self.listen(track))

    async def listen(self, track):
        from aiortc.mediastreams import MediaStreamError
        try:
            while True:
                frame = await track.recv()
                samples = frame.to_ndarray().reshape(
                    -1, len(frame.layout.channels))
                self.ear.hear(samples.mean(axis=1).astype("<i2"))
        except MediaStreamError:
            pass

    def on_channel(self, channel):
        self.write("channel.json", json.dumps({
            "label": channel.label, "ordered": channel.ordered,
            "protocol": channel.protocol,
            "reliable": channel.maxRetransmits is None
            and channel.maxPacketLifeTime is None}))
        self.channel = channel
        channel.on("message", self.on_message)
        self.send("session.created", session=self.settings)

    def send(self, type_, **fields):
        if self.dialect == "beta":
            type_ = BETA.get(type_, type_)
            if type_ == "conversation.item.done":
                return
        event = {"type": type_, "event_id": make_id("event_"), **fields}
        text = json.dumps(event, ensure_ascii=False)
        self.append("events.jsonl", {"server": event})
        if self.channel is not None and self.channel.readyState == "open":
            self.channel.send(text)

    def on_message(self, text):
        event = json.loads(text)
        self.append("events.jsonl", {"client": event})
        handler = {
            "session.update": self.on_update,
            "conversation.item.create": self.on_item,
            "response.create": lambda event: self.respond(),
            "response.cancel": lambda event: self.cancel("client_cancelled"),
            "input_audio_buffer.commit": self.on_commit,
            "output_audio_buffer.clear": lambda event: self.clear(),
        }.get(event["type"])
        if handler is None:
            self.send("error", error={
                "type": "invalid_request_error", "code": "invalid_value",
                "message": f"Invalid value: '{event['type']}'.",
                "param": "type", "event_id": event.get("event_id")})
        else:
            handler(event)

    def on_update(self, event):
        for name, value in event["session"].items():
            if isinstance(value, dict) and isinstance(
                    self.settings.get(name), dict):
                self.settings[name].update(value)
            else:
                self.settings[name] = value
        self.configure()
        self.send("session.updated", session=self.settings)

    def configure(self):
        audio = self.settings.get("audio") or {}
        given = audio.get("input") or {}
        detection = given.get("turn_detection", {})
        self.ear.enabled = detection is not None
        for name, field in (("prefix", "prefix_padding_ms"),
                            ("hangover", "silence_duration_ms")):
            ms = (detection or {}).get(field)
            if ms is not None:
                setattr(self.ear, name, ms * RATE // 1000)

    def on_item(self, event):
        item = {"id": make_id("item_"), "object": "realtime.item",
                "status": "completed", **event["item"]}
        for part in item.get("content", []):
            self.text = part.get("text", self.text)
        self.add_item(item)

    def add_item(self, item, done=True):
        self.send("conversation.item.added", previous_item_id=self.last_item,
                  item=item)
        if done:
            self.send("conversation.item.done",
                      previous_item_id=self.last_item, item=item)
        self.last_item = item["id"]

    def on_speech(self, start):
        self.spoken_item = make_id("item_")
        self.send("input_audio_buffer.speech_started",
                  audio_start_ms=start * 1000 // RATE,
                  item_id=self.spoken_item)
        if self.response is not None:
            self.clear()
            self.cancel("turn_detected")

    def on_silence(self, start, end, now):
        self.send("input_audio_buffer.speech_stopped",
                  audio_end_ms=now * 1000 // RATE, item_id=self.spoken_item)
        self.commit(self.ear.samples[start:end + RATE // 10], self.spoken_item)
        self.respond()

    def on_commit(self, event):
        self.commit(self.ear.samples, make_id("item_"))

    def commit(self, samples, item_id):
        self.spoken = samples
        self.text = None
        self.send("input_audio_buffer.committed",
                  previous_item_id=self.last_item, item_id=item_id)
        self.add_item({"id": item_id, "object": "realtime.item",
                       "type": "message", "role": "user",
                       "status": "completed",
                       "content": [{"type": "input_audio",
                                    "transcript": None}]})
        given = (self.settings.get("audio") or {}).get("input") or {}
        if given.get("transcription"):
            name = "conversation.item.input_audio_transcription."
            part = {"item_id": item_id, "content_index": 0}
            self.send(name + "delta", delta=self.understand, **part)
            self.send(name + "completed", transcript=self.understand,
                      usage={"type": "duration", "seconds":
                             len(samples) / RATE}, **part)

    def respond(self):
        if self.say is not None:
            samples = interop.resample(
                interop.load(self.say), interop.RATE, RATE)
            transcript = self.transcript
        elif self.text is not None:
            moments = numpy.arange(RATE) / RATE
            samples = 8000 * numpy.sin(2 * numpy.pi * 440 * moments)
            transcript = self.text
        else:
            samples, transcript = self.spoken, self.transcript
        kind = "output_audio"
        if self.dialect == "beta":
            kind = BETA_CONTENT[kind]
        self.response = {"object": "realtime.response", "id": make_id("resp_"),
                         "status": "in_progress", "status_details": None,
                         "output": [], "usage": None, "metadata": None}
        item = {"id": make_id("item_"), "object": "realtime.item",
                "type": "message", "role": "assistant",
                "status": "in_progress", "content": []}
        about = {"response_id": self.response["id"], "output_index": 0}
        part = dict(about, item_id=item["id"], content_index=0)
        self.send("response.created", response=self.response)
        self.send("response.output_item.added", item=item, **about)
        self.add_item(item, done=False)
        self.send("response.content_part.added",
                  part={"type": "audio", "transcript": ""}, **part)
        self.send("output_audio_buffer.started",
                  response_id=self.response["id"])
        self.voice.say(samples, self.on_said)
        for delta in re.findall(r"\s*\S+|\s+$", transcript):
            self.send("response.output_audio_transcript.delta", delta=delta,
                      **part)
        self.send("response.output_audio.done", **part)
        self.send("response.output_audio_transcript.done",
                  transcript=transcript, **part)
        item.update(status="completed",
                    content=[{"type": kind, "transcript": transcript}])
        self.send("response.content_part.done",
                  part={"type": "audio", "transcript": transcript}, **part)
        self.send("conversation.item.done", previous_item_id=self.last_item,
                  item=item)
        self.send("response.output_item.done", item=item, **about)
        self.response.update(status="completed", output=[item], usage={
            "total_tokens": 2, "input_tokens": 1, "output_tokens": 1})
        self.send("response.done", response=self.response)

    def on_said(self):
        if self.response is not None:
            self.send("output_audio_buffer.stopped",
                      response_id=self.response["id"])
        self.response = None

    def clear(self):
        if self.voice.busy:
            self.voice.clear()
            self.send("output_audio_buffer.cleared",
                      response_id=self.response["id"])

    def cancel(self, reason):
        # All of a response is sent at once, so it is over already.
        self.response = None

    def write(self, name, text):
        if self.record is not None:
            path = os.path.join(self.record, name)
            with open(path, "w", newline="") as file:
                file.write(text)

    def append(self, name, entry):
        if self.record is not None:
            path = os.path.join(self.record, name)
            with open(path, "a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def save(self):
        if self.record is not None:
            interop.save(os.path.join(self.record, "heard.wav"),
                         self.ear.samples, RATE)
            print("saved", self.record, flush=True)
            self.record = None

    async def close(self):
        if self.pc.connectionState != "closed":
            await self.pc.close()
        self.save()


# --- HTTP ------------------------------------------------------------------


class Server:
    def __init__(self):
        self.calls = {}

    async def post_call(self, request):
        settings = {"type": "realtime", "object": "realtime.session",
                    "id": make_id("sess_"), "model": "echo",
                    "output_modalities": ["audio"], "audio": {},
                    "expires_at": int(time.time()) + 3600}
        parts = []
        if request.content_type == "multipart/form-data":
            offer = None
            async for part in await request.multipart():
                parts.append({"name": part.name, "filename": part.filename,
                              "type": part.headers.get("Content-Type")})
                text = await part.text()
                if part.name == "sdp":
                    offer = text
                elif part.name == "session":
                    settings.update(json.loads(text))
        elif request.content_type == "application/sdp":
            offer = await request.text()
        else:
            return web.json_response({"error": {
                "message": "Unsupported content type.", "code": None,
                "type": "invalid_request_error", "param": None}}, status=400)
        options = urllib.parse.parse_qsl(
            request.match_info.get("options", ""))
        call = Call(options, settings)
        call.write("offer.sdp", offer)
        call.write("request.json", json.dumps({
            "type": request.content_type, "parts": parts,
            "accept": request.headers.get("Accept"),
            "authorization": request.headers.get("Authorization")}))
        call.configure()
        self.calls[call.id] = call
        answer = await call.answer(offer)
        call.write("answer.sdp", answer)
        style = dict(options).get("answer")
        if style == "plain":
            return web.Response(text=answer, content_type="text/plain")
        if style == "json":
            return web.json_response({"type": "answer", "sdp": answer})
        return web.Response(
            status=201, body=answer.encode(), content_type="application/sdp",
            headers={"Location": f"/v1/realtime/calls/{call.id}"})

    async def post_hangup(self, request):
        call = self.calls.pop(request.match_info["id"], None)
        if call is None:
            return web.Response(status=404)
        call.append("events.jsonl", {"hangup": call.id})
        await call.close()
        return web.Response()

    async def run(self, port):
        app = web.Application()
        for base in ("/v1", "/{options}/v1"):
            app.router.add_post(base + "/realtime/calls", self.post_call)
            app.router.add_post(base + "/realtime/calls/{id}/hangup",
                                self.post_hangup)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}/v1", flush=True)
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        await ended.wait()
        for call in list(self.calls.values()):
            await call.close()
        await runner.cleanup()


def main():
    epilog = "\n".join(["options of a call:"] + [
        f"  {name:14}{text}" for name, text in CALL_OPTIONS.items()]
        + ["values of sdp:"] + [
            f"  {name:26}{text}" for name, text in SDP_OPTIONS.items()])
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    # aioice leaves the loopback out and would use nothing else here.
    aioice.ice.get_host_addresses = lambda **kind: ["127.0.0.1"]
    asyncio.run(Server().run(options.port))


if __name__ == "__main__":
    main()
