#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Writes the reference of the elements, or checks that it is current.

Types, ranges, defaults, flags, pads and signatures come from the built plugin,
words from the doc blocks in the sources. Each block must belong to something
that exists, and everything that exists must have one, with a description and
a version (Since:). docs/messages.md is written by hand; its names and types
are compared with the sources.

    docs/generate.py --plugin build/gst/openairealtime/libgstopenairealtime.so
    docs/generate.py --plugin ... --check

With --check nothing is written; the exit status is 1 when something is wrong,
and each line of the output names one thing. 77 (skipped) without python3-gi.
"""

import argparse
import collections
import os
import pathlib
import re
import sys

# Only the plugin that is named, whatever else is installed.
os.environ["GST_REGISTRY_DISABLE"] = "yes"
os.environ["GST_REGISTRY_FORK"] = "no"

try:
    import gi

    gi.require_version("Gst", "1.0")
    from gi.repository import GObject, Gst
except (ImportError, ValueError) as e:
    print(f"skipped: needs python3-gi and gir1.2-gstreamer-1.0 ({e})")
    sys.exit(77)

ELEMENTS = ("openairealtime", "openairealtimesink", "openairealtimesrc")
BASE = "GstOpenAIRealtimeBase"
SOURCES = "gst/openairealtime"
BANNER = ("<!-- Written by docs/generate.py (ninja docs) from the elements "
          "and their sources. Do not edit. -->\n")
TAGS = ("Returns", "Since")
CONSTANTS = ("NULL", "TRUE", "FALSE", "GST_STATE_NULL", "GST_STATE_READY",
             "GST_STATE_PAUSED", "GST_STATE_PLAYING")
TYPES = {"gchararray": "string", "gboolean": "boolean", "guint": "uint",
         "gint": "int", "guint64": "uint64", "gint64": "int64",
         "gdouble": "double", "GstStructure": "structure", "void": ""}
MUTABILITY = {
    "READY": "at the next connect; refused during a call",
    "UPDATE": "at once; during a call by `session.update`",
    "VOICE": "at once; during a call by `session.update`, until the model has "
             "spoken",
    "LOCAL": "at once, in the element",
}

# What the session itself does with an event. The keys must be those that
# gstoaiconversation.c and gstoaisession.c react to.
REACTIONS = {
    "SESSION_CREATED": "sets `session-id`",
    "SESSION_UPDATED": "confirms a `session.update`; sets `session-id`",
    "SESSION_CLOSED": "the session ends, see "
                      "[`openairealtime-ended`]"
                      "(messages.md#openairealtime-ended)",
    "ITEM_ADDED": "stands for `input_audio_buffer.committed` where that is "
                  "filtered out; with an item of type `function_call_output`: "
                  "the next response has that output",
    "ITEM_DELETED": "its transcript is not waited for",
    "INPUT_TRANSCRIPT_DELTA": "the end of the input waits for the rest of it",
    "INPUT_TRANSCRIPT_DONE": "the end of the input waits for it no more",
    "INPUT_TRANSCRIPT_FAILED": "the end of the input waits for it no more",
    "SPEECH_STARTED": "begins a turn; interrupts the answer, see "
                      "`interrupt-response` and `interrupt-mode`",
    "SPEECH_STOPPED": "the origin of the turn's times",
    "INPUT_COMMITTED": "an answer is waited for",
    "INPUT_CLEARED": "no speech is open any more",
    "RESPONSE_CREATED": "other `response.create` wait from now on",
    "RESPONSE_DONE": "sends the next `response.create` that waits; WARNING "
                     "when the status is `failed` or `incomplete`",
    "INPUT_TRANSCRIPT_FAILED": "WARNING",
    "OUTPUT_TRANSCRIPT_DELTA": "the answer has sound",
    "OUTPUT_TRANSCRIPT_DONE": "the answer has sound",
    "OUTPUT_AUDIO_DELTA": "the answer has sound, which comes as RTP",
    "OUTPUT_AUDIO_DONE": "the answer has sound, which comes as RTP",
    "OUTPUT_STARTED": "the answer sounds; the voice is fixed from now on",
    "OUTPUT_STOPPED": "the answer is over when what has arrived is played",
    "OUTPUT_CLEARED": "drops what is left of the answer",
    "FUNCTION_CALL_DONE": "the call waits for its output",
    "OUTPUT_ITEM_DONE": "with an item of type `function_call`: older servers "
                        "name the function here; of type "
                        "`mcp_approval_request`: it waits for its answer",
    "ERROR": "WARNING, or ERROR when the session is over",
}
# Client events that the elements never send by themselves.
NOT_SENT = {
    "input_audio_buffer.append": "never: the sound goes to the server as RTP",
}


class Problems(list):
    """What is wrong, one line each."""

    def add(self, where, text):
        line = f"{where}: {text}"
        if line not in self:
            self.append(line)


# --- doc blocks ------------------------------------------------------------

class Block:
    """A doc block: its name, parameters, description and tags."""

    def __init__(self, name, where):
        self.name = name
        self.where = where
        self.params = collections.OrderedDict()
        self.annotations = {}
        self.tags = {}
        self.body = []

    @property
    def description(self):
        return "\n".join(self.body).strip()


def parse_block(text, where, problems):
    """Parses the inside of one block; None when it has no name."""
    lines = []
    for number, line in enumerate(text.split("\n")):
        match = re.fullmatch(r"\s*\*(?: (.*))?", line)
        if number == 0 and not line.strip():
            continue
        if not match:
            if line.strip():
                problems.add(where, f"no ' * ' in front of '{line.strip()}'")
            continue
        lines.append((match[1] or "").rstrip())
    match = re.fullmatch(r"(SECTION:[\w-]+|[A-Za-z_]\w*(?:::?[\w-]+)?):?",
                         lines[0] if lines else "")
    if not match or (not lines[0].endswith(":")
                     and not lines[0].startswith("SECTION:")):
        problems.add(where, "a doc block does not begin with a name")
        return None
    block = Block(match[1].rstrip(":"), where)
    target = None  # where a continuation line belongs
    code = False
    for line in lines[1:]:
        param = re.match(r"@([\w.]+):\s*((?:\([^)]*\)\s*)*):?\s*(.*)", line)
        tag = re.match(r"(\w+):\s*((?:\([^)]*\)\s*)*):?\s+(.*)", line)
        if code or line.startswith("|[") or line.startswith("]|"):
            block.body.append(line)
            target = None
        elif param:
            target = (block.params, param[1])
            if param[1] in block.params:
                problems.add(where, f"{block.name}: @{param[1]} twice")
            block.params[param[1]] = param[3]
            block.annotations[param[1]] = param[2].strip()
        elif tag and (tag[1] in TAGS or tag[1] == "Deprecated"):
            target = (block.tags, tag[1])
            block.tags[tag[1]] = tag[3]
        elif target and line:
            target[0][target[1]] += " " + line.strip()
        else:
            target = None
            block.body.append(line)
        code = (code or line.startswith("|[")) and "]|" not in line
    if code:
        problems.add(where, f"{block.name}: |[ without ]|")
    return block


def read_blocks(root, without, problems):
    """All blocks of the sources, by name, in their order."""
    blocks = collections.OrderedDict()
    for path in sorted((root / SOURCES).rglob("*.[ch]")):
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r"/\*\*\n(.*?)\*/", text, re.S):
            line = text.count("\n", 0, match.start()) + 1
            where = f"{path.relative_to(root)}:{line}"
            block = parse_block(match[1], where, problems)
            if block is None:
                continue
            if re.split("::?", block.name)[-1] in without:
                continue
            if block.name in blocks:
                problems.add(where, f"{block.name} has a second doc block "
                             f"(first: {blocks[block.name].where})")
            blocks[block.name] = block
    return blocks


# --- what the sources do ---------------------------------------------------

def functions_of(text):
    """The bodies of the C functions in text, by name."""
    found = re.finditer(r"^(\w+) ?\([^;{}]*?\)\n\{\n(.*?)^\}", text,
                        re.M | re.S)
    return {match[1]: match[2] for match in found}


def cases_of(body):
    """Pairs of event constants and what a switch does with them."""
    pattern = (r"((?:\s*case GST_OAI_EVENT_\w+:)+)"
               r"(.*?)(?=\n\s*(?:case GST_|default:)|\Z)")
    return [(re.findall(r"GST_OAI_EVENT_(\w+)", match[1]), match[2])
            for match in re.finditer(pattern, body, re.S)]


class Sources:
    """What can only be read from the text of the sources."""

    def __init__(self, root, problems):
        self.root = root
        self.text = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted((root / SOURCES).rglob("*.[ch]"))}
        self.functions = {}
        for name in ("gstopenairealtimebase.c", "gstoaisession.c",
                     "gstoaiconversation.c", "gstoairesponder.c",
                     "gstoaiposition.c", "gstoaisignals.c", "gstoaitools.c",
                     "gstoaiturn.c",
                     "gstoailedger.c", "gstoaimeter.c", "gstoaiusage.c",
                     "gstoairacetransport.c",
                     "gstoaiwebrtctransport.c"):
            self.functions[name] = functions_of(self.text[name])
        self.problems = problems
        self.mutability = self._mutability()
        self.events = self._events()
        self.signals, self.transcripts = self._signals()
        self.client_events = self._client_events()

    def _mutability(self):
        table = self.text["gstoaisettings.c"]
        table = table.partition("SettingSpec specs[] = {")[2]
        table = table.partition("\n};")[0]
        table = re.sub(r"/\*.*?\*/", "", table, flags=re.S)
        rows = re.findall(r"\{ \"([\w-]+)\",.*?GST_OAI_MUTABLE_(\w+)", table,
                          re.S)
        return dict(rows)

    def _events(self):
        """(constant, GA name, [other names]) in the order of the enum."""
        names = collections.defaultdict(lambda: [None, []])
        table = self.text["gstoaidialect.c"]
        for name, event, alias in re.findall(
                r"\{ \"([\w.]+)\",\s*GST_OAI_EVENT_(\w+),\s*"
                r"(NAME|OLDER|KINDRED) \}", table):
            if alias != "NAME":
                names[event][1].append(name)
            else:
                names[event][0] = name
        enum = self.text["gstoaidialect.h"].partition("typedef enum {")[2]
        enum = enum.partition("} GstOaiEvent;")[0]
        order = [event for event in re.findall(r"GST_OAI_EVENT_(\w+)", enum)
                 if event not in ("OTHER", "LAST")]
        for event in order:
            if names[event][0] is None:
                self.problems.add("gstoaidialect.c", f"{event} has no name")
        return [(event, names[event][0] or "?", names[event][1])
                for event in order]

    def _signals(self):
        text = self.text["gstoaisignals.c"]
        functions = self.functions["gstoaisignals.c"]
        names = dict(re.findall(
            r"signals\[(SIGNAL_\w+)\] =\s*(?:g_signal_new|NEW_SIGNAL)"
            r" \(\s*(?:klass,\s*)?\"([\w-]+)\"", text))
        signals = collections.defaultdict(list)
        for events, body in cases_of(functions["emit_typed"]):
            for event in events:
                for signal in re.findall(r"signals\[(SIGNAL_\w+)\]", body):
                    if names[signal] not in signals[event]:
                        signals[event].append(names[signal])
        reactions = set()
        conversation = self.functions["gstoaiconversation.c"]
        for events, body in cases_of(
                conversation["gst_oai_conversation_handle_event"]):
            reactions.update(events)
            if ("function_called (" in body
                    or "handle_output_item (" in body):
                for event in events:
                    signals[event].append("function-call")
        reactions.update(re.findall(r"info\.event == GST_OAI_EVENT_(\w+)",
                                    self.text["gstoaisession.c"]))
        for event in sorted(reactions ^ set(REACTIONS)):
            self.problems.add(
                "docs/generate.py",
                f"REACTIONS and the session disagree about {event}")
        transcripts = set()
        for events, body in cases_of(functions["gst_oai_signals_post"]):
            if "post_transcript (" in body:
                transcripts.update(events)
        return signals, transcripts

    def _client_events(self):
        """name -> what sends it, found by following the calls."""
        bodies = {}
        for name in ("gstoaiconversation.c", "gstoairesponder.c",
                     "gstoaisession.c", "gstopenairealtimebase.c"):
            bodies.update(self.functions[name])

        def sent_from(root):
            seen, todo, sent = set(), [root], []
            while todo:
                name = todo.pop()
                # Carries what somebody else has made.
                if name in seen or name == "gst_oai_session_send_event":
                    continue
                seen.add(name)
                body = bodies.get(name, "")
                for event in re.findall(
                        r"(?:new_event \(|send_\w+ \(self, "
                        r"|string_member \(\w+, \"type\", )"
                        r"\"([a-z_]+\.[a-z_.]+)\"", body):
                    if event not in sent:
                        sent.append(event)
                todo += re.findall(r"\b([a-z_]\w+)\b", body)
            return sent

        events = collections.defaultdict(list)
        base = self.text["gstopenairealtimebase.c"]
        for action, handler in re.findall(
                r"NEW_ACTION \(\s*klass, \"([\w-]+)\",\s*(\w+)", base):
            for event in sent_from(handler):
                events[event].append(("action", action))
        for event in sent_from("set_setting"):
            for setting, when in self.mutability.items():
                if when in ("UPDATE", "VOICE"):
                    events[event].append(("property", setting))
        for root, why in (
                ("check_drained", "by itself, at the end of the input with "
                 "`turn-detection=none`"),
                ("handle_committed", "by itself, at the end of the input with "
                 "`turn-detection=none`"),
                ("end_translation", "by itself, at the end of the input of "
                 "a translation"),
                ("gst_oai_responder_output", "by itself, with the output that "
                 "a handler of `function-call` returned or the program of "
                 "`tool-command` wrote"),
                ("check_talk", "by itself, after `stop-talking`"),
                ("fill_pause", "by itself, with the instructions of "
                 "`tool-filler`")):
            if root not in bodies:
                self.problems.add("docs/generate.py", f"no function {root}()")
            for event in sent_from(root):
                events[event].append(("text", why))
        return events

    # Structures: {name: {field: type}}

    @staticmethod
    def _pairs(text):
        return {name: c_type(gtype) for name, gtype in re.findall(
            r"\"([a-z][a-z0-9-]*)\",\s*(G(?:ST)?_TYPE_\w+)", text)}

    def structures(self):
        pairs = self._pairs
        signals = self.functions["gstoaisignals.c"]
        turn = self.functions["gstoaiturn.c"]["gst_oai_turn_to_structure"]
        result = {
            "openairealtime-event": pairs(signals["gst_oai_signals_post"]),
            "openairealtime-transcript": pairs(signals["post_transcript"]),
            "openairealtime-turn": pairs(turn),
            "openairealtime-tool": pairs(self.functions["gstoaitools.c"][
                "gst_oai_tool_result_to_structure"]),
        }
        rate_limits = signals["post_rate_limits"]
        result["rate-limit"] = pairs(rate_limits)
        result["openairealtime-rate-limits"] = {
            name: "structure" for name in re.findall(
                r"\"([a-z]+)\"", re.search(r"known\[\] = \{(.*?)\}",
                                            rate_limits)[1])}
        for field in re.findall(r"set_after \(s, \"([\w-]+)\"", turn):
            result["openairealtime-turn"][field] = "uint64"
        shares = re.findall(r"\{ \"([a-z]+)\", G_STRUCT_OFFSET",
                            self.text["gstoailedger.c"])
        ledger = self.functions["gstoailedger.c"][
            "gst_oai_ledger_to_structure"]
        result["turn-latency"] = pairs(ledger)
        ranks = re.findall(r"set_rank \(s, fields\[i\]\.name, \"(\w+)\"", ledger)
        for share in shares:
            result["openairealtime-turn"][share] = "uint64"
            for rank in ranks:
                result["turn-latency"][f"{share}-{rank}"] = "uint64"
        answer = self.functions["gstoaiposition.c"][
            "gst_oai_position_to_structure"]
        result["answer"] = pairs(answer)
        result["openairealtime-turn"].update(pairs("\n".join(re.findall(
            r"gst_structure_set \(structure, .*?;",
            self.functions["gstoaisession.c"]["conversation_turn"], re.S))))
        usage = {
            name.removeprefix("gst_oai_usage_describe"): pairs(body)
            for name, body in self.functions["gstoaiusage.c"].items()
            if name.startswith("gst_oai_usage_describe")}
        result["openairealtime-turn"].update(
            **usage["_responses"], **usage["_cost"])
        result["openairealtime-usage"] = dict(
            pairs(self.functions["gstoaimeter.c"][
                "gst_oai_meter_handle_event"]),
            **usage["_responses"], **usage["_transcriptions"],
            **usage["_cost"])
        result["usage"] = {
            name: gtype for part in usage.values()
            for name, gtype in part.items()}
        result["openairealtime-ended"] = dict(
            pairs(self.functions["gstoaisession.c"]["end_session"]),
            **usage["_cost"])
        error = pairs("\n".join(re.findall(
            r"gst_structure_new \(\s*\"openairealtime-error\".*?;",
            self.text["gstoaierror.c"], re.S)))
        for text in self.text.values():
            for call in re.findall(
                    r"gst_structure_set \(\s*error->details,.*?;", text, re.S):
                error.update(pairs(call))
            for field in re.findall(r"set_detail \(error, \"([\w-]+)\"", text):
                error[field] = "string"
        for share in shares:
            error[share] = "uint64"
        result["openairealtime-error"] = error
        stats = self.functions["gstoaisession.c"]["gst_oai_session_get_stats"]
        for part in re.findall(r"gst_structure_new \(.*?;", stats, re.S):
            name = re.search(r"\"([\w-]+)\"", part)[1]
            result[name] = pairs(part)
        result["openairealtime-stats"].update(pairs(
            self.functions["gstopenairealtimebase.c"]["get_stats"]))
        result["openairealtime-stats"].update(
            pairs("\n".join(re.findall(r"gst_structure_set \(stats.*?;", stats,
                                       re.S))))
        transport = self.functions["gstoaiwebrtctransport.c"][
            "gst_oai_webrtc_transport_get_stats"]
        fields = pairs(transport)
        fields.update(pairs(self.functions["gstoairacetransport.c"][
            "gst_oai_race_transport_get_stats"]))
        for step in self.steps():
            fields[f"step-{step}"] = "uint64"
        result["openairealtime-transport-stats"] = fields
        named = set(re.findall(r"gst_structure_new(?:_empty)? \(\s*"
                               r"\"(openairealtime-[\w-]+)\"",
                               "\n".join(self.text.values())))
        for name in sorted(named - set(result)):
            self.problems.add("docs/generate.py",
                              f"does not know the structure {name}")
        return result

    def steps(self):
        body = functions_of(self.text["gstoaitransport.c"])
        return [step for step in re.findall(r"return \"([a-z]+)\"",
                                            body["gst_oai_step_name"])
                if step != "unknown"]

    def progress(self):
        return set(re.findall(r"tell_progress \(\s*self, GST_PROGRESS_TYPE_"
                              r"(\w+)", self.text["gstoaisession.c"]))


def c_type(name):
    name = name.replace("GST_TYPE_", "").replace("G_TYPE_", "")
    return name.lower()


# --- what the plugin says --------------------------------------------------

def type_name(gtype):
    return TYPES.get(gtype.name, gtype.name)


def constant_of(gtype, nick):
    """The C name of an enum's value."""
    words = re.findall(r"[A-Z][a-z]+", gtype.name.removeprefix(
        "GstOpenAIRealtime"))
    return "_".join(["GST_OPENAI_REALTIME"] + [w.upper() for w in words]
                    + [nick.upper().replace("-", "_")])


