#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Writes docs/fields.md, or checks that it is current: which property sets each
field of a session, and where a program finds each field of a server event.

    fields.py --emulator PROGRAM --session-fields PROGRAM [--check]

The fields are those of the emulator's tables (--dump-schema), what sets them
says session-fields, which asks the elements, and the tests are found in
tests/check. Words about the rest stand in fields.toml.

The exit status is 1 when a field of a session has neither a property nor words
why not, or no test, and, with --check, when the page is not current; then
nothing is written. 77 (skipped) without python3-gi or Python 3.11.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "emulator"))

import generate  # noqa: E402
import specification  # noqa: E402
from generate import table  # noqa: E402
from schemas import PREFIX, Fields  # noqa: E402
from specification import Facts, anchor  # noqa: E402

BANNER = ("<!-- Written by docs/fields.py (ninja docs) from the elements, the "
          "emulator's tables\n     and fields.toml. Do not edit. -->\n")
PAGE = "openairealtime.md"
ROOTS = ("RealtimeServerEvent", "RealtimeTranslationServerEvent")
# What clients send of a translation has no type, and is not the same later.
TRANSLATION = ("client.RealtimeTranslationSessionCreateRequest",
               "client.RealtimeTranslationSessionUpdateRequest")
# What the emulator's tables and the settings call the same.
MUTABLE = {"at creation": "READY", "before the first audio": "VOICE"}
WHEN = {
    "READY": "at the next connect",
    "UPDATE": "by `session.update`",
    "VOICE": "by `session.update`, until the model has spoken",
}


def link(kind, name):
    return f"[`{name}`]({PAGE}#{kind}-{name})"


def plain(path):
    """A path without the types that it belongs to."""
    return re.sub(r"\([^)]*\)", "", path)


# --- fields of a session ---------------------------------------------------

class Setter:
    """What sets a field: a property, or a member of one that is JSON."""

    def __init__(self, name, member=""):
        self.name = name
        self.member = member

    def __str__(self):
        text = link("property", self.name)
        return f"{text}, its `{self.member}`" if self.member else text


def find_setter(path, properties):
    """The Setter of a field of a session; None when there is none."""
    path = plain(path)
    direct = [name for name, found in properties.items()
              if path in found["sets"]]
    if direct:
        # The kind of the session has a say in others, too.
        return Setter(min(direct, key=lambda name: len(
            properties[name]["sets"])))
    for name, found in properties.items():
        for base in found["json"]:
            # session-config sets everything: that is no answer.
            if not base:
                continue
            if path == base:
                return Setter(name)
            if path.startswith(base):
                return Setter(name, "[]" * base.endswith("[]")
                              + path[len(base):].removeprefix(
                                  "" if base.endswith("[]") else "."))
        for base in found["sets"]:
            if path == base + "[]":
                return Setter(name)
    return None


def find_tests(root):
    """{kind of session: {path: [(file, test, property)]}}: the rows of the
    tables KIND_fields[] in the tests."""
    found = {}
    for file in sorted((root / "tests/check").rglob("*.c")):
        text = file.read_text(encoding="utf-8")
        for kind, rows in re.findall(r"\b(\w+)_fields\[\] = \{\n(.*?)^\};", text,
                                     re.M | re.S):
            # The test that goes through the table.
            tests = [name for name, body in re.findall(
                r"GST_START_TEST \((\w+)\)(.*?)GST_END_TEST", text, re.S)
                if f"{kind}_fields" in body]
            rows = re.findall(r"\{ \"([^\"]+)\",\s*\"([\w-]+)\"", rows)
            for path, name in rows if tests else ():
                found.setdefault(kind, {}).setdefault(path, []).append(
                    (file.relative_to(root / "tests/check"), tests[0], name))
    return found


class Notes:
    """fields.toml"""

    def __init__(self, path):
        with open(path, "rb") as file:
            notes = specification.tomllib.load(file)
        self.unset = [(specification.Pattern(each["at"]), each)
                      for each in notes["unset"]]
        self.found = [(specification.Pattern(each["at"]), each)
                      for each in notes["found"]]


