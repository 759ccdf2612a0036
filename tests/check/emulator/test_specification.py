#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Proves that specification.py notices what it is there for.

    test_specification.py EMULATOR

What stands for the published document here is the emulator's own, changed in
one place: just that must be found. In the second half specification.toml is
changed.
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "tests/emulator/specification.py"
NOTES = ROOT / "tests/emulator/specification.toml"
TESTS = ROOT / "tests/check/emulator"
EMULATOR = None
EMPTY = """
objects = {}
field = []
%s
[published]
version = "1"
date = "today"
[client]
[server]
[general]
deviations = []
"""


def run(*args):
    result = subprocess.run(
        [sys.executable, SCRIPT, "--emulator", EMULATOR, *args],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)
    return result.returncode, result.stdout


class SpecificationTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.dir = pathlib.Path(directory.name)
        cls.dump = json.loads(
            subprocess.check_output([EMULATOR, "--dump-schema"]))
        schemas = cls.dump["components"]["schemas"]
        for published, here in (
                ("RealtimeCreateClientSecretRequest",
                 "client.ClientSecretRequest"),
                ("RealtimeTranslationClientSecretCreateRequest",
                 "client.RealtimeTranslationClientSecretCreateRequest"),
                ("RealtimeTranslationClientSecretCreateResponse",
                 "server.RealtimeTranslationClientSecretCreateResponse")):
            schemas[published] = {"$ref": "#/components/schemas/" + here}

    def compare(self, change, deviations="deviation = []"):
        """The lines about the dump after change(its schemas)."""
        document = copy.deepcopy(self.dump)
        change(document["components"]["schemas"])
        schema = self.dir / "openapi.json"
        schema.write_text(json.dumps(document), encoding="utf-8")
        notes = self.dir / "notes.toml"
        notes.write_text(EMPTY % deviations, encoding="utf-8")
        code, output = run("--schema", schema, "--notes", notes)
        lines = output.splitlines()[:-1]
        self.assertEqual(code, 1 if lines else 0, output)
        return lines

    def found(self, change, *expected):
        self.assertEqual(
            self.compare(change),
            ["not in the list of deviations: " + each for each in expected])

    @staticmethod
    def remove_event(schemas, root, name):
        schemas[root]["anyOf"] = [
            each for each in schemas[root]["anyOf"]
            if not each["$ref"].endswith("/" + name)]

    def test_the_same_is_no_difference(self):
        self.found(lambda schemas: None)

    def test_event_that_is_not_published(self):
        self.found(
            lambda s: self.remove_event(s, "RealtimeServerEvent",
                                        "server.rate_limits.updated"),
            "server.rate_limits.updated: event: published: not there; "
            "here: there")

    def test_event_that_the_tables_lack(self):
        def change(schemas):
            event = copy.deepcopy(schemas["client.input_audio_buffer.clear"])
            event["properties"]["type"]["enum"] = ["input_audio_buffer.shake"]
            schemas["New"] = event
            schemas["RealtimeClientEvent"]["anyOf"].append(
                {"$ref": "#/components/schemas/New"})

        self.found(change, "client.input_audio_buffer.shake: event: "
                   "published: there; here: not there")

    def test_field_that_the_tables_lack(self):
        def change(schemas):
            schemas["server.Response"]["properties"]["mood"] = {
                "type": "string"}

        self.found(change, "server.Response: mood: missing: "
                   "published: string; here: not there")

    def test_field_deep_inside_that_the_tables_lack(self):
        def change(schemas):
            tools = schemas["client.RealtimeSession"]["properties"]["tools"]
            tools["items"]["anyOf"][0]["properties"]["strict"] = {
                "type": "boolean"}

        self.found(change, "client.RealtimeSession: tools[].strict: missing: "
                   "published: boolean; here: not there")

    def test_events_of_a_translation_are_others(self):
        name = "client.RealtimeTranslationClientEventSessionUpdate"

        def change(schemas):
            schemas[name]["required"].remove("session")
            self.remove_event(
                schemas, "RealtimeTranslationServerEvent",
                "server.RealtimeTranslationServerEventSessionClosed")

        self.found(change, name + ": session: presence: published: optional; "
                   "here: required",
                   "translation server.session.closed: event: published: "
                   "not there; here: there")

    def test_answer_with_a_secret(self):
        name = "server.RealtimeTranslationClientSecretCreateResponse"

        def change(schemas):
            schemas[name]["properties"]["value"]["type"] = "integer"

        self.found(change, name + ": value: type: published: integer; "
                   "here: string")

    def test_field_that_is_not_published(self):
        def change(schemas):
            del schemas["client.UserMessage"]["properties"]["status"]

        self.found(change, "client.UserMessage: status: extra: "
                   "published: not there; here: string")

    def test_type(self):
        def change(schemas):
            schemas["client.response.cancel"]["properties"]["response_id"] = {
                "type": "string"}

        self.found(change, "client.response.cancel: response_id: type: "
                   "published: string; here: string or null")

    def test_value_that_the_server_never_sends(self):
        def change(schemas):
            schemas["server.Response"]["properties"]["status"]["enum"].append(
                "queued")

        self.found(change, "server.Response: status: values: published: "
                   "cancelled, completed, failed, in_progress, incomplete, "
                   "queued; here: cancelled, completed, failed, in_progress, "
                   "incomplete")

    def test_value_that_the_client_may_not_send(self):
        def change(schemas):
            params = schemas["client.ResponseParams"]["properties"]
            params["reasoning"]["anyOf"][1]["properties"]["effort"][
                "enum"].append("none")

        self.found(change, "client.ResponseParams: reasoning.effort: values: "
                   "published: high, low, medium, minimal, none, xhigh; here: "
                   "high, low, medium, minimal, xhigh")

    def test_range(self):
        def change(schemas):
            secret = schemas["client.ClientSecretRequest"]["properties"]
            secret["expires_after"]["properties"]["seconds"]["maximum"] = 3600

        self.found(change, "client.ClientSecretRequest: "
                   "expires_after.seconds: range: published: 10 to 3600; "
                   "here: 10 to 7200")

    def test_narrower_range_of_the_server_is_a_promise(self):
        def change(schemas):
            event = schemas["server.input_audio_buffer.speech_started"]
            del event["properties"]["audio_start_ms"]["minimum"]

        self.found(change)

    def test_wider_range_of_the_server_is_none(self):
        def change(schemas):
            event = schemas["server.input_audio_buffer.speech_started"]
            event["properties"]["audio_start_ms"]["minimum"] = 10

        self.found(change, "server.input_audio_buffer.speech_started: "
                   "audio_start_ms: range: published: 10 or more; "
                   "here: 0 or more")

    def test_presence(self):
        def change(schemas):
            schemas["client.conversation.item.delete"]["required"].remove(
                "item_id")
            schemas["server.Response"]["required"].append("usage")
            # The server may promise more than it must.
            schemas["server.Response"]["required"].remove("id")

        self.found(change, "client.conversation.item.delete: item_id: "
                   "presence: published: optional; here: required",
                   "server.Response: usage: presence: published: required; "
                   "here: optional")

    def test_object_that_the_tables_lack(self):
        def change(schemas):
            tools = schemas["client.RealtimeSession"]["properties"]["tools"]
            new = copy.deepcopy(tools["items"]["anyOf"][0])
            new["properties"]["type"]["enum"] = ["shell"]
            tools["items"]["anyOf"].append(new)

        self.found(change, "client.RealtimeSession: tools[](shell): object: "
                   "published: there; here: not there")

    def test_deviation_explains_a_difference(self):
        def change(schemas):
            schemas["server.Response"]["properties"]["mood"] = {
                "type": "string"}

        self.assertEqual(self.compare(change, """
[[deviation]]
at = "server.Response: mood"
kind = "missing"
published = "string"
why = "It has none"
"""), [])

    def test_deviation_that_is_none(self):
        self.assertEqual(self.compare(lambda schemas: None, """
[[deviation]]
at = "server.Response: id"
kind = "type"
published = "integer"
why = "Once it was so"
"""), ["no deviation: server.Response: id: type: published: integer"])

    def test_deviation_of_nothing(self):
        self.assertEqual(self.compare(lambda schemas: None, """
[[deviation]]
at = "server.Response: mood"
kind = "missing"
published = "string"
why = "It has none"
"""), ["no such field: server.Response: mood"])


class NotesTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.dir = pathlib.Path(directory.name)
        self.page = self.dir / "specification.md"
        self.text = NOTES.read_text(encoding="utf-8")

    def spoil(self, old, new):
        self.assertEqual(self.text.count(old), 1, old)
        notes = self.dir / "notes.toml"
        notes.write_text(self.text.replace(old, new), encoding="utf-8")
        run("--notes", notes, "--write", self.page)
        code, output = run("--notes", notes, "--check", self.page)
        self.assertEqual(code, 1, output)
        return output.splitlines()

    def test_all_is_well(self):
        run("--write", self.page)
        self.assertEqual(run("--check", self.page),
                         (0, "specification.md is current\n"))

    def test_page_that_is_not_current(self):
        run("--write", self.page)
        self.page.write_text(
            self.page.read_text(encoding="utf-8").replace("## Objects", "##"),
            encoding="utf-8")
        self.assertEqual(
            run("--check", self.page),
            (1, "specification.md is not current: run 'ninja docs'\n"))

    def test_event_without_words(self):
        self.assertIn(
            "specification.toml: no words about client response.cancel",
            self.spoil('[client."response.cancel"]',
                       '[client."response.stop"]'))

    def test_event_without_test(self):
        self.assertIn(
            "specification.toml: no test of server mcp_list_tools.failed",
            self.spoil('["sequences test_mcp_tools_that_cannot_be_listed"]',
                       "[]"))

    def test_test_that_does_not_exist(self):
        self.assertIn(
            "specification.toml: no test 'sequences test_nothing'",
            self.spoil('["sequences test_mcp_tools_that_cannot_be_listed"]',
                       '["sequences test_nothing"]'))

    def test_field_without_words(self):
        self.assertIn(
            "specification.toml: no words about client.ResponseParams: "
            "conversation",
            self.spoil('at = "client.ResponseParams: conversation"\nhere',
                       'at = "client.ResponseParams: metadata"\nhere'))

    def test_note_about_nothing(self):
        self.assertIn(
            "specification.toml: field of nothing: ['server.Response: mood']",
            self.spoil('at = "server.Response: usage"',
                       'at = "server.Response: mood"'))


if __name__ == "__main__":
    EMULATOR = sys.argv.pop(1)
    if run("--help")[0] == 77:
        print("skipped: needs Python 3.11")
        sys.exit(77)
    unittest.main()