EnumValue = collections.namedtuple("EnumValue", "number nick")


class Element:
    """One element of the plugin, introspected."""

    def __init__(self, name, sources, blocks):
        self.name = name
        self.factory = Gst.ElementFactory.find(name).load()
        self.gtype = self.factory.get_element_type()
        self.own = []
        self.ancestors = []
        gtype = self.gtype
        while gtype and gtype.name != "GInitiallyUnowned":
            self.ancestors.append(gtype.name)
            if gtype.name.startswith("GstOpenAI"):
                self.own.append(gtype)
            gtype = GObject.type_parent(gtype)
        self.properties = []
        self.inherited = []
        for pspec in GObject.list_properties(self.gtype):
            if pspec.owner_type in self.own:
                self.properties.append(pspec)
            else:
                self.inherited.append(pspec)
        self.signals = []
        self.actions = []
        for gtype in self.own:
            for number in GObject.signal_list_ids(gtype):
                query = GObject.signal_query(number)
                action = query.signal_flags & GObject.SignalFlags.ACTION
                (self.actions if action else self.signals).append(query)
        order = {name: i for i, name in enumerate(blocks)}
        for queries in (self.signals, self.actions):
            queries.sort(key=lambda q: order.get(
                f"{BASE}::{q.signal_name}", len(order)))
        self.enums = collections.OrderedDict()
        for pspec in self.properties:
            if pspec.value_type.is_a(GObject.TYPE_ENUM):
                self.enums[pspec.value_type.name] = pspec
        self.pads = self.factory.get_static_pad_templates()

    @staticmethod
    def values(pspec):
        """The numbers and nicks of an enumeration, in order."""
        enum = pspec.enum_class
        if hasattr(enum, "__enum_values__"):
            values = enum.__enum_values__.values()
        elif isinstance(enum, GObject.EnumClass):  # PyGObject 3.50
            values = [GObject.enum_get_value(enum, number)
                      for number in range(enum.minimum, enum.maximum + 1)]
            values = [value for value in values if value is not None]
        else:  # a Python enum, from PyGObject 3.52 on
            values = enum
        return sorted(EnumValue(int(getattr(value, "value", value)),
                                value.value_nick) for value in values)