class Page:
    def __init__(self, ours, properties, sources, blocks, notes, spec, root,
                 problems):
        self.ours = ours
        self.properties = properties
        self.sources = sources
        self.blocks = blocks
        self.notes = notes
        self.root = root
        self.problems = problems
        self.tests = find_tests(root)
        self.used = set()
        self.types = specification.Page(ours, spec, {})

    def type_cell(self, field):
        cell = self.types.type_cell(field.schema)
        return re.sub(r"\]\(#", "](specification.md#", cell)

    def kinds(self):
        """[(kind, component, component of an update)] of what clients send."""
        return [(next(iter(self.ours.tags(each)["type"])), name, None)
                for each, name in self.ours.objects(
                    {"$ref": PREFIX + "client.Session"})] + [
                        ("translation", *TRANSLATION)]

    def mutability(self, field, fields, update):
        """Of the field, or of what it is inside of."""
        if update and field.path not in {
                each.path for each in self.ours.walk(update)}:
            return "READY"
        for path, each in fields.items():
            mutable = each.schema.get("x-mutable")
            if mutable and (field.path + ".").startswith(path + "."):
                return MUTABLE[mutable]
        return "UPDATE"

    def is_container(self, field, paths):
        """Whether it has fields, and these say all that is to say."""
        return (Facts(self.ours, field.schema).types
                <= {"object", "array", "null"}
                and any(each.startswith((field.path + ".", field.path + "["))
                        for each in paths))

    def setter_cell(self, kind, field, paths, update):
        """What sets it, its mutability and the names that a test may use."""
        key = f"{kind}: {field.path}"
        setter = find_setter(field.path, self.properties.get(kind, {}))
        note = next((each for pattern, each in self.notes.unset
                     if pattern.matches(key)), None)
        if note and not setter:
            self.used.add(id(note))
            return note["why"], "", None
        if note:
            self.problems.add("fields.toml", f"{key}: {setter.name} sets it")
        if setter:
            when = self.sources.mutability.get(setter.name)
            said = self.mutability(field, paths, update)
            if when != said:
                self.problems.add("docs/fields.md", f"{key}: {setter.name} is "
                                  f"{when}, the field {said}")
            return str(setter), WHEN.get(when, ""), setter.name
        if not self.is_container(field, paths):
            self.problems.add("docs/fields.md", f"{key}: no property sets it, "
                              "and fields.toml does not say why")
        return "by those below", "", None

    def tests_cell(self, kind, field, name, paths):
        found = self.tests.get(kind, {}).get(field.path, [])
        if not found and not self.is_container(field, paths):
            self.problems.add("docs/fields.md",
                              f"{kind}: {field.path}: no test of it")
        if name and found and name not in {used for _, _, used in found}:
            self.problems.add("docs/fields.md", f"{kind}: {field.path}: no "
                              f"test sets it with {name}")
        return ", ".join(
            f"[{file.with_suffix('')}](../tests/check/{file}): "
            f"{test.removeprefix('test_')}" for file, test in dict.fromkeys(
                (file, test) for file, test, _ in found))

    def session(self, kind, component, update):
        paths = {field.path: field for field in self.ours.walk(component)}
        rows = []
        for field in paths.values():
            setter, when, name = self.setter_cell(kind, field, paths,
                                                  update)
            rows.append(tuple(cell.replace("|", "\\|") for cell in (
                f"`{field.path}`", self.type_cell(field).replace("\\|", "|"),
                setter, when, self.tests_cell(kind, field, name, paths))))
        for path in self.tests.get(kind, {}):
            if path not in paths:
                self.problems.add("tests/check",
                                  f"{kind}: {path} is not in the tables")
        return table(("field", "type and range", "property",
                      "during a call", "tests"), rows)

    # Server events

    def signal_arguments(self):
        """{event: {path: [(signal, argument)]}} of the typed signals. Events of
        one name, or that stand for one another, need not all have the field."""
        found = {}
        names = {event: [name] + others
                 for event, name, others in self.sources.events}
        body = self.sources.functions["gstoaisignals.c"]["emit_typed"]
        local = dict(re.findall(
            r"const gchar \*(\w+) = get_string \(info, \"([\w.]+)\"\)", body))
        signals = dict(re.findall(
            r"signals\[(SIGNAL_\w+)\] =\s*(?:g_signal_new|NEW_SIGNAL)"
            r" \(\s*(?:klass,\s*)?\"([\w-]+)\"",
            self.sources.text["gstoaisignals.c"]))
        for events, code in generate.cases_of(body):
            for emitted, rest in re.findall(
                    r"g_signal_emit \(element, signals\[(\w+)\], 0(.*?)\);",
                    code, re.S):
                signal = signals[emitted]
                params = [name for name in self.blocks[
                    f"{generate.BASE}::{signal}"].params if name != "self"]
                given = split_arguments(rest)
                if len(params) != len(given):
                    self.problems.add("docs/fields.py", f"{signal}: does not "
                                      "understand its arguments")
                for param, argument in zip(params, given):
                    paths = re.findall(r"\"([\w.]+)\"", argument)
                    if argument in local:
                        paths = [local[argument]]
                    for name in [name for event in events
                                 for name in names[event]]:
                        for path in paths:
                            found.setdefault(name, {}).setdefault(
                                path, []).append((signal, param))
        self.primary = {names[event][0] for event in names}
        return found

    def check_words(self, text):
        """Links in fields.toml lead to what exists."""
        known = {"signal": set(), "property": set(), "action": set()}
        for name in self.blocks:
            if name.startswith(generate.BASE + "::"):
                known["signal"].add(name.rpartition(":")[2])
            elif name.startswith(generate.BASE + ":"):
                known["property"].add(name.rpartition(":")[2])
        known["action"] = known["signal"]
        for name, kind, target in re.findall(
                r"\[`([\w-]+)`\]\(openairealtime\.md#(\w+)-([\w-]+)\)", text):
            if name != target or target not in known.get(kind, ()):
                self.problems.add("fields.toml", f"no {kind} {target}")
        for fields, name in re.findall(
                r"((?:`\w+`(?:, | and )?)+) of \[`([\w-]+)`\]"
                r"\(openairealtime\.md#signal-", text):
            block = self.blocks.get(f"{generate.BASE}::{name}")
            for field in re.findall(r"`(\w+)`", fields):
                if block and field not in block.params:
                    self.problems.add("fields.toml", f"signal {name} has no "
                                      f"argument {field}")
        structures = self.structures
        for fields, name in re.findall(
                r"((?:`[\w-]+`(?:, | and )?)+) of \[`([\w-]+)`\]"
                r"\(messages\.md#", text):
            for field in re.findall(r"`([\w-]+)`", fields):
                if field not in structures.get(name, {}):
                    self.problems.add("fields.toml",
                                      f"{name} has no field {field}")

    def found_cell(self, event, field, arguments):
        key = f"{event}: {field.path}"
        words = []
        self.told.add((event, plain(field.path)))
        for signal, param in arguments.get(event, {}).get(
                plain(field.path), []):
            words.append(f"`{param}` of {link('signal', signal)}")
        for pattern, each in self.notes.found:
            if pattern.matches(key):
                self.used.add(id(each))
                self.check_words(each["where"])
                words.append(each["where"])
        return "; ".join(dict.fromkeys(words))

    def server(self):
        out = []
        arguments = self.signal_arguments()
        self.structures = self.sources.structures()
        self.told = set()
        components = specification.components_of(self.ours)
        events = {}
        for root in ROOTS:
            for each, name in self.ours.objects({"$ref": PREFIX + root}):
                events[name] = next(iter(self.ours.tags(each)["type"]))
        rows = []
        for component, event in events.items():
            fields = list(self.ours.walk(component))
            own = {plain(field.path) for field in fields}
            for field in fields:
                if field.path in ("type", "event_id"):
                    continue
                rows.append((f"`{event}`", f"`{field.path}`",
                             self.type_cell(field),
                             self.found_cell(event, field, arguments)))
                # What is in an object of its own.
                for path in [each for each in arguments.get(event, {})
                             if each.startswith(field.path + ".")
                             and each not in own]:
                    rows.append((
                        f"`{event}`", f"`{path}`", "see there",
                        self.found_inner(event, path, field, arguments)))
        out.append(table(("event", "field", "type and range",
                          "where else than in `event`"), rows))
        for event in self.primary & set(arguments):
            for path in arguments[event]:
                if (event, path) in self.told:
                    continue
                self.problems.add("gstoaisignals.c", f"{event}: {path} is no "
                                  "field of it")
        out.append("### Objects in them\n")
        rows = []
        for component in components:
            if not component.startswith("server.") or component in events:
                continue
            for field in self.ours.walk(component):
                found = self.found_cell(component, field, {})
                if found:
                    title = self.types.title(component)
                    rows.append((
                        f"[{title}](specification.md#{anchor(title)})",
                        f"`{field.path}`", self.type_cell(field), found))
        out.append("Sessions, items and responses are objects of their own in "
                   "[specification.md](specification.md).\nWhat is not in this "
                   "table is in `event` and nowhere else.\n")
        out.append(table(("object", "field", "type and range",
                          "where else than in `event`"), rows))
        return out

    def found_inner(self, event, path, field, arguments):
        """An argument that is a field of the object in field; it must be."""
        inner = path.removeprefix(field.path + ".")
        names = [name for _, name in self.ours.alternatives(field.schema)
                 if name]
        if any(each.path == inner for name in names
               for each in self.ours.walk(name)):
            self.told.add((event, path))
        return "; ".join(f"`{param}` of {link('signal', signal)}"
                         for signal, param in arguments[event][path])

    def write(self):
        out = [BANNER, "# Fields\n"]
        out.append(
            "Every field of a session of the published specification, and what "
            "sets it; every field\nof a server event, and where a program finds "
            "it. The elements have the same properties\nand signals: the links "
            f"lead to [openairealtime]({PAGE}) for all of them.\n")
        out.append("## Fields of a session\n")
        out.append(
            "Which property sets a field says the element itself: each "
            "property gets other values,\nand what is different in the session "
            "is what it sets. A field without a property says\nwhy;\n"
            + link("property", "session-config")
            + " and the action\n" + link("action", "update-session")
            + " take any of them, known to this version\nor not.\n")
        out.append(
            "“during a call” is when a new value of the property reaches the "
            "server; for what is\n“at the next connect” it is refused during "
            "one. Each test sets the field by that property\nand reads it "
            "where the server says what it has understood. In the paths, `[]` "
            "stands\nfor each element, `<name>` for a member of any name, and "
            "`tools[](mcp).headers` is there\nwhen the `type` beside it is "
            "`mcp`. What the emulator does with each of them stands in\n"
            "[specification.md](specification.md).\n")
        kinds = self.kinds()
        for kind, component, update in kinds:
            out.append(f"### session-type={kind}\n")
            out.append(self.session(kind, component, update))
            if kind not in self.properties:
                self.problems.add("docs/fields.md", f"no session-type {kind}")
        for kind in set(self.properties) - {kind for kind, _, _ in kinds}:
            self.problems.add("docs/fields.md", f"session-type {kind}: nothing "
                              "is known of its fields")
        out.append("## Fields of server events\n")
        out.append(
            "All of them, and those that are unknown, are in the JSON of the "
            "signal\n" + link("signal", "event")
            + " and the message\n"
            "[`openairealtime-event`](messages.md#openairealtime-event). Their "
            "`type` is the detail of the signal\nand its first argument; all "
            "have it, and an `event_id`. The last column has where the\nother "
            "fields are as well.\n")
        out += self.server()
        for _, each in self.notes.unset + self.notes.found:
            if id(each) not in self.used:
                self.problems.add("fields.toml", "about nothing: "
                                  + str(each["at"]))
        for problem in self.types.problems:
            self.problems.add("specification.toml", problem)
        return "\n".join(out).rstrip("\n") + "\n"


