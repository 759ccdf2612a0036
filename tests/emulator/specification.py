#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Writes docs/specification.md: every event and field of the published
specification beside what the emulator does with it.

    specification.py --emulator PROGRAM --write docs/specification.md
    specification.py --emulator PROGRAM --check docs/specification.md
    specification.py --emulator PROGRAM --schema openapi.json [--list]
    specification.py --emulator PROGRAM --record DIR

Fields, types and ranges come from the emulator's own tables (--dump-schema),
the words about them, the deviations and the tests from specification.toml
beside this script.

--check writes nothing; the exit status is 1 when the page is not current, a
field that clients may send has no words, or a test that is named does not
exist. 77 (skipped) without Python 3.11.

--schema compares the tables with a published OpenAPI document, in both
directions. Each event or field that the tables lack, have in addition or
describe otherwise must be in the list of deviations, and each deviation must
be one. Of what the server sends, a promise that is narrower than the published
one is no deviation: a smaller range, a field that is always there. A value or
a type that it never sends is.

--record goes through recorded events (--record of the emulator). Each field of
the server must be met in them that specification.toml does not call unsent, and
none that it does.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

try:
    import tomllib
except ImportError:
    print("skipped: needs Python 3.11")
    sys.exit(77)

from schemas import ANY, PREFIX, Document, Fields, alike, members, strings

HERE = pathlib.Path(__file__).resolve().parent
BANNER = ("<!-- Written by tests/emulator/specification.py (ninja docs) from "
          "the emulator's tables\n     and specification.toml. Do not edit. "
          "-->\n")
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems",
          "maxItems")
ROOTS = {
    "client": "RealtimeClientEvent",
    "server": "RealtimeServerEvent",
    "translation client": "RealtimeTranslationClientEvent",
    "translation server": "RealtimeTranslationServerEvent",
}
# What goes by HTTP: (its name in the published document, here).
REQUESTS = (
    ("RealtimeCreateClientSecretRequest", "client.ClientSecretRequest"),
    ("RealtimeTranslationClientSecretCreateRequest",
     "client.RealtimeTranslationClientSecretCreateRequest"),
    ("RealtimeTranslationClientSecretCreateResponse",
     "server.RealtimeTranslationClientSecretCreateResponse"),
)


# --- what a field may be -----------------------------------------------------

class Facts:
    """What a schema says about one value, without its fields."""

    def __init__(self, document, schema):
        self.types = set()
        self.values = set()  # None: any string
        self.bounds = {}
        self.pattern = None
        self.open = False
        for plain, _ in document.alternatives(schema):
            kind = plain["type"]
            self.types.add(kind)
            values = strings(plain)
            if kind == "string" and values is None:
                self.values = None
            elif kind == "string" and self.values is not None:
                self.values.update(values)
            elif kind == "integer" and values:
                self.bounds["minimum"] = min(values)
                self.bounds["maximum"] = max(values)
            for bound in BOUNDS:
                # A length of nothing is no limit.
                if bound in plain and not (
                        bound in ("minLength", "minItems")
                        and plain[bound] == 0):
                    self.bounds[bound] = plain[bound]
            self.pattern = plain.get("pattern", self.pattern)
            if kind == "object" and not members(plain):
                self.open = True
        if "number" in self.types:
            self.types.discard("integer")

    def type_text(self):
        order = ("boolean", "integer", "number", "string", "array", "object",
                 "null", "any")
        return " or ".join(t for t in order if t in self.types)

    def range_text(self):
        words = []
        for low, high, unit in (("minimum", "maximum", ""),
                                ("minLength", "maxLength", " characters"),
                                ("minItems", "maxItems", " elements")):
            least, most = self.bounds.get(low), self.bounds.get(high)
            if least is not None and most is not None:
                words.append("%g%s" % (least, unit) if least == most
                             else "%g to %g%s" % (least, most, unit))
            elif least is not None:
                words.append("%g or more%s" % (least, unit))
            elif most is not None:
                words.append("up to %g%s" % (most, unit))
        return ", ".join(words)

    def values_text(self):
        if self.values is None:
            return "any string"
        return ", ".join(sorted(self.values))


