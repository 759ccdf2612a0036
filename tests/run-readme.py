#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Runs every gst-launch-1.0 line of documents against the emulator.

    tests/run-readme.py --emulator PROGRAM [--reference PAGE] DOCUMENT...

Instead of microphones, cameras and loudspeakers there are a file with a spoken
question and a sink in real time, and instead of another machine this one; the
rest of each line is as it stands there. Each must end by itself, without an
error, after a turn of the conversation.

--reference is docs/openairealtime.md: the properties that a document shows in
tables of the form "| `name` | default | ..." must exist and have that default,
and links within the documents must lead somewhere. --catalogue is po/de.po: in
it must be the messages that a document quotes in the first column of a table.

Exit status 77: something that this needs is not installed.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

QUESTION = "what time is it"
PATIENCE = 45
# gst-launch-1.0 goes to PLAYING as soon as it hears of PAUSED. When the thread
# that told it so is overtaken then, the pipeline forgets that it is playing
# (posted_playing in gstbin.c, seen with 1.22) and keeps every end of stream for
# itself, whatever elements are in it. Setting PLAYING at once avoids that.
ATTEMPTS = 3
STUCK = "does not end"
# What stands for devices and other machines.
REPLACED = (
    (r"\bautoaudiosrc\b", "filesrc location=question.wav ! wavparse"),
    (r"\balsasrc(?: [\w-]+=\S+)*", "filesrc location=question.wav ! wavparse"),
    (r"\brtspsrc location=\S+ ! decodebin\b",
     "filesrc location=question.wav ! decodebin"),
    (r"\bautoaudiosink\b", "fakesink sync=true"),
    (r"\balsasink(?: [\w-]+=\S+)*", "fakesink sync=true"),
    (r"\bhost=192\.0\.2\.\d+\b", "host=127.0.0.1"),
)


def find_lines(path):
    """The gst-launch-1.0 commands in the shell blocks of a document."""
    text = path.read_text(encoding="utf-8")
    lines = []
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S):
        block = block.replace("\\\n", " ")
        lines += [" ".join(line.split()) for line in block.splitlines()
                  if line.startswith("gst-launch-1.0 ")]
    return lines


def prepare(line):
    for pattern, text in REPLACED:
        line = re.sub(pattern, text, line)
    args = shlex.split(line)
    if "-m" not in args:
        args.insert(1, "-m")
    return args


def try_line(line, url):
    """None when the line works, else what is wrong."""
    with tempfile.TemporaryDirectory(prefix="readme-") as directory:
        shutil.copy("question.wav", directory)
        environment = {name: value for name, value in os.environ.items()
                       if name != "OPENAI_API_KEY"}
        environment["OPENAI_BASE_URL"] = url
        try:
            result = subprocess.run(
                prepare(line), cwd=directory, env=environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, errors="replace",
                timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired as e:
            return STUCK + "\n" + (e.stdout or b"").decode(
                errors="replace")[-2000:]
        output = result.stdout
        if result.returncode:
            return "exit status %d\n%s" % (result.returncode, output[-2000:])
        role = "user" if "create-response=false" in line else "assistant"
        if "openairealtime-transcript, role=(string)%s" % role not in output:
            return "nothing was said by the %s\n%s" % (role, output[-2000:])
        if ("tool-command=" in line
                and not re.search(r"openairealtime-tool,.*=\(string\)completed",
                                  output)):
            return "no program answered\n%s" % output[-2000:]
        for name in re.findall(r"filesink location=(\S+)", line):
            path = pathlib.Path(directory, name)
            if not path.exists() or path.stat().st_size < 24000:
                return "%s has no sound" % name
    return None


def run_line(line, url):
    for attempt in range(ATTEMPTS):
        problem = try_line(line, url)
        if problem is None or not problem.startswith(STUCK):
            break
        print("%s: %s" % (STUCK, line))
    return problem


def check_tables(path, reference):
    """Lines about properties that are not as the document says."""
    defaults = {}
    for row in reference.read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| <a id=\"property-([\w-]+)\"></a>", row)
        if match:
            cells = re.split(r"(?<!\\) \| ", row)
            defaults[match[1]] = cells[-2].strip("` ")
    problems = []
    found = 0
    tables = re.findall(r"^\| property \| default \|.*\n((?:\|.*\n)*)",
                        path.read_text(encoding="utf-8"), re.M)
    for name, default in re.findall(r"^\| `([a-z][\w-]+)` \| ([^|]*) \|",
                                    "".join(tables), re.M):
        found += 1
        if name not in defaults:
            problems.append("%s: there is no property %s" % (path.name, name))
        elif default.strip("` ") != defaults[name]:
            problems.append("%s: the default of %s is %s, not %s" % (
                path.name, name, defaults[name], default))
    if found:
        print("%s: %d properties" % (path.name, found))
    return problems