def split_arguments(text):
    """The arguments of a call in C behind the ones that text begins after."""
    found, depth, word = [], 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            found.append(word)
            word = ""
        else:
            word += letter
    found.append(word)
    return [" ".join(each.split()) for each in found[1:]]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emulator", metavar="PROGRAM", required=True)
    parser.add_argument("--session-fields", metavar="PROGRAM", required=True)
    parser.add_argument("--root", type=pathlib.Path, default=HERE.parent,
                        help="the sources (default: where this script is)")
    parser.add_argument("--check", action="store_true",
                        help="write nothing, say what is wrong")
    args = parser.parse_args()

    problems = generate.Problems()
    ours = Fields(json.loads(
        subprocess.check_output([args.emulator, "--dump-schema"])))
    properties = json.loads(subprocess.check_output([args.session_fields]))
    sources = generate.Sources(args.root, problems)
    blocks = generate.read_blocks(args.root, [], problems)
    notes = Notes(args.root / "docs" / "fields.toml")
    spec = specification.Notes(
        args.root / "tests" / "emulator" / "specification.toml")
    page = Page(ours, properties, sources, blocks, notes, spec, args.root,
                problems)
    text = page.write()

    path = args.root / "docs" / "fields.md"
    old = path.read_text(encoding="utf-8") if path.exists() else None
    if old != text and args.check:
        problems.add("docs/fields.md", "is not current: run 'ninja docs'")
    elif old != text:
        path.write_text(text, encoding="utf-8")
        print("docs/fields.md: written")
    for problem in problems:
        print(problem)
    if args.check and not problems:
        print("fields.md is current")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