class Difference:
    def __init__(self, key, kind, published, here):
        self.key = key
        self.kind = kind
        self.published = published
        self.here = here

    def __str__(self):
        return "%s: %s: published: %s; here: %s" % (
            self.key, self.kind, self.published, self.here)


# --- published against ours --------------------------------------------------

class Comparison:
    def __init__(self, published, ours):
        self.published = published
        self.ours = ours
        self.differences = {}
        self.seen = set()
        self.client = True
        self.counts = {"events": 0, "fields": 0}

    def note(self, key, kind, published, here):
        each = Difference(key, kind, published, here)
        self.differences[str(each)] = each

    def run(self):
        for side, root in ROOTS.items():
            self.client = side.endswith("client")
            self.compare_events(side, root)
        for theirs, ours in REQUESTS:
            self.client = ours.startswith("client.")
            self.compare_objects(self.published.objects({"$ref": PREFIX + theirs}),
                                 self.ours.objects({"$ref": PREFIX + ours}),
                                 "", "")
        return sorted(self.differences.values(), key=lambda d: d.key)

    def compare_events(self, side, root):
        def by_type(document):
            return {next(iter(document.tags(plain)["type"])): (plain, name)
                    for plain, name in document.objects(
                        {"$ref": PREFIX + root})}

        theirs, ours = by_type(self.published), by_type(self.ours)
        for kind in theirs:
            self.counts["events"] += 1
            if kind not in ours:
                self.note("%s.%s" % (side, kind), "event", "there", "not there")
                continue
            self.compare_objects([theirs[kind]], [ours[kind]], "", "")
        for kind in set(ours) - set(theirs):
            self.note("%s.%s" % (side, kind), "event", "not there", "there")

    def compare_value(self, theirs, ours, key):
        published = Facts(self.published, theirs)
        here = Facts(self.ours, ours)
        self.counts["fields"] += 1
        if (published.types != here.types if self.client
                else published.types != here.types
                and not (published.types == {"number"}
                         and here.types == {"integer"})):
            self.note(key, "type", published.type_text(), here.type_text())
        if "string" in published.types & here.types:
            if (published.values != here.values
                    and (self.client or published.values is not None)):
                self.note(key, "values", published.values_text(),
                          here.values_text())
            if published.pattern != here.pattern and self.client:
                self.note(key, "pattern", published.pattern or "none",
                          here.pattern or "none")
        if self.client and published.bounds != here.bounds or any(
                bound not in here.bounds or (
                    here.bounds[bound] < value if bound.startswith("min")
                    else here.bounds[bound] > value)
                for bound, value in published.bounds.items()):
            self.note(key, "range", published.range_text() or "any",
                      here.range_text() or "any")
        if ("object" in published.types & here.types
                and published.open != here.open):
            self.note(key, "members", "any" if published.open else "named",
                      "any" if here.open else "named")
        component, _, path = key.partition(": ")
        for each, _ in self.published.alternatives(theirs):
            for other, _ in self.ours.alternatives(ours):
                if (each["type"] == other["type"] == "array"
                        and each.get("items") and other.get("items")):
                    self.compare_value(each["items"], other["items"],
                                       key + "[]")
        self.compare_objects(self.published.objects(theirs),
                             self.ours.objects(ours), component, path)

    def compare_objects(self, theirs, ours, component, path):
        """Each object of theirs with those of ours that are of its type."""
        if not theirs or not ours:
            return
        tags = [self.ours.tags(plain) for plain, _ in ours]
        met = set()
        for plain, name in theirs:
            wanted = self.published.tags(plain)
            fitting = [i for i, each in enumerate(tags) if alike(wanted, each)]
            met.update(fitting)
            label = "|".join(sorted(wanted.get("type", ())))
            if not fitting:
                self.note("%s: %s(%s)" % (component, path, label), "object",
                          "there", "not there")
                continue
            if ours[fitting[0]][1] is not None:
                for i in fitting:
                    pair = (name, id(plain), ours[i][1])
                    if pair not in self.seen:
                        self.seen.add(pair)
                        self.compare_fields(plain, [ours[i][0]], [0],
                                            ours[i][1], "")
            else:
                self.compare_fields(plain, [each for each, _ in ours], fitting,
                                    component, path)
        for i, (plain, name) in enumerate(ours):
            if i not in met:
                self.note("%s: %s(%s)" % (
                    component, path, "|".join(sorted(tags[i]["type"]))),
                    "object", "not there", "there")

    def compare_fields(self, plain, branches, fitting, component, path):
        groups = self.ours.group(branches, component, path)
        theirs = members(plain)
        for name, schema in theirs.items():
            fields = [field for each, field, numbers in groups
                      if each == name and set(numbers) & set(fitting)]
            required = name in plain.get("required", [])
            if not fields:
                self.counts["fields"] += 1
                self.note(
                    "%s: %s" % (component, path + ("." if path else "") + name),
                    "missing", Facts(self.published, schema).type_text(),
                    "not there")
            for field in fields:
                here = field.schema
                if name in ("type", "role") and len(branches) > 1:
                    # Of those that are meant; the others are compared with
                    # other objects.
                    here = {"anyOf": [members(branches[i])[name]
                                      for i in fitting]}
                self.compare_value(schema, here, field.key)
                if required != field.required and (self.client or required):
                    self.note(field.key, "presence",
                              "required" if required else "optional",
                              "required" if field.required else "optional")
        for name, field, numbers in groups:
            if name not in theirs and set(numbers) & set(fitting):
                self.note(field.key, "extra", "not there",
                          Facts(self.ours, field.schema).type_text())


