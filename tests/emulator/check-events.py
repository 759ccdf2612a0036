#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Checks recorded events against a JSON schema.

Reads the .jsonl files that openai-realtime-emulator --record writes and checks
every event, in both directions, against RealtimeClientEvent and
RealtimeServerEvent of an OpenAPI document: one from outside (--schema) or the
emulator's own field tables (--emulator). Events of translation sessions, which
a note in the record tells, are checked against RealtimeTranslationClientEvent
and RealtimeTranslationServerEvent; in the list they are "in translation TYPE"
and "out translation TYPE".

An event of the client that the server refused with an error event, which is
told by its event_id, is not judged. One that the schema refuses and the server
took is.
"""

import argparse
import json
import os
import subprocess
import sys

from schemas import Validator


def read_records(path):
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError:
                # The last line of a process that was killed.
                print("%s:%d: not JSON, skipped" % (path, number))


def find_files(paths):
    for path in paths:
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                if name.endswith(".jsonl"):
                    yield os.path.join(path, name)
        else:
            yield path


def find_refused(records):
    """Numbers of the client's events that an error event answers: it names
    their event_id, or follows at once when they have none."""
    refused = set()
    named = {}
    last = None
    for number, record in records:
        event = record["event"]
        if not isinstance(event, dict):
            last = None
            continue
        if record["dir"] == "in":
            last = number
            named.setdefault(str(event.get("event_id")), []).append(number)
        elif record["dir"] == "out":
            error = event.get("error")
            if event.get("type") == "error" and isinstance(error, dict):
                if error.get("event_id"):
                    refused.update(named.get(error["event_id"], []))
                elif last is not None:
                    refused.add(last)
            last = None
    return refused


def is_translation(records):
    return any(record["dir"] == "note"
               and record["event"]["type"] == "translation"
               for _, record in records)


def check_file(path, validator, counts):
    records = list(read_records(path))
    kind = "Translation" if is_translation(records) else ""
    refused = find_refused(records)
    invalid = 0
    for number, record in records:
        direction, event = record["dir"], record["event"]
        if direction not in ("in", "out"):
            continue
        name = event.get("type") if isinstance(event, dict) else None
        if number in refused:
            counts["refused"] = counts.get("refused", 0) + 1
            continue
        side = {"in": "Client", "out": "Server"}[direction]
        key = " ".join(filter(None, (direction, kind.lower(), str(name))))
        counts[key] = counts.get(key, 0) + 1
        problems = validator.check(
            event, {"$ref": "#/components/schemas/Realtime%s%sEvent"
                    % (kind, side)})
        if not problems:
            continue
        invalid += 1
        for where, text in problems:
            print("%s:%d: %s: %s: %s" % (path, number, key, where, text))
    return invalid


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schema", metavar="FILE", help="an OpenAPI document")
    parser.add_argument(
        "--emulator", metavar="PROGRAM", default="openai-realtime-emulator",
        help="whose --dump-schema is used without --schema")
    parser.add_argument(
        "--record", metavar="FILE", action="append", default=[],
        help="a .jsonl file, or a directory of them; may be repeated")
    parser.add_argument(
        "--list", action="store_true", help="print how often each event came")
    parser.add_argument(
        "--expect", metavar="N", type=int, default=1,
        help="fail when there are fewer events (default 1)")
    parser.add_argument(
        "--require", metavar="TYPE", action="append", default=[],
        help="fail when that event never came, 'in TYPE' from the client or "
        "'out TYPE' from the server, as they are listed; may be repeated")
    args = parser.parse_args()
    if not args.record:
        parser.error("--record is missing")
    if args.schema:
        with open(args.schema, encoding="utf-8") as file:
            document = json.load(file)
    else:
        document = json.loads(
            subprocess.check_output([args.emulator, "--dump-schema"]))
    validator = Validator(document)
    counts = {}
    invalid = sum(check_file(path, validator, counts)
                  for path in find_files(args.record))
    refused = counts.pop("refused", 0)
    total = sum(counts.values())
    if args.list:
        for key in sorted(counts):
            print("%6d %s" % (counts[key], key))
    print("%d events of %d types, %d refused by the server, %d invalid"
          % (total, len(counts), refused, invalid))
    if total < args.expect:
        print("expected at least %d events" % args.expect)
        return 1
    missing = [key for key in args.require if key not in counts]
    for key in missing:
        print("never came: %s" % key)
    return 1 if invalid or missing else 0


if __name__ == "__main__":
    sys.exit(main())