def check_sentences(path, catalogue):
    """Lines about messages in the first column of a table, in “quotes”, that no
    message of the elements begins with."""
    text = re.sub(r'"\n"', "", catalogue.read_text(encoding="utf-8"))
    messages = re.findall(r'^msgid "(.*)"$', text, re.M)
    cells = re.findall(r"^\| (“[^|]*) \|", path.read_text(encoding="utf-8"),
                       re.M)
    return ["%s: no message begins with '%s'" % (path.name, sentence)
            for cell in cells for sentence in re.findall("“([^”]*)”", cell)
            if not any(each.startswith(sentence) for each in messages)]


def check_links(path):
    text = path.read_text(encoding="utf-8")
    anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
               for title in re.findall(r"^#+ (.*)$", text, re.M)}
    anchors.update(re.findall(r"<a id=\"([\w-]+)\">", text))
    problems = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        if file and not (path.parent / file).exists():
            problems.append("%s: no %s" % (path.name, target))
        elif not file and anchor not in anchors:
            problems.append("%s: no section #%s" % (path.name, anchor))
    return problems


def run_lines(lines, emulator):
    """{line: what is wrong}"""
    server = subprocess.Popen(
        [emulator, "--mind", "talk", "--exit-with-parent"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = server.stdout.readline().strip()
        if not url:
            print("skipped: no --mind talk")
            sys.exit(77)
        subprocess.run(["espeak-ng", "-v", "en-us", "-w", "question.wav",
                        QUESTION], check=True)
        # The emulator listens to three at a time.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return dict(zip(lines, pool.map(
                lambda line: run_line(line, url), lines)))
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emulator", metavar="PROGRAM", required=True,
                        type=pathlib.Path)
    parser.add_argument("--reference", metavar="PAGE", type=pathlib.Path)
    parser.add_argument("--catalogue", metavar="FILE", type=pathlib.Path)
    parser.add_argument("documents", metavar="DOCUMENT", nargs="+",
                        type=pathlib.Path)
    args = parser.parse_args()
    documents = [path.resolve() for path in args.documents]
    emulator = args.emulator.resolve()
    problems = []
    for path in documents:
        problems += check_links(path)
        if args.reference:
            problems += check_tables(path, args.reference)
        if args.catalogue:
            problems += check_sentences(path, args.catalogue)
    for needed in ("gst-launch-1.0", "espeak-ng"):
        if not shutil.which(needed):
            print("skipped: no %s" % needed)
            return 77
    lines = list(dict.fromkeys(
        line for path in documents for line in find_lines(path)))
    with tempfile.TemporaryDirectory(prefix="readme-") as directory:
        os.chdir(directory)
        for line, problem in run_lines(lines, emulator).items():
            print("%s: %s" % ("not ok" if problem else "ok", line))
            if problem:
                problems.append("%s\n  %s" % (problem, line))
        os.chdir("/")
    for problem in problems:
        print(problem)
    if len(lines) < 10:
        print("only %d lines found" % len(lines))
    return 1 if problems or len(lines) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