# --- what is written by hand -------------------------------------------------

class Pattern:
    """Keys of fields, "*" for anything."""

    def __init__(self, texts):
        self.texts = [texts] if isinstance(texts, str) else texts
        self.regex = re.compile("|".join(
            re.escape(text).replace(r"\*", ".*") for text in self.texts))

    def matches(self, key):
        return self.regex.fullmatch(key) is not None


class Notes:
    """specification.toml"""

    def __init__(self, path):
        with open(path, "rb") as file:
            notes = tomllib.load(file)
        self.published = notes["published"]
        self.events = {side: notes.get(side, {}) for side in ROOTS}
        self.objects = notes["objects"]
        self.fields = [(Pattern(each["at"]), each) for each in notes["field"]]
        self.deviations = [(Pattern(each["at"]), each)
                           for each in notes["deviation"]]
        self.general = notes["general"]["deviations"]

    def field(self, key):
        return next((each for pattern, each in self.fields
                     if pattern.matches(key)), {})

    def deviations_at(self, key):
        return [each for pattern, each in self.deviations
                if pattern.matches(key)]


def compare(ours, notes, path):
    """Lines about what no deviation explains, and deviations that are none."""
    with open(path, encoding="utf-8") as file:
        published = Document(json.load(file))
    comparison = Comparison(published, ours)
    differences = comparison.run()
    problems = []
    explained = 0
    for each in differences:
        if any(note["kind"] == each.kind
               and note["published"] == each.published
               for note in notes.deviations_at(each.key)):
            explained += 1
        else:
            problems.append("not in the list of deviations: %s" % each)
    fields = all_fields(ours)
    keys = {field.key for field in fields} | {each.key for each in differences}
    for pattern, note in notes.deviations:
        for key in sorted(keys):
            if pattern.matches(key) and not any(
                    each.key == key and each.kind == note["kind"]
                    and each.published == note["published"]
                    for each in differences):
                problems.append("no deviation: %s: %s: published: %s"
                                % (key, note["kind"], note["published"]))
        for text in pattern.texts:
            if not any(Pattern(text).matches(key) for key in keys):
                problems.append("no such field: %s" % text)
    return problems, (
        "%(events)d events, %(fields)d fields compared; " % comparison.counts
        + "%d differences, %d of them in the list of deviations"
        % (len(differences), explained)), differences