# --- Markdown --------------------------------------------------------------

class Markdown:
    """Turns the markup of doc blocks into Markdown."""

    def __init__(self, element, problems):
        self.problems = problems
        self.properties = {p.name for p in element.properties}
        self.signals = {q.signal_name for q in element.signals}
        self.actions = {q.signal_name for q in element.actions}
        self.enums = element.enums
        self.constants = {}
        for name, pspec in element.enums.items():
            for value in element.values(pspec):
                self.constants[constant_of(pspec.value_type,
                                           value.nick)] = value.nick

    def _reference(self, block, match):
        gtype, colons, name = match[1], match[2], match[3]
        if gtype == BASE and colons == ":" and name in self.properties:
            return f"[`{name}`](#property-{name})"
        if gtype == BASE and colons == "::" and name in self.actions:
            return f"[`{name}`](#action-{name})"
        if gtype == BASE and colons == "::" and name in self.signals:
            return f"[`{name}`](#signal-{name})"
        if gtype in self.enums and not colons:
            return f"[`{gtype}`](#{gtype.lower()})"
        self.problems.add(block.where, f"{block.name}: {match[0]} does not "
                          "exist")
        return f"`{match[0]}`"

    def _constant(self, block, match):
        name = match[1]
        if name in self.constants:
            return f"`{self.constants[name]}`"
        if name not in CONSTANTS:
            self.problems.add(block.where, f"{block.name}: %{name} does not "
                              "exist")
        return f"`{name}`"

    def _param(self, block, match):
        if match[1] not in block.params:
            self.problems.add(block.where, f"{block.name}: @{match[1]} is no "
                              "parameter of it")
        return f"`{match[1]}`"

    def inline(self, block, text):
        """Text without code blocks. What stands in backticks stays."""
        parts = re.split(r"(`[^`]*`)", text)
        for i in range(0, len(parts), 2):
            parts[i] = re.sub(r"#(\w+)(?:(::?)([\w-]+))?",
                              lambda m: self._reference(block, m), parts[i])
            parts[i] = re.sub(r"%(\w+)", lambda m: self._constant(block, m),
                              parts[i])
            parts[i] = re.sub(r"(?<!\w)@(\w+)",
                              lambda m: self._param(block, m), parts[i])
        return "".join(parts)

    @staticmethod
    def split_code(text):
        """[(is code, text)]"""
        parts = re.split(r"\|\[(.*?)\]\|", text, flags=re.S)
        return [(i % 2 == 1, part.strip("\n")) for i, part in enumerate(parts)
                if part.strip()]

    def cell(self, block, text):
        """For a table: paragraphs by <br>, code as code spans."""
        out = []
        for code, part in self.split_code(text):
            if code:
                out += [f"`{line.strip()}`" for line in part.split("\n")]
                continue
            for paragraph in re.split(r"\n\s*\n", part.strip()):
                out.append(self.inline(block, " ".join(paragraph.split())))
        return "<br>".join(out).replace("|", "\\|")

    def page(self, block, text):
        """For a page: paragraphs and fenced code."""
        out = []
        for code, part in self.split_code(text):
            if code:
                language = "sh" if "gst-launch" in part else ""
                out.append(f"```{language}\n{part.strip()}\n```")
            else:
                out.append(self.inline(block, part.strip()))
        return "\n\n".join(out)


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def number(value):
    return f"{value:g}" if isinstance(value, float) else str(value)


