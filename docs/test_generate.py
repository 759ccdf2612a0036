#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Proves that generate.py --check notices what it is there for.

    docs/test_generate.py PLUGIN

Each test spoils one thing in a copy of the sources and expects the check to
fail with a line about just that.
"""

import sys

sys.dont_write_bytecode = True

import spoilt  # noqa: E402

PLUGIN = None

SETTINGS = "gst/openairealtime/session/gstoaisettings.c"
ENUMS = "gst/openairealtime/session/gstoaienums.h"
SIGNALS = "gst/openairealtime/gstoaisignals.c"
BASE = "gst/openairealtime/gstopenairealtimebase.c"
SINK = "gst/openairealtime/gstopenairealtimesink.c"
DIALECT = "gst/openairealtime/protocol/gstoaidialect.c"
EVENTS = "tests/emulator/events.c"
SESSION = "gst/openairealtime/session/gstoaisession.c"
TURN = "gst/openairealtime/session/gstoaiturn.c"


class GenerateTest(spoilt.CheckTest):
    PROGRAM = "generate.py"

    @classmethod
    def options(cls):
        return ["--plugin", PLUGIN]

    def test_left_out_block(self):
        self.expect(r"(?m)^openairealtime: property voice has no doc block$",
                    "--without-block", "voice")

    def test_property_without_block(self):
        self.spoil(SETTINGS, r"/\*\*\n   \* GstOpenAIRealtimeBase:voice:"
                   r".*?\*/\n", "")
        self.expect(r"(?m)^openairealtime: property voice has no doc block$")

    def test_signal_without_block(self):
        self.spoil(SIGNALS, r"/\*\*\n   \* GstOpenAIRealtimeBase::rate-limits:"
                   r".*?\*/\n", "")
        self.expect("signal rate-limits has no doc block")

    def test_action_without_block(self):
        self.spoil(BASE, r"/\*\*\n   \* GstOpenAIRealtimeBase::send-text:"
                   r".*?\*/\n", "")
        self.expect("action send-text has no doc block")

    def test_element_without_block(self):
        self.spoil(SINK, r"/\*\*\n \* SECTION:.*?\*/\n", "")
        self.expect("openairealtimesink: the element has no doc block")

    def test_enum_without_block(self):
        self.spoil(ENUMS, r"/\*\*\n \* GstOpenAIRealtimeEosMode:.*?\*/\n", "")
        self.expect("enum GstOpenAIRealtimeEosMode has no doc block")

    def test_enum_value_without_words(self):
        self.spoil(ENUMS, r" \* @GST_OPENAI_REALTIME_EAGERNESS_LOW:[^\n]*\n",
                   "")
        self.expect("value low .* is not described")

    def test_enum_value_that_does_not_exist(self):
        self.spoil(ENUMS, "@GST_OPENAI_REALTIME_EAGERNESS_LOW:",
                   "@GST_OPENAI_REALTIME_EAGERNESS_LOWEST:")
        self.expect("@GST_OPENAI_REALTIME_EAGERNESS_LOWEST does not exist")

    def test_block_without_since(self):
        self.spoil(SETTINGS, r"(GstOpenAIRealtimeBase:mute:.*?)\n   \*\n"
                   r"   \* Since: 0.1", r"\1")
        self.expect("property mute has no Since:")

    def test_block_without_description(self):
        self.spoil(SETTINGS, r"   \* Whether silence is sent instead of the "
                   r"input.\n", "")
        self.expect("property mute has no description")

    def test_block_of_nothing(self):
        self.spoil(SETTINGS, "GstOpenAIRealtimeBase:mute:",
                   "GstOpenAIRealtimeBase:mutes:")
        self.expect("GstOpenAIRealtimeBase:mutes does not exist")

    def test_link_to_nothing(self):
        self.spoil(SETTINGS, "#GstOpenAIRealtimeBase:api-key-file",
                   "#GstOpenAIRealtimeBase:api-key-folder")
        self.expect("#GstOpenAIRealtimeBase:api-key-folder does not exist")

    def test_constant_that_does_not_exist(self):
        self.spoil(SETTINGS, "%GST_OPENAI_REALTIME_TURN_DETECTION_NONE",
                   "%GST_OPENAI_REALTIME_TURN_DETECTION_NOBODY")
        self.expect("%GST_OPENAI_REALTIME_TURN_DETECTION_NOBODY does not "
                    "exist")

    def test_parameter_too_few(self):
        self.spoil(SIGNALS, r"   \* @audio_start_ms:[^\n]*\n", "")
        self.expect("speech-started: 1 parameters are described, it has 2")

    def test_missing_return(self):
        self.spoil(BASE, r"   \* Returns: %FALSE when there is no session\n",
                   "")
        self.expect("action commit-input has no Returns:")

    def test_malformed_block(self):
        self.spoil(SETTINGS, r"(\*\n)   \* (Voice of the model: a name)",
                   r"\1   \2")
        self.expect(r"gstoaisettings\.c:\d+: no ' \* ' in front of 'Voice")

    def test_changed_words(self):
        self.spoil(SETTINGS, "Bits per second of the Opus stream",
                   "Bits each second of the Opus stream")
        self.expect("(?s)docs/openairealtime.md: is not current.*"
                    "docs/openairealtimesink.md: is not current.*"
                    "docs/openairealtimesrc.md: is not current")

    def test_changed_page(self):
        self.spoil("docs/events.md", "# Events", "# Event")
        self.expect("docs/events.md: is not current")

    def test_missing_page(self):
        (self.root / "docs/openairealtimesrc.md").unlink()
        self.expect("docs/openairealtimesrc.md: is not current")

    def test_new_server_event(self):
        self.spoil(DIALECT, r'\{ "rate_limits.updated",',
                   '{ "rate_limits.changed",')
        self.expect("docs/events.md: is not current")

    def test_event_that_no_test_names(self):
        self.spoil(EVENTS, r'SERVER \("mcp_list_tools.failed"\)',
                   'SERVER ("mcp_list_tools.lost")')
        self.expect("no test names mcp_list_tools.lost")

    def test_known_event_that_no_test_names(self):
        self.spoil(DIALECT, r'\{ "conversation.created",',
                   '{ "conversation.begun",')
        self.expect("no test names conversation.begun")

    def test_field_without_words(self):
        self.spoil("docs/messages.md", r"\| `first-audio` [^\n]*\n", "")
        self.expect("openairealtime-turn: field first-audio is missing")

    def test_field_that_does_not_exist(self):
        self.spoil(TURN, '"first-audio"', '"first-sound"')
        self.expect("openairealtime-turn: field first-audio does not exist")

    def test_field_of_another_type(self):
        self.spoil("docs/messages.md", r"\| `number` \| uint \|",
                   "| `number` | int |")
        self.expect("openairealtime-turn: field number is uint, not int")

    def test_reason_without_words(self):
        self.spoil("docs/errors.md", r"\n\| `slow-turn` \|[^\n]*", "")
        self.expect("docs/errors.md: reason slow-turn is missing")

    def test_reason_that_does_not_exist(self):
        self.spoil(SESSION, r'because \("slow-turn"', 'because ("late-turn"')
        self.expect("docs/errors.md: reason slow-turn does not exist")

    def test_step_without_words(self):
        self.spoil("docs/messages.md", r"\| `dtls` \| step [^\n]*\n", "")
        self.expect("connect: step dtls is missing")


if __name__ == "__main__":
    PLUGIN = sys.argv.pop(1)
    spoilt.main(GenerateTest.PROGRAM)