def find_unmet(ours, notes, paths):
    """Lines about fields that were not sent, or should not have been."""
    met = set()
    for path in paths:
        for name in sorted(path.glob("*.jsonl")):
            side = "server"
            for line in name.read_text(encoding="utf-8").splitlines():
                record = json.loads(line)
                if record["dir"] == "out":
                    ours.met(record["event"], {"$ref": PREFIX + ROOTS[side]},
                             keys=met)
                elif (record["dir"] == "note"
                      and record["event"]["type"] == "translation"):
                    side = "translation server"
    by_http = [name for _, name in REQUESTS]
    keys = [field.key for name in components_of(ours)
            if name.startswith("server.") and name not in by_http
            for field in ours.walk(name)]
    problems = []
    for key in keys:
        unsent = notes.field(key).get("unsent", False)
        if key not in met and not unsent:
            problems.append("never sent: %s" % key)
        elif key in met and unsent:
            problems.append("sent all the same: %s" % key)
    return problems, "%d of %d fields of the server were sent" % (
        len(met & set(keys)), len(keys))


def components_of(ours):
    """The components that are objects, in the order of the document."""
    found = []
    for name in ours.components:
        named = ours.objects({"$ref": PREFIX + name})
        if named and all(each == name for _, each in named):
            found.append(name)
    return found


def all_fields(ours):
    return [field for name in components_of(ours) for field in ours.walk(name)]


# --- the page ----------------------------------------------------------------