def property_type(pspec):
    gtype = pspec.value_type
    name = type_name(gtype)
    if gtype.is_a(GObject.TYPE_ENUM):
        return f"[{gtype.name}](#{gtype.name.lower()})"
    if name in ("uint", "int", "double", "uint64", "int64"):
        return f"{name}, {number(pspec.minimum)} to {number(pspec.maximum)}"
    return name


def property_default(pspec):
    if not pspec.flags & GObject.ParamFlags.WRITABLE:
        return ""
    # Newer PyGObject has none for a structure.
    value = getattr(pspec, "default_value", None)
    if pspec.value_type.is_a(GObject.TYPE_ENUM):
        nicks = dict(Element.values(pspec))
        return f"`{nicks[int(value)]}`"
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (int, float)):
        return f"`{number(value)}`"
    return f"`{value}`"


def property_when(pspec, sources):
    if not pspec.flags & GObject.ParamFlags.WRITABLE:
        return "read only"
    if pspec.name in sources.mutability:
        text = MUTABILITY[sources.mutability[pspec.name]]
    else:
        text = "at the next change from NULL or READY"
    if not pspec.flags & GObject.ParamFlags.READABLE:
        text += "; write only"
    return text


def caps_text(template):
    text = re.sub(r"=\((\w+)\)", "=", template.get_caps().to_string())
    return f"`{text}`"


