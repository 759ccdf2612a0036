# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What the benchmarks share: the processes, and the figures that they collect."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "relay"))

import namespaces  # noqa: E402
from namespaces import Failure, die_with_parent  # noqa: E402

PEERS = os.path.join(HERE, "peers")
INTEROP = os.path.join(HERE, os.pardir, "interop")
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") \
    else sys.executable

# Seconds. Only to end what hangs.
PATIENCE = 3600


# --- processes -------------------------------------------------------------


class Server:
    """A program that prints its base URL and runs until it is stopped."""

    def __init__(self, argv, log, env):
        self.log = log
        with open(log, "ab") as err:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=err, env=env, text=True, preexec_fn=die_with_parent)
        # The program tells when it listens, or ends.
        self.url = self.process.stdout.readline().strip()
        if not self.url.startswith("http"):
            raise Failure(f"{argv[0]} does not start:\n{tail(log)}")

    def stop(self):
        namespaces.stop(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


def tail(path, size=2000):
    try:
        with open(path, errors="replace") as file:
            return file.read()[-size:]
    except OSError:
        return ""


class Peer:
    """A kind of client."""

    def __init__(self, name, title, argv, missing):
        self.name = name
        self.title = title
        self.argv = argv
        # Why it cannot run, or None.
        self.missing = missing


class Bench:
    """Where things are, and how to start them."""

    def __init__(self, build, seed=1, keep=False):
        self.build = os.path.abspath(build)
        self.seed = seed
        self.keep = keep
        self.dir = tempfile.mkdtemp(prefix="oai-bench-")
        self.n_files = 0
        self.emulator_program = self.find(
            "tests/emulator/openai-realtime-emulator")
        self.relay_program = self.find("tests/relay/openai-realtime-relay")
        self.env = dict(
            os.environ,
            GST_PLUGIN_PATH_1_0=os.path.join(
                self.build, "gst", "openairealtime"),
            GST_REGISTRY_1_0=os.path.join(self.dir, "registry.bin"),
            GSETTINGS_BACKEND="memory", GIO_USE_PROXY_RESOLVER="dummy",
            PYTHONDONTWRITEBYTECODE="1", LC_ALL="C.UTF-8")
        # The emulator takes any; with one, the elements hang up as they should.
        self.env["OPENAI_API_KEY"] = "sk-benchmark"
        for name in ("OPENAI_BASE_URL", "GST_DEBUG", "GST_TRACERS",
                     "G_DEBUG"):
            self.env.pop(name, None)
        self.peers = {}
        self.add_peers()

    def close(self):
        if self.keep:
            print(f"kept: {self.dir}")
        else:
            shutil.rmtree(self.dir, True)

    def find(self, name):
        path = os.path.join(self.build, name)
        if not os.path.exists(path):
            raise Failure(f"{path} is not there: ninja -C {self.build}")
        return path

    def path(self, suffix):
        self.n_files += 1
        return os.path.join(self.dir, f"{self.n_files:04}-{suffix}")

    def add_peers(self):
        programs = "tests/benchmarks/peers/"
        self.add(Peer("elements", "these elements",
                      [self.find(programs + "peer-elements")], None))
        self.add(Peer("webrtcbin", "bare webrtcbin",
                      [self.find(programs + "peer-webrtcbin")], None))
        self.add(Peer("opusdec", "bare webrtcbin with opusdec plc=true",
                      [self.find(programs + "peer-webrtcbin"),
                       "--set", "plc=true"], None))
        self.add(Peer(
            "aiortc", "aiortc", [PYTHON, os.path.join(PEERS, "peer_aiortc.py")],
            self.find_missing("aiortc", "aiohttp", "av", "numpy")))
        missing = None
        if shutil.which("chromium") is None \
                and shutil.which("chromium-browser") is None:
            missing = "chromium is not installed"
        self.add(Peer(
            "chromium", "headless Chromium",
            [PYTHON, os.path.join(PEERS, "peer_chromium.py")],
            missing or self.find_missing("numpy")))

    @staticmethod
    def find_missing(*modules):
        for name in modules:
            done = subprocess.run([PYTHON, "-c", f"import {name}"],
                                  capture_output=True, check=False)
            if done.returncode != 0:
                return f"python3-{name} is not installed"
        return None

    def add(self, peer):
        self.peers[peer.name] = peer

    def emulator(self, *options):
        return Server([self.emulator_program, "--port", "0",
                       "--exit-with-parent", *options],
                      self.path("emulator.log"), self.env)

    def network(self, upstream, *options, http_rtt=0):
        """Between the emulator and the clients that use its url, until it is
        stopped. The options are those of the relay; HTTP has the round trip
        alone, in ms."""
        return Server([self.relay_program, "--port", "0",
                       "--exit-with-parent", "--upstream", upstream,
                       "--http-rtt", str(http_rtt), *map(str, options)],
                      self.path("relay.log"), self.env)

    def client_argv(self, argv):
        return argv

    def run(self, peer, url, *options, check=True):
        """Runs a peer to its end; the objects that it printed."""
        log = self.path(peer.name + ".log")
        argv = self.client_argv(
            [*peer.argv, "--base-url", url, *map(str, options)])
        with open(log, "ab") as err:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=err, env=self.env, text=True,
                preexec_fn=die_with_parent, start_new_session=True)
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            lines = process.stdout.read().splitlines()
            status = process.wait()
        finally:
            watchdog.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
            process.stdout.close()
        said = []
        for line in lines:
            try:
                said.append(json.loads(line))
            except ValueError:
                raise Failure(f"{peer.name} says {line!r}") from None
        if check and status != 0:
            raise Failure(f"{peer.name} ended with {status}:\n{tail(log)}\n"
                          f"{said[-3:]}")
        return said

    def warm_up(self, url):
        """The first call of an emulator finds it unprepared."""
        self.run(self.peers["elements"], url, "--connect", 2, check=False)


