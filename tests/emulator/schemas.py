# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Schemas of OpenAPI documents: checking values, and walking through fields.

Used by check-events.py and specification.py.
"""

import json
import math
import re

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
PREFIX = "#/components/schemas/"
# What stands for the members of a map in the path of a field.
ANY = "<name>"


def same(a, b):
    """Equal in JSON: True is not 1."""
    return type(a) is type(b) and a == b


def show(value):
    text = json.dumps(value)
    return text if len(text) < 80 else text[:77] + "..."


class Document:
    """An OpenAPI document, as far as API descriptions use JSON Schema."""

    def __init__(self, document):
        self.document = document
        self.components = document["components"]["schemas"]

    def resolve(self, ref):
        node = self.document
        if not ref.startswith("#/"):
            raise ValueError("only local references: " + ref)
        for part in ref[2:].split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    @staticmethod
    def takes_null(schema):
        """Null by a word of its own: in the published document some say so
        only as their default or in their description."""
        return (schema.get("nullable") or schema.get("default", 0) is None
                or re.search(r"\b(set to|be) .?null\b",
                             schema.get("description", "")))

    def alternatives(self, schema, name=None):
        """[(plain schema, component name or None)]: what a value may be, with
        references followed and anyOf, oneOf and allOf resolved."""
        found = []
        while "$ref" in schema:
            name = schema["$ref"].removeprefix(PREFIX)
            schema = {**self.resolve(schema["$ref"]),
                      **{k: v for k, v in schema.items() if k != "$ref"}}
        if self.takes_null(schema):
            found.append(({"type": "null"}, None))
        if "allOf" in schema:
            schema = self.merge(schema)
        branches = schema.get("anyOf", []) + schema.get("oneOf", [])
        for branch in branches:
            found += self.alternatives(branch)
        if branches:
            return found
        types = schema.get("type")
        if types is None:
            types = ("object" if "properties" in schema
                     else "string" if "enum" in schema or "const" in schema
                     else "any")
        for each in [types] if isinstance(types, str) else types:
            found.append(({**schema, "type": each}, name))
        return found

    def merge(self, schema):
        merged = {k: v for k, v in schema.items() if k != "allOf"}
        for part in schema["allOf"]:
            while "$ref" in part:
                part = self.resolve(part["$ref"])
            for key, value in part.items():
                if key == "properties":
                    merged[key] = {**value, **merged.get(key, {})}
                elif key == "required":
                    merged[key] = value + merged.get(key, [])
                else:
                    merged.setdefault(key, value)
        return merged

    def objects(self, schema):
        """The alternatives of schema that are objects with fields."""
        return [(plain, name) for plain, name in self.alternatives(schema)
                if plain["type"] == "object" and members(plain)]

    def tags(self, plain):
        """{"type": {...}, "role": {...}}: what tells an object from the others
        in its place."""
        tags = {}
        for tag in ("type", "role"):
            schema = plain.get("properties", {}).get(tag)
            values = set()
            for each, _ in self.alternatives(schema) if schema else ():
                if strings(each) is None:
                    values = None
                    break
                values.update(strings(each))
            if values:
                tags[tag] = values
        return tags


def members(plain):
    """{name: schema} of an object, with ANY for those of any name."""
    found = dict(plain.get("properties", {}))
    if isinstance(plain.get("additionalProperties"), dict):
        found[ANY] = plain["additionalProperties"]
    return found


def strings(plain):
    """The values that are enumerated, or None."""
    if "const" in plain:
        return [plain["const"]]
    return plain.get("enum")


def alike(tags, others):
    return all(tags[tag] & others[tag] for tag in tags if tag in others)


class Validator(Document):
    """Checks values."""

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


class Field:
    """A field of an object, in one of the places that the object can be in."""

    def __init__(self, component, path, schema, required, types=()):
        self.component = component
        self.path = path
        self.schema = schema
        self.required = required
        # Values of "type" beside it with which it exists; (): all.
        self.types = types

    @property
    def key(self):
        return "%s: %s" % (self.component, self.path)


class Fields(Validator):
    """Walks through the fields of a document whose objects know each field."""

    def group(self, branches, component, prefix):
        """Fields of the objects at prefix, those that mean the same in several
        of them once: [(name, Field, [numbers of branches])]."""
        found = []
        names = {}
        for plain in branches:
            names.update(dict.fromkeys(members(plain)))
        for name in names:
            groups = {}
            for i, plain in enumerate(branches):
                if name not in members(plain):
                    continue
                required = name in plain.get("required", [])
                schema = members(plain)[name]
                # What tells the branches apart is no field of each.
                sign = (None if name == "type" else
                        json.dumps([schema, required], sort_keys=True))
                groups.setdefault(sign, []).append((i, schema, required))
            for rows in groups.values():
                numbers = [i for i, _, _ in rows]
                types = ()
                if len(numbers) < len(branches):
                    types = tuple(sorted(set().union(*(
                        self.tags(branches[i]).get("type", ())
                        for i in numbers))))
                path = prefix + ("(%s)" % "|".join(types) if types else "")
                path += ("." if path else "") + name
                schema = rows[0][1]
                if len(rows) > 1 and name == "type":
                    schema = {"type": "string", "enum": [
                        v for _, each, _ in rows
                        for v in strings(self.alternatives(each)[0][0]) or ()]}
                found.append((name, Field(component, path, schema, rows[0][2],
                                          types), numbers))
        return found

    def walk(self, component):
        """The fields of a component that is an object, in their order."""
        branches = [plain for plain, _ in
                    self.objects({"$ref": PREFIX + component})]
        return self.walk_objects(branches, component, "")

    def walk_objects(self, branches, component, prefix):
        for _, field, _ in self.group(branches, component, prefix):
            yield field
            yield from self.walk_value(field.schema, component, field.path)

    def walk_value(self, schema, component, path):
        own = []
        for plain, name in self.alternatives(schema):
            if plain["type"] == "array" and plain.get("items"):
                yield Field(component, path + "[]", plain["items"], False)
                yield from self.walk_value(plain["items"], component,
                                           path + "[]")
            elif plain["type"] == "object" and name is None and members(plain):
                own.append(plain)
        yield from self.walk_objects(own, component, path)

    def met(self, value, schema, component=None, path="", keys=None):
        """The keys of the fields that value, which is valid, has."""
        keys = set() if keys is None else keys
        objects = []
        for plain, name in self.alternatives(schema):
            if plain["type"] == "array" and isinstance(value, list):
                if value and plain.get("items") and path:
                    keys.add("%s: %s[]" % (component, path))
                for each in value:
                    self.met(each, plain.get("items", {}), component,
                             path + "[]", keys)
            elif (plain["type"] == "object" and isinstance(value, dict)
                  and members(plain)):
                objects.append((plain, name))
        if not objects:
            return keys
        fitting = [i for i, (plain, _) in enumerate(objects)
                   if not self.check(value, plain)]
        if not fitting:
            return keys
        name = objects[fitting[0]][1]
        if name is not None:
            component, path = name, ""
        branches = [(i, plain) for i, (plain, each) in enumerate(objects)
                    if each == name]
        chosen = [i for i, _ in branches].index(fitting[0])
        for member, field, numbers in self.group(
                [plain for _, plain in branches], component, path):
            if chosen not in numbers:
                continue
            present = [value[k] for k in value
                       if k == member or member == ANY
                       and k not in branches[chosen][1].get("properties", {})]
            for each in present:
                keys.add(field.key)
                self.met(each, field.schema, component, field.path, keys)
        return keys