def signature(markdown, block, query):
    """The parameters, each with its type and description."""
    names = [name for name in block.params if name != "self"]
    rows = []
    for name, gtype in zip(names, query.param_types):
        note = block.annotations[name]
        nullable = ", or `NULL`" if "nullable" in note else ""
        text = markdown.cell(block, block.params[name])
        rows.append(f"`{name}` ({type_name(gtype)}{nullable}): {text}")
    return "<br>".join(rows)


def element_page(element, sources, blocks, messages, problems):
    markdown = Markdown(element, problems)
    section = blocks.get(f"SECTION:element-{element.name}")
    nothing = Block("nothing", "nowhere")
    if section is None:
        return BANNER
    factory = element.factory
    short = section.params.get("short_description", "")
    others = ", ".join(f"[{name}]({name}.md)" for name in
                       section.params.get("see_also", "").split(", "))
    prose, mark, examples = section.description.partition("## Example")
    out = [BANNER, f"# {element.name}\n",
           short[:1].upper() + short[1:] + ".\n",
           markdown.page(section, prose) + "\n"]
    if mark:
        out.append(markdown.page(section, mark + examples) + "\n")
    out.append("## At a glance\n")
    out.append(table(("", ""), (
        ("name", factory.get_metadata("long-name")),
        ("class", factory.get_metadata("klass")),
        ("rank", Gst.Rank(factory.get_rank()).value_nick),
        ("type", " < ".join(element.ancestors)),
        ("since", section.tags.get("Since", "")),
        ("see also", others))))

    out.append("## Pads\n")
    out.append(table(("pad", "direction", "presence", "caps"), [
        (f"`{pad.name_template}`", pad.direction.value_nick,
         pad.presence.value_nick, caps_text(pad)) for pad in element.pads]))
    out.append("Any raw audio that goes in is converted in the element.\n"
               if any(pad.direction == Gst.PadDirection.SINK
                      for pad in element.pads) else
               "Put `audioconvert ! audioresample` behind it for sinks that "
               "want something else.\n")

    out.append("## Properties\n")
    out.append("All three elements have the same. The elements of one session "
               "share what either of them sets.\n")
    rows = []
    for pspec in element.properties:
        block = blocks.get(f"{BASE}:{pspec.name}", nothing)
        rows.append((
            f"<a id=\"property-{pspec.name}\"></a>`{pspec.name}`",
            markdown.cell(block, block.description), property_type(pspec),
            property_default(pspec), property_when(pspec, sources)))
    out.append(table(("property", "what it is", "type and range", "default",
                      "takes effect"), rows))
    inherited = ", ".join(f"`{p.name}` ({p.owner_type.name})"
                          for p in element.inherited)
    out.append(f"Inherited: {inherited}.\n")

    out.append("### Enumerations\n")
    for name, pspec in element.enums.items():
        block = blocks.get(name, nothing)
        out.append(f"#### {name}\n")
        out.append(markdown.page(block, block.description) + "\n")
        rows = []
        for value in element.values(pspec):
            constant = constant_of(pspec.value_type, value.nick)
            rows.append((f"`{value.nick}`", str(value.number),
                         markdown.cell(block,
                                       block.params.get(constant, ""))))
        out.append(table(("nick", "value", "what it means"), rows))

    out.append("## Signals\n")
    out.append("Emitted from the session's thread; a handler must not block. "
               "What each server event becomes stands in "
               "[events.md](events.md).\n")
    rows = []
    for query in element.signals:
        block = blocks.get(f"{BASE}::{query.signal_name}", nothing)
        text = markdown.cell(block, block.description)
        if query.return_type.name != "void":
            text += (f"<br>Returns ({type_name(query.return_type)}): "
                     + markdown.cell(block, block.tags.get("Returns", "")))
        name = query.signal_name
        detail = ("::*type*" if query.signal_flags
                  & GObject.SignalFlags.DETAILED else "")
        rows.append((f"<a id=\"signal-{name}\"></a>`{name}`{detail}",
                     signature(markdown, block, query), text))
    out.append(table(("signal", "parameters", "what it says"), rows))

    out.append("## Actions\n")
    out.append("Signals to emit, with `g_signal_emit_by_name()`, from any "
               "thread. Which event each of them sends stands in "
               "[events.md](events.md#client-events).\n")
    rows = []
    for query in element.actions:
        block = blocks.get(f"{BASE}::{query.signal_name}", nothing)
        name = query.signal_name
        rows.append((f"<a id=\"action-{name}\"></a>`{name}`",
                     signature(markdown, block, query),
                     markdown.cell(block, block.description),
                     type_name(query.return_type) + ": "
                     + markdown.cell(block, block.tags.get("Returns", ""))))
    out.append(table(("action", "parameters", "what it does", "returns"),
                     rows))

    out.append("## Messages on the bus\n")
    out.append("All fields, with their units, stand in "
               "[messages.md](messages.md).\n")
    out.append(table(("message", "structure", "what it says"), messages))
    return "\n".join(out)