class Cable:
    """A wire that has the url of what is behind it, as a relay has."""

    def __init__(self, bench, url, options):
        self.url = url
        self.bench = bench
        log = bench.path("wire.log")
        with open(log, "ab") as err:
            try:
                self.wire = namespaces.Wire(
                    bench.wire_program, bench.hosts, *options, stderr=err)
            except Failure as failure:
                raise Failure(f"{failure}:\n{tail(log)}") from None
        bench.connected = True

    def stop(self):
        self.bench.connected = False
        self.wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


class Apart(Bench):
    """The same, with the clients and the emulator on two hosts: what is between
    them is all of IP, HTTP and ICE's own addresses too."""

    def __init__(self, bench):
        # The same files, programs and peers; not another folder.
        self.__dict__.update(bench.__dict__)
        self.bench = bench
        self.wire_program = self.find("tests/relay/openai-realtime-wire")
        self.hosts = namespaces.Hosts()
        self.connected = False

    def path(self, suffix):
        return self.bench.path("apart-" + suffix)

    def close(self):
        self.hosts.close()

    def emulator(self, *options):
        return Server([*self.hosts.server.prefix, self.emulator_program,
                       "--host", self.hosts.server.addresses[0], "--port", "0",
                       "--exit-with-parent", *options],
                      self.path("emulator.log"), self.env)

    def network(self, upstream, *options, http_rtt=0):
        return Cable(self, upstream, options)

    def client_argv(self, argv):
        return [*self.hosts.client.prefix, *argv]

    def run(self, peer, url, *options, check=True):
        if self.connected:
            return super().run(peer, url, *options, check=check)
        with self.network(url):
            return super().run(peer, url, *options, check=check)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Watch:
    """Whether the machine has time: how late a thread wakes up that sleeps for
    5 ms. What is measured while others use all cores says little."""

    STEP = 0.005

    def __init__(self):
        self.late = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while True:
            before = time.monotonic()
            if self._over.wait(self.STEP):
                return
            self.late.append(
                (time.monotonic() - before - self.STEP) * 1000)

    def stop(self):
        self._over.set()
        self._thread.join()

    def get(self):
        return {"late_p99_ms": round(percentile(self.late, 0.99) or 0, 2),
                "late_max_ms": round(max(self.late, default=0), 2)}


# --- figures ---------------------------------------------------------------


def percentile(values, share):
    """Of sorted or unsorted values, between the nearest two."""
    ordered = sorted(values)
    if not ordered:
        return None
    at = (len(ordered) - 1) * share
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


STATISTICS = {
    "p50": lambda values: percentile(values, 0.5),
    "p95": lambda values: percentile(values, 0.95),
    "max": lambda values: max(values) if values else None,
    "mean": lambda values: statistics.fmean(values) if values else None,
    "sum": lambda values: sum(values) if values else None,
}


def plain(value):
    """Without the types of numpy, for JSON."""
    if isinstance(value, (tuple, list)):
        return [float(part) for part in value]
    return float(value)


class Figures:
    """All values, by what was measured, for whom, and in which round."""

    def __init__(self):
        # (benchmark, cell, metric) -> peer -> round -> [values]
        self.values = {}

    @classmethod
    def from_json(cls, objects):
        """What as_json() gave."""
        self = cls()
        for object_ in objects:
            self.values.setdefault(
                (object_["benchmark"], object_["cell"], object_["metric"]),
                {})[object_["peer"]] = dict(enumerate(object_["rounds"]))
        return self

    def add(self, bench, cell, metric, peer, round_, values):
        rounds = self.values.setdefault((bench, cell, metric), {}) \
            .setdefault(peer, {})
        rounds.setdefault(round_, []).extend(map(plain, values))

    def summary(self, bench, cell, metric, peer, statistic):
        """(median of the rounds, least, greatest); None when there is no
        figure. The rounds' own statistic is what is compared."""
        rounds = self.values.get((bench, cell, metric), {}).get(peer)
        if not rounds:
            return None
        function = STATISTICS[statistic]
        each = [function(values) for values in rounds.values() if values]
        if not each:
            return None
        if statistic == "sum":
            return sum(each), min(each), max(each)
        return statistics.median(each), min(each), max(each)

    def pooled(self, bench, cell, metric, peer):
        rounds = self.values.get((bench, cell, metric), {}).get(peer, {})
        return [value for values in rounds.values() for value in values]

    def as_json(self):
        return [
            {"benchmark": bench, "cell": cell, "metric": metric, "peer": peer,
             "rounds": [rounds[number] for number in sorted(rounds)]}
            for (bench, cell, metric), peers in self.values.items()
            for peer, rounds in peers.items()]


class Row:
    """A line of a table: one figure of all peers.

    budget is a number, or a function (value by peer name) -> number or None;
    it holds for the elements and is an upper bound, or with at_least a lower
    one. compare names the peer that the ratio is taken to."""

    def __init__(self, cell, metric, statistic, unit, title=None, budget=None,
                 budget_text=None, at_least=False, compare=None, digits=None):
        self.cell = cell
        self.metric = metric
        self.statistic = statistic
        self.unit = unit
        self.title = title or f"{cell} {metric} {statistic}".strip()
        self.budget = budget
        self.budget_text = budget_text
        self.at_least = at_least
        self.compare = compare
        self.digits = digits


def rotate(items, by):
    """So that no peer is always first."""
    items = list(items)
    if not items:
        return items
    by %= len(items)
    return items[by:] + items[:by]
