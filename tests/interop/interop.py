# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What the tests of this folder share: processes, sound, and how to run."""

import ctypes
import glob
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import wave

SKIPPED = 77

# Seconds to wait for anything. Nothing is asserted about speed: this only ends
# a test that hangs.
PATIENCE = 40 * float(os.environ.get("CK_TIMEOUT_MULTIPLIER", "1"))

# All sound is compared as this.
RATE = 16000

# What an answer must have in common with the question, and what it has at most
# in common with another question.
SAME = 0.8
FOREIGN = 0.4

FRONT_CENTER = "/usr/share/sounds/alsa/Front_Center.wav"
REAR_LEFT = "/usr/share/sounds/alsa/Rear_Left.wav"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


try:
    import numpy
except ImportError:
    skip("python3-numpy is not installed")


# --- sound -----------------------------------------------------------------


def load(path):
    """The samples of a WAV file of 16 bits, as mono at RATE."""
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            raise ValueError(f"{path} has not 16 bits")
        rate = file.getframerate()
        channels = file.getnchannels()
        data = file.readframes(file.getnframes())
    samples = numpy.frombuffer(data[: len(data) // 2 * 2], "<i2")
    samples = samples[: len(samples) // channels * channels]
    samples = samples.reshape(-1, channels).mean(axis=1)
    return resample(samples, rate)


def save(path, samples, rate=RATE):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", None))
        file.writeframes(numpy.asarray(samples).astype("<i2").tobytes())


def resample(samples, rate, to=RATE):
    """In the frequency domain: exact for what both rates can carry."""
    if rate == to or len(samples) == 0:
        return numpy.asarray(samples, float)
    count = int(len(samples) * to / rate)
    spectrum = numpy.fft.rfft(samples)
    wanted = numpy.zeros(count // 2 + 1, complex)
    shared = min(len(wanted), len(spectrum))
    wanted[:shared] = spectrum[:shared]
    return numpy.fft.irfft(wanted, count) * (count / len(samples))


def silence(seconds):
    return numpy.zeros(int(seconds * RATE))


def similarity(question, answer):
    """How well the whole question is found in the answer: the highest
    normalised correlation of any alignment."""
    if len(question) == 0 or len(answer) == 0:
        return 0.0
    # What hangs over the ends of the answer counts as silence.
    answer = numpy.concatenate([numpy.zeros(len(question)), answer,
                                numpy.zeros(len(question))])
    size = 1 << (len(answer) + len(question) - 1).bit_length()
    product = numpy.fft.irfft(
        numpy.fft.rfft(answer, size)
        * numpy.conj(numpy.fft.rfft(question, size)), size)
    last = len(answer) - len(question) + 1
    energy = numpy.concatenate([[0.0], numpy.cumsum(answer ** 2)])
    energy = energy[len(question):] - energy[:last]
    loud = energy > 1
    if not loud.any():
        return 0.0
    scale = numpy.sqrt(energy[loud] * numpy.sum(question ** 2))
    return float(numpy.max(product[:last][loud] / scale))


def stretched_similarity(question, answer, piece=1600, step=40, drift=16):
    """The same for an answer whose playout was made faster and slower, as
    browsers do, or that a busy machine sent with gaps: of pieces of 0.1 s,
    counted by their energy. From each to the next, what is between may have grown
    or shrunk by up to 40 ms. Other speech reaches 0.6."""
    if len(question) < piece or len(answer) == 0:
        return 0.0
    answer = numpy.concatenate([numpy.zeros(len(question)), answer,
                                numpy.zeros(len(question))])
    size = 1 << (len(answer) + len(question) - 1).bit_length()
    spectrum = numpy.fft.rfft(answer, size)
    energy = numpy.concatenate([[0.0], numpy.cumsum(answer ** 2)])
    last = (len(answer) - len(question) + 1) // step * step
    starts = range(0, len(question) - piece + 1, piece)
    # For each alignment of the piece that was looked at last, in steps: the best
    # way to put the pieces up to it.
    best = numpy.zeros(last // step)
    for start in starts:
        part = question[start:start + piece]
        product = numpy.fft.irfft(
            spectrum * numpy.conj(numpy.fft.rfft(part, size)), size)
        product = product[start:start + last]
        loudness = (energy[start + piece:] - energy[start:-piece])[:last]
        value = product / numpy.sqrt(
            numpy.maximum(loudness, piece) * numpy.sum(part ** 2) + 1)
        near = numpy.lib.stride_tricks.sliding_window_view(
            numpy.pad(best, drift), 2 * drift + 1).max(axis=1)
        best = near + (value.reshape(-1, step).max(axis=1)
                       * numpy.sum(part ** 2))
    total = numpy.sum(question[:starts[-1] + piece] ** 2)
    return float(best.max() / total)


# --- processes -------------------------------------------------------------


def die_with_parent(by=signal.SIGKILL):
    # PR_SET_PDEATHSIG: nothing is left when a test is killed.
    ctypes.CDLL(None).prctl(1, by)


class Process:
    """A program that prints lines. Its standard error goes to a file. When the
    test is killed, it ends too, by the signal LAST."""

    LAST = signal.SIGKILL

    def __init__(self, argv, log, env=None, pass_fds=()):
        self.name = os.path.basename(argv[0])
        self.log = log
        with open(log, "ab") as err:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=err, env=env, text=True, bufsize=1,
                encoding="utf-8", pass_fds=pass_fds,
                preexec_fn=lambda: die_with_parent(self.LAST))
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def line(self, deadline):
        """The next line, None at the end of the output."""
        try:
            return self._lines.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise AssertionError(
                f"{self.name} says nothing more:\n{self.errors()}") from None

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.name} does not end:\n{self.errors()}") from None

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdin.close()
        self._reader.join(10)
        self.process.stdout.close()

    def errors(self):
        with open(self.log, errors="replace") as file:
            return file.read()[-4000:]


class Client(Process):
    """The elements: see interop-client.c."""

    def __init__(self, program, question, answer, log, elements=1, prefix=(),
                 env=None, **settings):
        argv = [*prefix, program, f"--elements={elements}", question, answer]
        argv += [f"{name.replace('_', '-')}={value}"
                 for name, value in settings.items()]
        super().__init__(argv, log, dict(os.environ, **env) if env else None)
        self.seen = []
        self.deadline = time.monotonic() + PATIENCE

    def read(self):
        """The next of what it prints; at the end None."""
        line = self.line(self.deadline)
        if line is None:
            return None
        try:
            said = json.loads(line)
        except ValueError:
            raise AssertionError(f"not JSON: {line!r}") from None
        self.seen.append(said)
        return said

    def until(self, wanted):
        """Reads until wanted(what it printed) is true."""
        while True:
            said = self.read()
            if said is None:
                raise AssertionError(
                    f"it ended first; it said {self.seen}\n{self.errors()}")
            if wanted(said):
                return said

    def event(self, type_, wanted=lambda event: True):
        """The next event of that type."""
        return self.until(lambda said: said.get("event", {}).get("type")
                          == type_ and wanted(said["event"]))["event"]

    def command(self, line):
        self.say(line)
        return self.until(lambda said: "done" in said)["done"]

    def finish(self):
        """Reads up to the end, which must be without errors."""
        while self.read() is not None:
            pass
        status = self.wait()
        errors = [said for said in self.seen
                  if "error" in said or "warning" in said]
        if status != 0 or errors or {"eos": True} not in self.seen:
            raise AssertionError(
                f"status {status}, {errors or self.seen}\n{self.errors()}")
        return self.events()

    def failure(self):
        """Reads up to the end, which must be an error; all of that."""
        while self.read() is not None:
            pass
        if self.wait() != 1:
            raise AssertionError(f"no failure: {self.seen}")
        return next(said for said in self.seen if "error" in said)

    def fail(self):
        """The same; only the text."""
        return self.failure()["error"]

    def events(self):
        return self.of("event")

    def of(self, name):
        """All that it printed under that name."""
        return [said[name] for said in self.seen if name in said]


# --- tests -----------------------------------------------------------------

# Set by main().
programs = None


class TestCase(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="interop-")
        if "INTEROP_KEEP" in os.environ:
            print(f"in {self.dir}", flush=True)
        else:
            self.addCleanup(shutil.rmtree, self.dir, True)

    def path(self, name):
        return os.path.join(self.dir, name)

    def make_question(self, speech):
        """A question as a file: speech with a little silence around."""
        path = self.path("question.wav")
        save(path, numpy.concatenate([silence(0.2), speech, silence(0.1)]))
        return path

    def client(self, question, answer="answer.wav", **settings):
        """Starts it; "-" for silence, and for an answer that is not kept."""
        client = Client(programs.client, question,
                        answer if answer == "-" else self.path(answer),
                        self.path("client.log"), **settings)
        self.addCleanup(client.stop)
        return client

    def emulator(self, *options, prefix=()):
        """Starts it, as self.server; returns its URL and where it records."""
        record = self.path("emulator")
        os.mkdir(record)
        self.server = Process(
            [*prefix, programs.emulator, "--port", "0", "--exit-with-parent",
             "--record", record, *options], self.path("emulator.log"))
        self.addCleanup(self.server.stop)
        url = self.server.line(time.monotonic() + PATIENCE)
        self.assertIsNotNone(url, self.server.errors())
        return url, record

    def exchanged(self, record, location):
        """What the emulator recorded of the call at that Location: what it
        heard, what it said, its events, the client's events."""
        path = os.path.join(record, location.split("/")[-1])
        events = {"in": [], "out": []}
        with open(path + ".jsonl", encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                events.setdefault(entry["dir"], []).append(entry["event"])
        return (load(path + ".wav"), load(path + "-said.wav"),
                events["out"], events["in"])

    def answer(self):
        return load(self.path("answer.wav"))

    def assert_same(self, question, answer):
        value = similarity(question, answer)
        if value <= SAME:
            value = stretched_similarity(question, answer)
        self.assertGreater(
            value, SAME, f"of {len(question)} samples in {len(answer)}")

    def assert_foreign(self, question, answer):
        self.assertLess(similarity(question, answer), FOREIGN)
        self.assertLess(stretched_similarity(question, answer), SAME)

    def assert_turn(self, events, transcript, names=None):
        """The events of one turn that was answered with these words, in an
        order that the API allows, and all about the same items."""
        names = names or TURN
        types = [event["type"] for event in events]
        position = -1
        for name in names:
            self.assertIn(name, types[position + 1:], f"{types}")
            position = types.index(name, position + 1)
        by_type = {event["type"]: event for event in events}
        item = by_type["input_audio_buffer.committed"]["item_id"]
        for name in ("input_audio_buffer.speech_started",
                     "input_audio_buffer.speech_stopped"):
            if name in names:
                self.assertEqual(by_type[name]["item_id"], item)
        response = by_type["response.created"]["response"]["id"]
        self.assertEqual(by_type["response.done"]["response"]["id"], response)
        self.assertEqual(
            by_type["response.done"]["response"]["status"], "completed")
        for name in ("output_audio_buffer.started",
                     "output_audio_buffer.stopped"):
            self.assertEqual(by_type[name]["response_id"], response)
        self.assert_transcript(events, transcript)

    def assert_transcript(self, events, words):
        """What the one answer in these events says: in pieces, as a whole, and
        in the finished item, all of the same response."""
        def select(*ends):
            return [event for event in events for name in TRANSCRIPT
                    if event["type"] in [name + end for end in ends]]

        response, = [event["response"] for event in events
                     if event["type"] == "response.done"]
        self.assertEqual({event["response_id"]
                          for event in select(".delta", ".done")},
                         {response["id"]})
        self.assertEqual(
            "".join(event["delta"] for event in select(".delta")), words)
        self.assertEqual(
            [event["transcript"] for event in select(".done")], [words])
        self.assertEqual(
            [part["transcript"] for item in response["output"]
             for part in item["content"]], [words])


# What a turn of the server's voice detection must have, in this order.
TURN = [
    "session.created",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "response.created",
    "output_audio_buffer.started",
    "output_audio_buffer.stopped",
]


# Without voice detection.
PUSHED_TURN = [name for name in TURN if ".speech_" not in name]

# Of the transcript of what the model says: now, and in the beta.
TRANSCRIPT = ["response.output_audio_transcript", "response.audio_transcript"]


def trim(samples, level=300):
    """Without the silence at both ends, which voice detection takes away."""
    loud = numpy.nonzero(numpy.abs(samples) > level)[0]
    return samples[loud[0]:loud[-1] + 1] if len(loud) else samples


def load_speech(source):
    """Speech, without silence around."""
    if not os.path.exists(source):
        raise unittest.SkipTest(f"{source} is not there, install alsa-utils")
    return trim(load(source))


def load_phrase():
    """Two words with a pause of 0.4 s between them."""
    return load_speech(FRONT_CENTER)


def load_word():
    """The second of them, 0.5 s: for what only has to get through."""
    phrase = load_phrase()
    return trim(phrase[int(0.7 * RATE):])


# For voice detection that no pause within the phrase ends a turn for, also when it
# grows because a busy machine sends late.
DETECTION = {"type": "server_vad", "silence_duration_ms": 800}

# The same as a property of the elements; and for a word, what ends its turn soon.
LONG_TURN = {"vad_silence_duration": DETECTION["silence_duration_ms"]}
SHORT_TURN = {"vad_prefix_padding": 100, "vad_silence_duration": 200}


class Result(unittest.TextTestResult):
    """Shows the logs of a test that failed, before they are removed."""

    def _show_logs(self, test):
        for path in sorted(glob.glob(os.path.join(
                glob.escape(getattr(test, "dir", "/nonexistent")), "*.log"))):
            with open(path, errors="replace") as file:
                print(f"--- {os.path.basename(path)}\n{file.read()[-4000:]}",
                      flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._show_logs(test)

    def addError(self, test, err):
        super().addError(test, err)
        self._show_logs(test)


def main(parser):
    """Runs the tests of the calling program; 77 when all were skipped."""
    global programs
    parser.add_argument("--client", required=True, help="interop-client")
    parser.add_argument("--emulator", required=True)
    programs, rest = parser.parse_known_args()
    os.environ["LC_ALL"] = "C.UTF-8"
    program = unittest.main(
        module="__main__", argv=[sys.argv[0], "-v", *rest], exit=False,
        testRunner=unittest.TextTestRunner(
            stream=sys.stdout, verbosity=2, resultclass=Result))
    result = program.result
    for test, why in result.skipped:
        print(f"skipped: {test}: {why}")
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun == len(result.skipped):
        sys.exit(SKIPPED)