# --- events.md -------------------------------------------------------------

def find_tests(root):
    """[(path, words)] of the programs that test the elements: which events,
    constants, signals and actions each of them uses."""
    tests = []
    for path in sorted((root / "tests/check").rglob("*.c")):
        text = path.read_text(encoding="utf-8")
        path = path.relative_to(root / "tests/check")
        if "START_TEST" not in text or path.parts[0] == "emulator":
            continue
        words = {word for word in re.findall(r"[\w.]+", text)
                 if "." in word or word.startswith("GST_OAI_EVENT_")}
        # In JSON, in C or with single quotes.
        words.update(re.findall(r"type['\"\\]+:\s*['\"\\]+([a-z]+)\b", text))
        words.update("signal " + name for name in re.findall(
            r"connect(?:_\w+)? \(\s*[^,;]+,\s*\"([\w-]+)\"", text))
        words.update("action " + name for name in re.findall(
            r"(?:(?:emit_by_name|\bemit|\bACT) \(\s*[^,;]+,|EMIT \()"
            r"\s*\"([\w-]+)\"", text))
        if "e2e_talk_say (" in text:
            words.add("action send-text")
        tests.append((path, words))
    return tests


def find_published(root):
    """The server events of the published specification: those that the
    emulator sends and those that it is said not to."""
    emulator = root / "tests/emulator"
    text = (emulator / "events.c").read_text(encoding="utf-8")
    notes = (emulator / "specification.toml").read_text(encoding="utf-8")
    return (re.findall(r"\bSERVER \(\"([\w.]+)\"\)", text)
            + re.findall(r"^at = \"server\.([\w.]+)\"\nkind = \"event\"",
                         notes, re.M))


def covered_by(tests, names, problems):
    """Links to the tests; there must be one."""
    found = [path for path, words in tests if words.intersection(names)]
    if not found:
        problems.add("docs/events.md", f"no test names {names[0]}")
    return ", ".join(f"[{path.with_suffix('')}](../tests/check/{path})"
                     for path in found)


