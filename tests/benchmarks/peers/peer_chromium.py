#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""A client of the Realtime API in headless Chromium, for benchmarks. A load
cannot be measured, and when its microphone captured is not known."""

import http.server
import json
import os
import queue
import shutil
import sys
import tempfile
import threading
import urllib.parse
import wave

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, os.pardir, "interop"))

import chromium  # noqa: E402

import peerlib  # noqa: E402

PAGE = os.path.join(HERE, "peer_chromium.html")
# Seconds that Chromium may take to start.
START = 60


class Site(http.server.ThreadingHTTPServer):
    """Gives the page, tells the time, takes reports."""

    daemon_threads = True

    def __init__(self):
        self.reports = queue.Queue()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, address):
        # The browser was stopped in the middle of something.
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, body, type_="text/plain"):
        self.send_response(200)
        self.send_header("Content-Type", type_)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/clock":
            self.answer(str(peerlib.now()).encode())
        elif self.path == "/":
            with open(PAGE, "rb") as file:
                self.answer(file.read(), "text/html; charset=utf-8")
        else:
            self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.reports.put((self.path.rsplit("/", 1)[-1], body))
        self.answer(b"")


def write_silence(path):
    """Without a file its microphone beeps."""
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, peerlib.RATE, 0, "NONE", None))
        file.writeframes(bytes(2 * peerlib.RATE))
    return path


def listen(site, arguments, patience):
    status = 0
    while True:
        try:
            name, body = site.reports.get(timeout=patience)
        except queue.Empty:
            print("the page says nothing", file=sys.stderr)
            return 1
        if name == "say":
            said = json.loads(body)
            if not said.get("ok", True):
                status = 1
            peerlib.say(**said)
        elif name == "record" and arguments.record is not None:
            with open(arguments.record, "wb") as file:
                file.write(b"OAIREC1\n" + body)
        elif name == "problem":
            print(body.decode(), file=sys.stderr)
            return 1
        elif name == "over":
            return status


def main():
    arguments = peerlib.parse_arguments(__doc__)
    if arguments.load is not None:
        print("--load is not supported", file=sys.stderr)
        return 2
    site = Site()
    directory = tempfile.mkdtemp(prefix="peer-chromium-")
    browser = None
    try:
        fragment = urllib.parse.quote(json.dumps(vars(arguments)))
        browser = chromium.Browser(
            directory, f"http://127.0.0.1:{site.server_port}/#{fragment}",
            arguments.mic or write_silence(
                os.path.join(directory, "silence.wav")),
            urllib.parse.urlsplit(arguments.base_url).hostname)
        return listen(site, arguments,
                      START + arguments.timeout + arguments.max)
    finally:
        if browser is not None:
            browser.stop()
        shutil.rmtree(directory, True)


if __name__ == "__main__":
    sys.exit(main())