class Page:
    def __init__(self, ours, notes, tests):
        self.ours = ours
        self.notes = notes
        self.tests = tests
        self.problems = []
        self.used = set()
        # Components that are described: name -> title.
        self.described = {}

    def problem(self, text):
        if text not in self.problems:
            self.problems.append(text)

    def tests_cell(self, names, word):
        """Links to tests, each of which must exist and say what it is for."""
        files = {}
        for name in names:
            path, _, test = name.partition(" ")
            text = self.tests.get(path)
            if text is None or test not in re.findall(
                    r"GST_START_TEST \((\w+)\)", text):
                self.problem("specification.toml: no test '%s'" % name)
                continue
            if word and word.split(".")[-1] not in text:
                self.problem("specification.toml: %s.c does not name %s"
                             % (path, word))
            files.setdefault(path, []).append(test.removeprefix("test_"))
        return "; ".join(
            "[%s](../tests/check/emulator/%s.c): %s"
            % (path, path, ", ".join(tests)) for path, tests in files.items())

    def type_cell(self, schema):
        facts = Facts(self.ours, schema)
        words = facts.type_text()
        names = [name for _, name in self.ours.alternatives(schema) if name]
        whole = schema.get("$ref", "").removeprefix(PREFIX)
        if whole in self.notes.objects:
            names = [whole]
        titles = []
        for name in names:
            title = self.title(name)
            if title not in titles:
                titles.append(title)
        if titles:
            words = words.replace("object", " or ".join(
                "[%s](#%s)" % (t, anchor(t)) for t in titles))
        if "string" in facts.types and facts.values:
            words += ": " + ", ".join("`%s`" % v for v in sorted(facts.values))
        if facts.range_text():
            words += ", " + facts.range_text()
        if facts.pattern:
            words += ", `%s`" % facts.pattern
        if facts.open and "object" in facts.types:
            words = words.replace("object", "any object")
        return words.replace("|", "\\|")

    def title(self, component):
        title = self.notes.objects.get(component)
        if title is None:
            self.problem("specification.toml: objects: no %s" % component)
        return title or component

    def presence_cell(self, field, client):
        if field.path.endswith("[]") or field.path.endswith(ANY):
            return ""
        if client:
            return "required" if field.required else ""
        return "always" if field.required else "when set"

    def here_cell(self, field, client):
        note = self.notes.field(field.key)
        words = [note["here"]] if note.get("here") else []
        if note.get("unsent"):
            words.insert(0, "never sent")
        deviations = []
        mutable = field.schema.get("x-mutable")
        if mutable == "at creation":
            words.append("fixed once the session is there, and taken when it "
                         "says the same")
        elif mutable:
            words.append("fixed once the assistant was heard")
        if (client and not words
                and not (field.path.endswith("[]") and "(" not in field.path)
                and not Facts(self.ours, field.schema).types <= {"object"}):
            self.problem("specification.toml: no words about %s" % field.key)
        for pattern, each in self.notes.deviations:
            if pattern.matches(field.key):
                deviations.append("%s, published: %s. %s" % (
                    KINDS[each["kind"]], each["published"], each["why"]))
            elif each["kind"] == "object" and any(
                    text.startswith(field.key + "(")
                    for text in pattern.texts):
                deviations.append("%s: %s. %s" % (
                    KINDS[each["kind"]], ", ".join(
                        "`%s`" % text.removeprefix(field.key).strip("()")
                        for text in pattern.texts), each["why"]))
            else:
                continue
            self.used.add(id(each))
        return "<br>".join(["; ".join(words)] * bool(words) + [
            "**Deviation**: " + each for each in deviations]).replace(
                "|", "\\|")

    def fields_table(self, component, client):
        rows = []
        for field in self.ours.walk(component):
            rows.append((
                "`%s`" % field.path, self.type_cell(field.schema),
                self.presence_cell(field, client),
                self.here_cell(field, client)))
        for pattern, each in self.notes.deviations:
            for text in pattern.texts:
                if (each["kind"] == "missing"
                        and text.partition(": ")[0] == component):
                    self.used.add(id(each))
                    rows.append(("`%s`" % text.partition(": ")[2],
                                 each["published"], "",
                                 "**Deviation**: not there. " + each["why"]))
        return table(("field", "type and range", "presence", "here"), rows)

    def event_names(self, side):
        names = {plain["properties"]["type"]["enum"][0]: component
                 for plain, component in
                 self.ours.objects({"$ref": PREFIX + ROOTS[side]})}
        lacking = {}
        for pattern, each in self.notes.deviations:
            for text in pattern.texts:
                if each["kind"] == "event" and text.startswith(side + "."):
                    self.used.add(id(each))
                    lacking[text.removeprefix(side + ".")] = each
        return names, lacking

    def events(self, side):
        names, lacking = self.event_names(side)
        out, rows = [], []
        for name, component in names.items():
            self.described.setdefault(component, side + " " + name)
        for name in sorted(list(names) + list(lacking)):
            note = self.notes.events[side].get(name)
            if note is None and name not in lacking:
                self.problem("specification.toml: no words about %s %s"
                             % (side, name))
            note = note or {}
            if name in lacking:
                here, link = ("**Deviation**: not there. "
                              + lacking[name]["why"],
                              "`%s`" % name)
            else:
                here = note.get("here", "")
                link = "[`%s`](#%s)" % (
                    name, anchor(self.described[names[name]]))
                if not note.get("tests"):
                    self.problem("specification.toml: no test of %s %s"
                                 % (side, name))
            rows.append((link, here.replace("|", "\\|"),
                         self.tests_cell(note.get("tests", []), name)))
        for name in self.notes.events[side]:
            if name not in names:
                self.problem("specification.toml: no event %s %s"
                             % (side, name))
        out.append(table(("event", "here", "tests"), rows))
        for name, component in names.items():
            if self.described[component] == side + " " + name:
                out.append("### %s `%s`\n" % (side, name))
                out.append(self.fields_table(component,
                                             side.endswith("client")))
        return out

    def write(self):
        out = [BANNER, "# The published specification and the emulator\n"]
        out.append(
            "Every event of the published specification of the OpenAI "
            "Realtime API\n(version %s of %s), every field, and what the "
            "emulator in `tests/emulator` does\nwith it. Where a line does "
            "not say otherwise, it is as published.\n"
            % (self.notes.published["version"], self.notes.published["date"]))
        out.append(
            "Types and ranges are those of the emulator's own tables. That "
            "they are the published\nones is checked with the published "
            "document at hand:\n\n```sh\ntests/emulator/specification.py "
            "--emulator build/tests/emulator/openai-realtime-emulator \\\n"
            "  --schema openapi.json\n```\n")
        out.append(
            "Each difference it finds must be in the list of "
            "[deviations](#deviations), and each deviation\nmust be one. That "
            "every row of what clients send is enforced (types, values, "
            "ranges,\nrequired and unknown fields) is tested in\n"
            "[emulator/tables](../tests/check/emulator/tables.c) for all of "
            "them, with examples in\n[emulator/validation]"
            "(../tests/check/emulator/validation.c). That what the server "
            "sends\nfits, and that each event and field is sent at all, is "
            "tested in `emulator_conformity`,\nwhich takes the published "
            "document in `EMU_SCHEMA`, too.\n")
        out.append(
            "In the paths, `[]` stands for each element, `<name>` for a "
            "member of any name, and\n`tools[](mcp).headers` is there when "
            "the `type` beside it is `mcp`.\n")
        out.append("## Events of the client\n")
        out += self.events("client")
        out.append("## Events of the server\n")
        out += self.events("server")
        out.append("## Translation sessions: events of the client\n")
        out += self.events("translation client")
        out.append("## Translation sessions: events of the server\n")
        out += self.events("translation server")
        out.append("## Objects\n")
        out.append("What the client sends and what the server sends are "
                   "different objects even where they\nhave one name.\n")
        objects = components_of(self.ours)
        for component in self.ours.components:
            if component in self.described:
                continue
            if component in objects:
                out.append("### %s\n" % self.title(component))
                out.append(self.fields_table(
                    component, component.startswith("client.")))
            elif component in self.notes.objects:
                out.append("### %s\n" % self.title(component))
                out.append("One of %s.\n" % ", ".join(
                    "[%s](#%s)" % (self.title(name), anchor(self.title(name)))
                    for _, name in self.ours.objects(
                        {"$ref": PREFIX + component})))
        out.append("## Deviations\n")
        out.append("Of single fields and events, each with its reason:\n")
        rows = []
        for pattern, each in self.notes.deviations:
            rows.append((
                "<br>".join("`%s`" % text for text in pattern.texts),
                KINDS[each["kind"]], each["published"], each["why"]))
            if id(each) not in self.used:
                self.problem("specification.toml: deviation of nothing: %s"
                             % pattern.texts)
        out.append(table(("where", "what differs", "published", "why"),
                         [tuple(cell.replace("|", "\\|") for cell in row)
                          for row in rows]))
        out.append("Of all:\n")
        out += ["- " + line for line in self.notes.general]
        keys = [field.key for field in all_fields(self.ours)]
        for pattern, each in self.notes.fields:
            if not any(map(pattern.matches, keys)):
                self.problem("specification.toml: field of nothing: %s"
                             % pattern.texts)
        return "\n".join(out).rstrip("\n") + "\n"


