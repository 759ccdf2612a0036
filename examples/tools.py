#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Asks a model a question in writing that needs function calls, answers them while
they run beside each other, and lets the model speak when all are answered.

    tools.py
    tools.py --output answer.wav "what is the weather in rome and madrid"

Looking up the weather takes its time, and fails for London.
"""

import argparse
import json
import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

# Milliseconds that a look-up takes.
LOOK_UP_TIME = 1500

TOOLS = [
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


class App:
    def __init__(self, args):
        self.loop = GLib.MainLoop()
        self.exit_code = 0
        if args.output:
            # A file wants the speech only, without the pauses between.
            end = "wavenc ! filesink name=answer"
            idle = "none"
        else:
            end = "audioconvert ! audioresample ! autoaudiosink"
            idle = "silence"
        self.pipeline = Gst.parse_launch(
            f"openairealtimesrc name=ai idle-output={idle} ! {end}")
        if args.output:
            self.pipeline.get_by_name("answer").set_property(
                "location", args.output)
        self.ai = self.pipeline.get_by_name("ai")
        self.ai.set_property("tools", json.dumps(TOOLS))
        self.ai.connect("function-call", self.on_function_call)
        self.ai.connect("transcript-done", self.on_transcript_done)
        self.question = args.question

        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", self.on_message)

    def on_function_call(self, ai, call_id, name, arguments):
        """Comes from the session's thread, so it must not wait for anything."""
        print(f"({name} {arguments})", flush=True)
        try:
            city = json.loads(arguments)["city"]
        except (ValueError, KeyError, TypeError):
            return json.dumps({"error": "no city"})
        if city.lower() == "london":
            print(f"({city}: no weather)", flush=True)
            return json.dumps({"error": "there is no weather in London"})
        GLib.timeout_add(LOOK_UP_TIME, self.on_looked_up, call_id, city)
        return None

    def on_looked_up(self, call_id, city):
        print(f"({city}: clear)", flush=True)
        output = {"city": city, "sky": "clear", "temperature": 21}
        # False when the session is over: then nobody wants to know.
        self.ai.emit("send-function-output", call_id, json.dumps(output))
        return GLib.SOURCE_REMOVE

    def on_transcript_done(self, ai, item_id, text):
        print(f"Model: {text}", flush=True)

    def on_message(self, bus, message):
        if message.type == Gst.MessageType.ERROR:
            error, details = message.parse_error()
            print(f"{error.message}\n{details}", file=sys.stderr)
            self.exit_code = 1
            self.loop.quit()
        elif message.type == Gst.MessageType.WARNING:
            error, details = message.parse_warning()
            print(f"{error.message}\n{details}", file=sys.stderr)
        elif message.type == Gst.MessageType.EOS:
            self.loop.quit()

    def run(self):
        if (self.pipeline.set_state(Gst.State.PLAYING)
                == Gst.StateChangeReturn.FAILURE):
            self.exit_code = 1
        else:
            print(f"You: {self.question}", flush=True)
            # Both wait until the connection is there.
            self.ai.emit("send-text", self.question)
            # No more input: the stream ends when all calls are answered and the
            # answer to them is spoken.
            self.ai.send_event(Gst.Event.new_eos())
            self.loop.run()
        self.pipeline.set_state(Gst.State.NULL)
        return self.exit_code


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", metavar="FILE", help="WAV for the answer")
    parser.add_argument("question", nargs="?",
                        default="what is the weather in paris and london")
    args = parser.parse_args()
    Gst.init(None)
    return App(args).run()


if __name__ == "__main__":
    sys.exit(main())
