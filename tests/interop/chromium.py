# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Chromium without a window, and the web server that its pages talk to."""

import http.client
import http.server
import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse

import interop

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pages")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-audio-output",
    "--disable-dev-shm-usage",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns,OptimizationHints,"
    "MediaRouter,Translate",
    "--no-proxy-server",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    # A page that nobody looks at is slowed down else.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--password-store=basic",
    "--enable-logging=stderr",
]


class Browser:
    """Shows one page until it is stopped. The page reaches this machine and
    @host, nothing else."""

    def __init__(self, directory, url, microphone=None, host=None):
        self.log = os.path.join(directory, "chromium.log")
        home = os.path.join(directory, "home")
        profile = os.path.join(directory, "profile")
        os.mkdir(home)
        os.mkdir(profile)
        reachable = ["127.0.0.1"] + ([host] if host else [])
        rules = ", ".join(["MAP * ~NOTFOUND"]
                          + ["EXCLUDE " + name for name in reachable])
        argv = [PROGRAM, *FLAGS, f"--host-resolver-rules={rules}",
                f"--user-data-dir={profile}"]
        if microphone is not None:
            argv.append(f"--use-file-for-fake-audio-capture={microphone}")
        env = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home,
                   XDG_CACHE_HOME=home, XDG_RUNTIME_DIR=home)
        # These are for programs that were built with a sanitizer.
        for name in ("LD_PRELOAD", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
            env.pop(name, None)
        with open(self.log, "ab") as err:
            self.process = subprocess.Popen(
                [*argv, url], stdin=subprocess.DEVNULL, stdout=err,
                stderr=err, env=env, start_new_session=True,
                preexec_fn=interop.die_with_parent)

    def stop(self):
        # Its helpers are in its process group, which is ours alone.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()


class WebServer:
    """Serves the pages, takes their reports and does what routes say."""

    def __init__(self):
        self.reports = queue.Queue()
        # (method, first part of the path) -> function (request, body)
        self.routes = {("POST", "report"): self._on_report}
        server = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def __init__(self, *args):
                super().__init__(*args, directory=PAGES)

            def log_message(self, *args):
                pass

            def _handle(self):
                size = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(size)
                path = urllib.parse.urlsplit(self.path).path
                route = server.routes.get(
                    (self.command, path.split("/")[1]))
                if route is not None:
                    route(self, body)
                elif self.command == "GET":
                    super().do_GET()
                else:
                    self.answer(404)

            do_GET = do_POST = _handle

            def answer(self, status, body=b"", type_="text/plain",
                       headers=()):
                self.send_response(status)
                self.send_header("Content-Type", type_)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers:
                    self.send_header(name, value)
                try:
                    self.end_headers()
                    self.wfile.write(body)
                except ConnectionError:
                    # The browser has been stopped while it waited.
                    self.close_connection = True

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self._thread = threading.Thread(target=self.http.serve_forever,
                                        daemon=True)
        self._thread.start()

    def stop(self):
        self.http.shutdown()
        self.http.server_close()
        self._thread.join(10)

    def _on_report(self, request, body):
        name = request.path.split("/")[2]
        self.reports.put((name, body))
        request.answer(204)

    def forget_reports(self):
        """Of a test that failed."""
        while not self.reports.empty():
            self.reports.get()

    def jobs(self, path):
        """A queue of what a page that asks for that path again and again is to
        do; it gets an empty object when it should ask once more."""
        jobs = queue.Queue()

        def on_job_wanted(request, body):
            try:
                job = jobs.get(timeout=5)
            except queue.Empty:
                job = {}
            request.answer(200, json.dumps(job).encode(), "application/json")

        self.routes["GET", path] = on_job_wanted
        return jobs

    def report(self, name):
        """What the page reports under that name."""
        deadline = time.monotonic() + interop.PATIENCE
        while True:
            try:
                found, body = self.reports.get(
                    timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"the page reports no {name}") from None
            if found == "problem":
                raise AssertionError(f"the page says: {body.decode()}")
            if found == name:
                return body

    def proxy(self, prefix, base):
        """Takes what is under /prefix/ to another server."""
        target = urllib.parse.urlsplit(base)

        def forward(request, body):
            connection = http.client.HTTPConnection(target.netloc, timeout=30)
            headers = {name: value for name, value in request.headers.items()
                       if name.lower() in ("authorization", "content-type",
                                           "accept")}
            connection.request(request.command, request.path, body, headers)
            response = connection.getresponse()
            answer = response.read()
            request.answer(
                response.status, answer,
                response.getheader("Content-Type", "text/plain"),
                [(name, value) for name, value in response.getheaders()
                 if name.lower() == "location"])
            connection.close()

        for method in ("GET", "POST"):
            self.routes[method, prefix] = forward


def mint_secret(base, key, session):
    """What the server of an application does for its page."""
    target = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(target.netloc, timeout=30)
    connection.request(
        "POST", target.path + "/realtime/client_secrets",
        json.dumps({"session": session}),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    if response.status != 200:
        raise AssertionError(f"no client secret: {answer}")
    return answer
