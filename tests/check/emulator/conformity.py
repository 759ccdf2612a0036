#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Runs conversations and checks every event of theirs, both ways.

    conformity.py --emulator PROGRAM [--elements TEST] TEST...

The tests are those of the emulator, which speak to it without a connection.
--elements is one whose conversations the elements hold. In those each event
must be met that the elements can send, which docs/events.md lists, and each
that the emulator can send. Each event of a translation session, both ways, must
be met in the emulator's tests. In all of them together, each field of the server
must be met that docs/specification.md says is sent.

With EMU_SCHEMA in the environment, the events are checked against that OpenAPI
document instead of the emulator's own field tables. EMU_RECORD_DIR keeps them.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHECK_EVENTS = ROOT / "tests/emulator/check-events.py"
SPECIFICATION = ROOT / "tests/emulator/specification.py"
EVENTS = ROOT / "docs/events.md"
# Not for WebRTC, so that it is always refused.
NEVER_TAKEN = "session.input_audio_buffer.append"


def sent_by_elements():
    """The client events that the elements can send by themselves."""
    _, _, section = EVENTS.read_text(encoding="utf-8").partition(
        "## Client events")
    rows = re.findall(r"^\| `([\w.]+)` \|(.*)", section, re.M)
    events = [name for name, row in rows if "| never: " not in row]
    if len(events) < 5:
        sys.exit("%s has no table of client events" % EVENTS)
    return events


def events_of(emulator, root):
    """The types of the events that a table of the emulator knows."""
    dump = json.loads(subprocess.check_output([emulator, "--dump-schema"]))
    schemas = dump["components"]["schemas"]
    return [schemas[each["$ref"].rpartition("/")[2]]
            ["properties"]["type"]["enum"][0]
            for each in schemas[root]["anyOf"]]


def record(tests, directory):
    """Runs tests; TRUE when all passed."""
    directory.mkdir(parents=True, exist_ok=True)
    passed = True
    for test in tests:
        code = subprocess.run(
            [test], check=False,
            env={**os.environ, "EMU_RECORD_DIR": directory}).returncode
        if code:
            print("%s failed" % test)
            passed = False
    return passed


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emulator", metavar="PROGRAM", required=True)
    parser.add_argument("--elements", metavar="TEST")
    parser.add_argument("tests", metavar="TEST", nargs="+")
    args = parser.parse_args()
    schema = os.environ.get("EMU_SCHEMA")
    against = (["--schema", schema] if schema
               else ["--emulator", args.emulator])
    kept = os.environ.get("EMU_RECORD_DIR")
    passed = True

    def run(script, *options):
        sys.stdout.flush()
        return subprocess.run([sys.executable, script, *options],
                              check=False).returncode == 0

    with tempfile.TemporaryDirectory(prefix="emulator-") as temporary:
        top = pathlib.Path(kept or temporary)
        passed &= record(args.tests, top / "emulator")
        translation = ["%s translation %s" % (way, name)
                       for way, side in (("in", "Client"), ("out", "Server"))
                       for name in events_of(
                           args.emulator, "RealtimeTranslation%sEvent" % side)
                       if name != NEVER_TAKEN]
        print("== The emulator's tests")
        passed &= run(CHECK_EVENTS, "--list", "--expect", "1000",
                      "--record", top / "emulator", *against,
                      *[word for name in translation
                        for word in ("--require", name)])
        if args.elements:
            passed &= record([args.elements], top / "elements")
            required = (translation
                        + ["in " + name for name in sent_by_elements()
                           if "in translation " + name not in translation
                           or name in events_of(args.emulator,
                                                "RealtimeClientEvent")]
                        + ["out " + name
                           for name in events_of(args.emulator,
                                                 "RealtimeServerEvent")])
            print("== The elements' conversations")
            passed &= run(CHECK_EVENTS, "--list", "--expect", "500",
                          "--record", top / "elements", *against,
                          *[word for name in required
                            for word in ("--require", name)])
            print("== The fields of the server")
            passed &= run(SPECIFICATION, "--emulator", args.emulator,
                          "--record", top / "emulator",
                          "--record", top / "elements")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
