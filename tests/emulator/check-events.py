#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Checks recorded events against a JSON schema.

Reads the .jsonl files that openai-realtime-emulator --record writes and checks
every event, in both directions, against RealtimeClientEvent and
RealtimeServerEvent of an OpenAPI document: one from outside (--schema) or the
emulator's own field tables (--emulator).

An event of the client that the server refused with an error event, which is
told by its event_id, is not judged. One that the schema refuses and the server
took is.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys

TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float))
    and not isinstance(v, bool) and math.isfinite(v),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool)
    or isinstance(v, float) and v.is_integer(),
}


def same(a, b):
    """Equal in JSON: True is not 1."""
    return type(a) is type(b) and a == b


class Validator:
    """The part of JSON Schema that API descriptions use."""

    def __init__(self, document):
        self.document = document

    def resolve(self, ref):
        node = self.document
        if not ref.startswith("#/"):
            raise ValueError("only local references: " + ref)
        for part in ref[2:].split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def check(self, value, schema, path="$"):
        """Problems of value, a list of (path, text)."""
        if schema is True or schema == {}:
            return []
        if schema is False:
            return [(path, "nothing is allowed here")]
        if value is None and self.takes_null(schema):
            return []
        if "$ref" in schema:
            problems = self.check(value, self.resolve(schema["$ref"]), path)
            if problems:
                return problems
        problems = self.check_plain(value, schema, path)
        for each in schema.get("allOf", []):
            problems += self.check(value, each, path)
        # Published oneOf branches overlap ("string or one of these strings"),
        # so one branch that fits is enough there too.
        for word in ("anyOf", "oneOf"):
            if word in schema:
                problems += self.check_any(value, schema[word], path)
        return problems

    def takes_null(self, schema):
        """Null by a word of its own: in the published document some say so
        only as their default or in their description."""
        return (schema.get("nullable") or schema.get("default", 0) is None
                or re.search(r"\bset to .?null\b",
                             schema.get("description", "")))

    def check_any(self, value, branches, path):
        best = None
        for branch in branches:
            problems = self.check(value, branch, path)
            if not problems:
                return []
            # The branch that was meant is the one whose type fits best.
            rank = (not self.claims(value, branch), len(problems))
            if best is None or rank < best[0]:
                best = (rank, problems)
        return best[1] if best else []

    def claims(self, value, schema):
        """Whether value calls itself what schema describes."""
        while "$ref" in schema:
            schema = self.resolve(schema["$ref"])
        if any(self.claims(value, each)
               for word in ("anyOf", "oneOf", "allOf")
               for each in schema.get(word, [])):
            return True
        if not isinstance(value, dict):
            types = schema.get("type", [])
            types = [types] if isinstance(types, str) else types
            return any(TYPES[t](value) for t in types)
        properties = schema.get("properties", {})
        tags = [t for t in ("type", "role", "object") if t in value]
        return bool(properties) and all(
            t in properties and not self.check(value[t], properties[t])
            for t in tags)

    def check_plain(self, value, schema, path):
        problems = []

        def fail(text):
            problems.append((path, text))

        types = schema.get("type")
        if types is not None:
            types = [types] if isinstance(types, str) else types
            if not any(TYPES[t](value) for t in types):
                fail("%s is not of type %s" % (show(value), "/".join(types)))
                return problems
        if "enum" in schema and not any(same(value, e) for e in schema["enum"]):
            fail("%s is none of %s" % (show(value), show(schema["enum"])))
        if "const" in schema and not same(value, schema["const"]):
            fail("%s is not %s" % (show(value), show(schema["const"])))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", -math.inf):
                fail("%s is below %s" % (value, schema["minimum"]))
            if value > schema.get("maximum", math.inf):
                fail("%s is above %s" % (value, schema["maximum"]))
        if isinstance(value, str):
            if len(value) < schema.get("minLength", 0):
                fail("%s is too short" % show(value))
            if len(value) > schema.get("maxLength", math.inf):
                fail("%s is too long" % show(value))
            if "pattern" in schema and not re.search(schema["pattern"], value):
                fail("%s does not match %s" % (show(value), schema["pattern"]))
        if isinstance(value, list):
            if len(value) < schema.get("minItems", 0):
                fail("too few elements")
            if len(value) > schema.get("maxItems", math.inf):
                fail("too many elements")
            for i, each in enumerate(value):
                problems += self.check(
                    each, schema.get("items", {}), "%s[%d]" % (path, i))
        if isinstance(value, dict):
            problems += self.check_members(value, schema, path)
        return problems

    def check_members(self, value, schema, path):
        problems = []
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                problems.append((path, "'%s' is missing" % name))
        for name, each in value.items():
            inner = "%s.%s" % (path, name)
            if name in properties:
                problems += self.check(each, properties[name], inner)
                continue
            rest = schema.get("additionalProperties", True)
            if rest is False:
                problems.append((inner, "is not known"))
            elif rest is not True:
                problems += self.check(each, rest, inner)
        return problems


def show(value):
    text = json.dumps(value)
    return text if len(text) < 80 else text[:77] + "..."


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


def check_file(path, validator, counts):
    records = list(read_records(path))
    refused = find_refused(records)
    invalid = 0
    for number, record in records:
        direction, event = record["dir"], record["event"]
        if direction not in ("in", "out"):
            continue
        kind = event.get("type") if isinstance(event, dict) else None
        if number in refused:
            counts["refused"] = counts.get("refused", 0) + 1
            continue
        name = {"in": "RealtimeClientEvent", "out": "RealtimeServerEvent"}
        key = "%s %s" % (direction, kind)
        counts[key] = counts.get(key, 0) + 1
        problems = validator.check(
            event, {"$ref": "#/components/schemas/" + name[direction]})
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
    return 1 if invalid else 0


if __name__ == "__main__":
    sys.exit(main())
