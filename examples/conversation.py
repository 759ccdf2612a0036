#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""A conversation with a model, by microphone and loudspeaker or from file to
file. Prints what both sides say and answers two function calls.

    conversation.py
    conversation.py --input question.wav --output answer.wav

Ctrl-C ends it.
"""

import argparse
import json
import signal
import sys
import time

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

# Both sides of the echo canceller must have the same format.
DSP_CAPS = "audio/x-raw,rate=48000,channels=1"
# Gain control would lift what is left of the echo.
DSP = "webrtcdsp echo-suppression-level=high gain-control=false"

# Seconds to end in after Ctrl-C.
END_TIMEOUT = 3

TOOLS = [
    {
        "type": "function",
        "name": "get_time",
        "description": "Tells the local time",
        "parameters": {"type": "object", "properties": {}},
    },
    {
        "type": "function",
        "name": "get_weather",
        "description": "Tells the weather in a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
]


def get_time(arguments):
    return {"time": time.strftime("%H:%M")}


def get_weather(arguments):
    # A real one would look it up, and return None meanwhile: the answer can be
    # given later with the action signal send-function-output.
    city = json.loads(arguments).get("city", "")
    return {"city": city, "sky": "clear", "temperature": 21}


FUNCTIONS = {"get_time": get_time, "get_weather": get_weather}


class App:
    def __init__(self, args):
        self.loop = GLib.MainLoop()
        self.ending = False
        self.exit_code = 0
        # Used by the signals of the element, which come from one thread.
        self.in_line = False

        self.pipeline = self.make_pipeline(args)
        self.ai = self.pipeline.get_by_name("ai")
        self.ai.set_property("tools", json.dumps(TOOLS))
        self.ai.set_property("input-transcription-model", "gpt-transcribe")
        for name in ("model", "voice", "instructions"):
            if getattr(args, name) is not None:
                self.ai.set_property(name, getattr(args, name))
        if args.output:
            # A file wants the speech only, without the pauses between.
            Gst.util_set_object_arg(self.ai, "idle-output", "none")

        self.ai.connect("input-transcript-done", self.on_user_said)
        self.ai.connect("transcript-delta", self.on_model_says)
        self.ai.connect("transcript-done", self.on_model_said)
        self.ai.connect("function-call", self.on_function_call)

        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.on_message)

    @staticmethod
    def make_pipeline(args):
        cancel_echo = not (args.headset or args.input or args.output)
        line = []
        if args.input:
            line += ["filesrc name=question", "decodebin"]
        else:
            line += ["autoaudiosrc", "audioconvert", "audioresample"]
        if cancel_echo:
            line += [DSP_CAPS, DSP, "audioconvert"]
        line += ["openairealtime name=ai"]
        if args.output:
            line += ["wavenc", "filesink name=answer"]
        else:
            line += ["audioconvert", "audioresample"]
            if cancel_echo:
                line += [DSP_CAPS, "webrtcechoprobe", "audioconvert"]
            line += ["autoaudiosink"]

        pipeline = Gst.parse_launch(" ! ".join(line))
        if args.input:
            pipeline.get_by_name("question").set_property("location", args.input)
        if args.output:
            pipeline.get_by_name("answer").set_property("location", args.output)
        return pipeline

    def end_line(self):
        if self.in_line:
            print(flush=True)
        self.in_line = False

    def on_user_said(self, ai, item_id, text):
        self.end_line()
        print(f"You: {text}", flush=True)

    def on_model_says(self, ai, item_id, delta):
        print("" if self.in_line else "Model: ", delta, sep="", end="", flush=True)
        self.in_line = True

    def on_model_said(self, ai, item_id, text):
        self.end_line()

    def on_function_call(self, ai, call_id, name, arguments):
        self.end_line()
        print(f"({name} {arguments})", flush=True)
        function = FUNCTIONS.get(name)
        if function is None:
            return json.dumps({"error": "there is no such function"})
        try:
            return json.dumps(function(arguments))
        except (ValueError, AttributeError) as error:
            return json.dumps({"error": str(error)})

    def on_message(self, bus, message):
        if message.type == Gst.MessageType.ERROR:
            error, details = message.parse_error()
            print(f"Error: {error.message}\n{details or ''}", file=sys.stderr)
            self.exit_code = 1
            self.loop.quit()
        elif message.type == Gst.MessageType.WARNING:
            error, _ = message.parse_warning()
            print(f"Warning: {error.message}", file=sys.stderr)
        elif message.type == Gst.MessageType.LATENCY:
            self.pipeline.recalculate_latency()
        elif message.type == Gst.MessageType.EOS:
            self.loop.quit()

    def on_interrupt(self):
        # End of stream lets wavenc write its header. The second time, give up.
        if self.ending:
            self.loop.quit()
            return GLib.SOURCE_CONTINUE
        self.ending = True
        Gst.util_set_object_arg(self.ai, "eos-mode", "immediate")
        self.pipeline.send_event(Gst.Event.new_eos())
        GLib.timeout_add_seconds(END_TIMEOUT, self.loop.quit)
        return GLib.SOURCE_CONTINUE

    def run(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, self.on_interrupt)
        # What goes wrong arrives as a message.
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        self.end_line()
        self.pipeline.get_bus().remove_signal_watch()
        return self.exit_code


def main():
    parser = argparse.ArgumentParser(description="Talk to a model.")
    parser.add_argument(
        "-i", "--input", metavar="FILE",
        help="ask with a recording (default: the microphone)")
    parser.add_argument(
        "-o", "--output", metavar="FILE",
        help="write the answer as WAV (default: the loudspeaker)")
    parser.add_argument("--model", metavar="NAME", help="model to talk to")
    parser.add_argument("--voice", metavar="NAME", help="voice of the model")
    parser.add_argument(
        "--instructions", metavar="TEXT",
        help="what the model is told about its task")
    parser.add_argument(
        "--headset", action="store_true", help="leave the echo canceller out")
    args = parser.parse_args()

    Gst.init(None)
    try:
        app = App(args)
    except GLib.Error as error:
        print(error.message, file=sys.stderr)
        return 1
    return app.run()


if __name__ == "__main__":
    sys.exit(main())