# Name of a deviation's kind in the page.
KINDS = {"event": "not there", "missing": "not there", "extra": "in addition",
         "type": "another type", "values": "other values",
         "range": "another range", "pattern": "another form",
         "members": "other members", "presence": "another presence",
         "object": "object in addition"}


def anchor(title):
    """As renderers of Markdown make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emulator", metavar="PROGRAM", required=True)
    parser.add_argument("--notes", metavar="FILE", type=pathlib.Path,
                        default=HERE / "specification.toml")
    parser.add_argument("--tests", metavar="DIR", type=pathlib.Path,
                        default=HERE.parent / "check" / "emulator")
    parser.add_argument("--write", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--check", metavar="FILE", type=pathlib.Path)
    parser.add_argument("--schema", metavar="FILE", type=pathlib.Path,
                        help="a published OpenAPI document")
    parser.add_argument("--record", metavar="DIR", type=pathlib.Path,
                        action="append", default=[])
    parser.add_argument("--list", action="store_true",
                        help="print all differences, explained or not")
    args = parser.parse_args()
    ours = Fields(json.loads(
        subprocess.check_output([args.emulator, "--dump-schema"])))
    notes = Notes(args.notes)
    problems = []
    if args.schema:
        problems, summary, differences = compare(ours, notes, args.schema)
        if args.list:
            print("\n".join(map(str, differences)))
        for problem in problems:
            print(problem)
        print(summary)
    if args.record:
        unmet, summary = find_unmet(ours, notes, args.record)
        problems += unmet
        for problem in unmet:
            print(problem)
        print(summary)
    path = args.write or args.check
    if path:
        tests = {each.stem: each.read_text(encoding="utf-8")
                 for each in args.tests.glob("*.c")}
        page = Page(ours, notes, tests)
        text = page.write()
        old = path.read_text(encoding="utf-8") if path.exists() else None
        if old != text and args.check:
            page.problems.append("%s is not current: run 'ninja docs'"
                                 % path.name)
        elif old != text:
            path.write_text(text, encoding="utf-8")
            print("%s: written" % path.name)
        problems += page.problems
        for problem in page.problems:
            print(problem)
        if args.check and not page.problems:
            print("%s is current" % path.name)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