def events_page(sources, root, problems):
    tests = find_tests(root)
    known = {name for _, name, old in sources.events for name in [name] + old}
    page = ELEMENTS[0] + ".md"
    out = [BANNER, "# Events\n",
           "The session speaks in events, JSON objects on the data channel. "
           "The elements\nhave the same signals, so that the links lead to "
           f"[openairealtime]({page}) for all of\nthem.\n",
           "The last column has the tests of the elements in `tests/check` "
           "that name the event,\nor its signal or action; each has one. Where "
           "a program finds the fields of each event,\nand what sets those of "
           "a session, stands in [fields.md](fields.md); what the emulator\n"
           "does with them in [specification.md](specification.md).\n",
           "## Server events\n",
           f"Every event, known or not, is the signal [`event`]({page}"
           "#signal-event), with its type as\nthe detail, and the message "
           "[`openairealtime-event`](messages.md#openairealtime-event).\n"
           "What these become beyond that:\n"]
    rows = []
    for event, name, old in sources.events:
        becomes = [f"[`{s}`]({page}#signal-{s})"
                   for s in sources.signals.get(event, [])]
        if event in sources.transcripts:
            becomes.append("[`openairealtime-transcript`]"
                           "(messages.md#openairealtime-transcript)")
        rows.append((f"`{name}`", ", ".join(f"`{o}`" for o in old),
                     ", ".join(becomes), REACTIONS.get(event, ""),
                     covered_by(tests, [name, f"GST_OAI_EVENT_{event}"] + old
                                + [f"signal {s}" for s
                                   in sources.signals.get(event, [])],
                                problems)))
    for name in find_published(root):
        if name not in known:
            rows.append((f"`{name}`", "", "", "",
                         covered_by(tests, [name], problems)))
    out.append(table(("event", "also named", "signal, message",
                      "what the session does", "tests"), rows))
    out.append("A turn, from the user's speech to the end of the answer, ends "
               "in the message\n[`openairealtime-turn`]"
               "(messages.md#openairealtime-turn).\n")

    out.append("## Client events\n")
    out.append(f"[`send-event`]({page}#action-send-event) sends any of them, "
               "and those that the elements do not know.\n")
    rows = []
    for name in sorted(sources.client_events):
        actions, properties, texts = [], [], []
        for kind, what in sources.client_events[name]:
            if kind == "action":
                actions.append(f"[`{what}`]({page}#action-{what})")
            elif kind == "property":
                properties.append(f"[`{what}`]({page}#property-{what})")
            elif what not in texts:
                texts.append(what)
        rows.append((f"`{name}`", ", ".join(actions), ", ".join(properties),
                     "; ".join(texts),
                     covered_by(tests, [name] + [
                         f"action {what}" for kind, what
                         in sources.client_events[name] if kind == "action"],
                                problems)))
    for name, why in NOT_SENT.items():
        rows.append((f"`{name}`", "", "", why,
                     covered_by(tests, [name], problems)))
    rows.sort()
    out.append(table(("event", "action", "property, during a call",
                      "otherwise", "tests"), rows))
    return "\n".join(out)


# --- checks ----------------------------------------------------------------

def check_block(block, what, problems):
    if not block.description:
        problems.add(block.where, f"{what} has no description")
    if not block.tags.get("Since"):
        problems.add(block.where, f"{what} has no Since:")
    for name, text in block.params.items():
        if not text:
            problems.add(block.where, f"{what}: @{name} has no description")


def check_blocks(elements, blocks, problems):
    """Everything has a block, and each block belongs to something."""
    known = {f"{gtype.name}{suffix}" for element in elements
             for gtype in element.own for suffix in ("", "Class")}
    for element in elements:
        name = f"SECTION:element-{element.name}"
        known.add(name)
        if name not in blocks:
            problems.add(element.name, "the element has no doc block")
        else:
            check_block(blocks[name], element.name, problems)
            for field in ("title", "short_description", "see_also"):
                if field not in blocks[name].params:
                    problems.add(blocks[name].where,
                                 f"{element.name} has no @{field}")
        for pspec in element.properties:
            name = f"{BASE}:{pspec.name}"
            known.add(name)
            if name not in blocks:
                problems.add(element.name,
                             f"property {pspec.name} has no doc block")
            else:
                check_block(blocks[name], f"property {pspec.name}", problems)
        for kind, queries in (("signal", element.signals),
                              ("action", element.actions)):
            for query in queries:
                check_signal(element, kind, query, blocks, known, problems)
        for name, pspec in element.enums.items():
            known.add(name)
            if name not in blocks:
                problems.add(element.name, f"enum {name} has no doc block")
                continue
            block = blocks[name]
            check_block(block, f"enum {name}", problems)
            values = {constant_of(pspec.value_type, v.nick): v.nick
                      for v in element.values(pspec)}
            for constant in sorted(set(values) - set(block.params)):
                problems.add(block.where, f"enum {name}: value "
                             f"{values[constant]} (@{constant}) is not "
                             "described")
            for constant in sorted(set(block.params) - set(values)):
                problems.add(block.where, f"enum {name}: @{constant} does not "
                             "exist")
    for name, block in blocks.items():
        ours = name.startswith(("GstOpenAIRealtime", "SECTION:"))
        if ours and name not in known:
            problems.add(block.where, f"{name} does not exist")


def check_signal(element, kind, query, blocks, known, problems):
    name = f"{BASE}::{query.signal_name}"
    what = f"{kind} {query.signal_name}"
    known.add(name)
    if name not in blocks:
        problems.add(element.name, f"{what} has no doc block")
        return
    block = blocks[name]
    check_block(block, what, problems)
    names = list(block.params)
    if names[:1] != ["self"]:
        problems.add(block.where, f"{what}: the first parameter is not @self")
    if len(names) - 1 != len(query.param_types):
        problems.add(block.where, f"{what}: {len(names) - 1} parameters are "
                     f"described, it has {len(query.param_types)}")
    returns = query.return_type.name != "void"
    if returns != bool(block.tags.get("Returns")):
        problems.add(block.where, f"{what} " + ("has no Returns:" if returns
                                                else "returns nothing"))


