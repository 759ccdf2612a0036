#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Proves that fields.py --check notices what it is there for.

    docs/test_fields.py EMULATOR SESSION-FIELDS

Each test spoils one thing, in a copy of the sources or in what the programs say,
and expects the check to fail with a line about just that.
"""

import json
import subprocess
import sys

sys.dont_write_bytecode = True

import spoilt  # noqa: E402

EMULATOR = SESSION_FIELDS = None

NOTES = "docs/fields.toml"
TABLES = "tests/check/e2e/fields.c"
SIGNALS = "gst/openairealtime/gstoaisignals.c"
SETTINGS = "gst/openairealtime/session/gstoaisettings.c"


class FieldsTest(spoilt.CheckTest):
    PROGRAM = "fields.py"

    @classmethod
    def setUpClass(cls):
        cls.schema = json.loads(
            subprocess.check_output([EMULATOR, "--dump-schema"]))
        cls.properties = json.loads(subprocess.check_output([SESSION_FIELDS]))
        super().setUpClass()

    @classmethod
    def program(cls, name, said):
        """One that says that."""
        path = cls.directory / name
        path.with_suffix(".json").write_text(json.dumps(said),
                                             encoding="utf-8")
        path.write_text(f"#!/bin/sh\nexec cat '{path.with_suffix('.json')}'\n",
                        encoding="utf-8")
        path.chmod(0o755)
        return path

    @classmethod
    def options(cls, schema=None, properties=None):
        return ["--emulator", cls.program("emulator", schema or cls.schema),
                "--session-fields",
                cls.program("session-fields", properties or cls.properties)]

    def with_schema(self, change):
        schema = json.loads(json.dumps(self.schema))
        change(schema["components"]["schemas"])
        return schema

    def with_properties(self, change):
        properties = json.loads(json.dumps(self.properties))
        change(properties)
        return properties

    def test_property_that_sets_nothing(self):
        self.expect(r"(?m)^docs/fields.md: realtime: reasoning.effort: no "
                    "property sets it",
                    properties=self.with_properties(
                        lambda p: p["realtime"].pop("reasoning-effort")))

    def test_property_that_takes_no_json(self):
        self.expect(r"realtime: truncation.retention_ratio: no property sets "
                    "it",
                    properties=self.with_properties(
                        lambda p: p["realtime"]["truncation"].update(json=[])))

    def test_property_of_one_kind_alone(self):
        self.expect(r"(?m)^docs/fields.md: transcription: "
                    r"audio.input.transcription.delay: no property sets it",
                    properties=self.with_properties(
                        lambda p: p["transcription"].pop(
                            "input-transcription-delay")))

    def test_session_config_is_no_answer(self):
        def change(properties):
            for name in list(properties["realtime"]):
                if name != "session-config":
                    properties["realtime"].pop(name)

        self.expect("realtime: instructions: no property sets it",
                    properties=self.with_properties(change))

    def test_kind_that_the_elements_lack(self):
        self.expect("no session-type transcription",
                    properties=self.with_properties(
                        lambda p: p.pop("transcription")))

    def test_kind_that_the_tables_lack(self):
        self.expect("session-type singing: nothing is known of its fields",
                    properties=self.with_properties(
                        lambda p: p.update(singing={})))

    def test_field_that_an_update_of_a_translation_lacks(self):
        def change(schemas):
            update = schemas["client.RealtimeTranslationSessionUpdateRequest"]
            output = update["properties"]["audio"]["properties"]["output"]
            del output["properties"]["language"]

        self.expect("translation: audio.output.language: target-language is "
                    "UPDATE, the field READY",
                    schema=self.with_schema(change))

    def test_new_field(self):
        def change(schemas):
            schemas["client.RealtimeSession"]["properties"]["mood"] = {
                "type": "string"}

        self.expect("(?s)realtime: mood: no property sets it.*"
                    "realtime: mood: no test of it",
                    schema=self.with_schema(change))

    def test_new_field_of_a_tool(self):
        def change(schemas):
            tools = schemas["client.RealtimeSession"]["properties"]["tools"]
            for kind in tools["items"]["anyOf"]:
                kind["properties"]["strict"] = {"type": "boolean"}

        self.expect(r"realtime: tools\[\].strict: no test of it",
                    schema=self.with_schema(change))

    def test_new_kind(self):
        def change(schemas):
            kind = json.loads(json.dumps(schemas["client.RealtimeSession"]))
            kind["properties"]["type"]["enum"] = ["singing"]
            schemas["client.Singing"] = kind
            schemas["client.Session"]["anyOf"].append(
                {"$ref": "#/components/schemas/client.Singing"})

        self.expect("(?s)singing: model: no property sets it.*"
                    "singing: model: no test of it.*no session-type singing",
                    schema=self.with_schema(change))

    def test_field_that_can_be_changed_now(self):
        def change(schemas):
            model = schemas["client.RealtimeSession"]["properties"]["model"]
            del model["x-mutable"]

        self.expect("realtime: model: model is READY, the field UPDATE",
                    schema=self.with_schema(change))

    def test_property_that_can_be_changed_now(self):
        self.spoil(SETTINGS, r'(\{ "voice",.*?GST_OAI_MUTABLE_)VOICE',
                   r"\1UPDATE")
        self.expect("realtime: audio.output.voice: voice is UPDATE, the field "
                    "VOICE")

    def test_reason_that_is_gone(self):
        self.spoil(NOTES, r'"\*: expires_at"', '"*: expired"')
        self.expect("realtime: expires_at: no property sets it")

    def test_reason_without_need(self):
        self.spoil(NOTES, r'"\*: expires_at"', '"*: expires_at", "*: model"')
        self.expect("fields.toml: realtime: model: model sets it")

    def test_note_about_nothing(self):
        self.spoil(NOTES, "server.Response: usage.output_tokens",
                   "server.Response: usage.sounds")
        self.expect("about nothing: server.Response: usage.sounds")

    def test_row_that_is_gone(self):
        self.spoil(TABLES, r'  \{ "truncation.retention_ratio",[^}]*\},\n', "")
        self.expect("realtime: truncation.retention_ratio: no test of it")

    def test_row_of_another_property(self):
        self.spoil(TABLES, r'\{ "audio.output.speed", "speed"',
                   '{ "audio.output.speed", "session-config"')
        self.expect("realtime: audio.output.speed: no test sets it with speed")

    def test_row_of_no_field(self):
        self.spoil(TABLES, r'\{ "audio.output.speed", "speed"',
                   '{ "audio.output.tempo", "speed"')
        self.expect("realtime: audio.output.tempo is not in the tables")

    def test_table_that_no_test_uses(self):
        self.spoil(TABLES, r'"session-type=transcription", '
                   r"transcription_fields,\s*"
                   r"G_N_ELEMENTS \(transcription_fields\)",
                   '"", realtime_fields, 1')
        self.expect(r"transcription: include\[\]: no test of it")

    def test_argument_of_a_signal(self):
        self.spoil(SIGNALS, r'(SIGNAL_RESPONSE_DONE\], 0,\s*get_string \(info,'
                   r' "response\.)id', r"\1name")
        self.expect("response.done: response.name is no field of it")

    def test_signal_with_another_field(self):
        self.spoil(SIGNALS, r"(SIGNAL_AUDIO_STARTED\], 0, )response_id",
                   r"\1item_id")
        self.expect("output_audio_buffer.started: item_id is no field of it")

    def test_field_of_a_message_that_does_not_exist(self):
        self.spoil(NOTES, "`server-message` of", "`server-word` of")
        self.expect("openairealtime-error has no field server-word")

    def test_argument_of_a_signal_that_does_not_exist(self):
        self.spoil(NOTES, "`call_id` of", "`call` of")
        self.expect("signal function-call has no argument call")

    def test_property_that_does_not_exist(self):
        self.spoil(NOTES, r"\[`session-id`\]\(openairealtime.md#property-"
                   r"session-id\)",
                   "[`session-name`](openairealtime.md#property-session-name)")
        self.expect("no property session-name")

    def test_changed_page(self):
        self.spoil("docs/fields.md", "# Fields", "# Field")
        self.expect("docs/fields.md: is not current")


if __name__ == "__main__":
    SESSION_FIELDS = sys.argv.pop(2)
    EMULATOR = sys.argv.pop(1)
    spoilt.main(FieldsTest.PROGRAM)