def check_mutability(element, sources, problems):
    """The table and the flags of the properties must say the same."""
    for pspec in element.properties:
        when = sources.mutability.get(pspec.name)
        flags = int(pspec.flags)
        if when and (when == "READY") != bool(flags & Gst.PARAM_MUTABLE_READY):
            problems.add("gstoaisettings.c", f"{pspec.name}: its flags and "
                         f"its mutability ({when}) disagree")
        if when and when not in MUTABILITY:
            problems.add("docs/generate.py", f"does not know {when}")
    for name in set(sources.mutability) - {p.name for p in element.properties}:
        problems.add("gstoaisettings.c", f"{name} is no property")


def read_messages(root, sources, problems):
    """Compares docs/messages.md with the sources; rows for the pages."""
    where = "docs/messages.md"
    path = root / where
    if not path.exists():
        problems.add(where, "is missing")
        return []
    sections = re.split(r"^##+ ", path.read_text(encoding="utf-8"),
                        flags=re.M)[1:]
    documented = {}
    rows = []
    for section in sections:
        title, _, body = section.partition("\n")
        name = title.strip(" `")
        documented[name] = dict(re.findall(
            r"^\| `([\w-]+)` \| (\w+) \|", body, re.M))
        kind = re.search(r"^Message: (.*)$", body, re.M)
        if kind:
            text = body.strip().split("\n\n")[1]
            anchor = name.lower().replace(" ", "-")
            rows.append((kind[1], f"[`{name}`](messages.md#{anchor})",
                         " ".join(text.split())))
    for name, fields in sources.structures().items():
        if name not in documented:
            problems.add(where, f"no section about {name}")
            continue
        for field in sorted(set(fields) - set(documented[name])):
            problems.add(where, f"{name}: field {field} is missing")
        for field in sorted(set(documented[name]) - set(fields)):
            problems.add(where, f"{name}: field {field} does not exist")
        for field, gtype in fields.items():
            said = documented[name].get(field, gtype)
            if said != gtype:
                problems.add(where, f"{name}: field {field} is {gtype}, not "
                             f"{said}")
    progress = documented.get("connect", {})
    wanted = {t.lower() for t in sources.progress()}
    for name in sorted(wanted ^ {k for k, v in progress.items()
                                 if v == "type"}):
        problems.add(where, f"connect: progress type {name} is missing or "
                     "does not exist")
    for name in sorted(set(sources.steps()) ^ {k for k, v in progress.items()
                                               if v == "step"}):
        problems.add(where, f"connect: step {name} is missing or does not "
                     "exist")
    return rows


def check_reasons(root, sources, problems):
    """Compares the reasons of docs/errors.md with those of the sources."""
    where = "docs/errors.md"
    path = root / where
    if not path.exists():
        problems.add(where, "is missing")
        return
    section = path.read_text(encoding="utf-8").partition("## Reasons")[2]
    documented = set(re.findall(r"^\| `([\w-]+)` \| \w", section, re.M))
    documented.discard("reason")
    given = set()
    for text in sources.text.values():
        given.update(re.findall(r"verdict\.reason = \"([\w-]+)\"", text))
        for reason in re.findall(
                r"gst_oai_error_because \(\s*([^;]*?),\s", text):
            given.update(re.findall(r"\"([\w-]+)\"", reason))
    for reason in sorted(given - documented):
        problems.add(where, f"reason {reason} is missing")
    for reason in sorted(documented - given):
        problems.add(where, f"reason {reason} does not exist")


# --- main ------------------------------------------------------------------

def load_plugin(path):
    """Adds the elements of the plugin at path to the empty registry."""
    Gst.init(None)
    Gst.Plugin.load_file(str(path))


def main():
    parser = argparse.ArgumentParser(
        description="Writes or checks the reference of the elements.")
    parser.add_argument("--plugin", required=True, type=pathlib.Path,
                        help="the built plugin")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent,
                        help="the sources (default: where this script is)")
    parser.add_argument("--check", action="store_true",
                        help="write nothing, say what is wrong")
    parser.add_argument("--without-block", action="append", default=[],
                        metavar="NAME", help="act as if that property, signal "
                        "or action had no doc block, to test the check")
    args = parser.parse_args()

    load_plugin(args.plugin)
    problems = Problems()
    blocks = read_blocks(args.root, args.without_block, problems)
    sources = Sources(args.root, problems)
    elements = [Element(name, sources, blocks) for name in ELEMENTS]
    check_blocks(elements, blocks, problems)
    check_mutability(elements[0], sources, problems)
    messages = read_messages(args.root, sources, problems)
    check_reasons(args.root, sources, problems)
    pages = {f"{element.name}.md": element_page(element, sources, blocks,
                                                messages, problems)
             for element in elements}
    pages["events.md"] = events_page(sources, args.root, problems)

    for name, text in pages.items():
        text = text.rstrip("\n") + "\n"
        path = args.root / "docs" / name
        old = path.read_text(encoding="utf-8") if path.exists() else None
        if old == text:
            continue
        if args.check:
            problems.add(f"docs/{name}", "is not current: run 'ninja docs'")
        else:
            path.write_text(text, encoding="utf-8")
            print(f"docs/{name}: written")
    for problem in problems:
        print(problem)
    if args.check and not problems:
        print(f"{len(pages)} pages are current")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
