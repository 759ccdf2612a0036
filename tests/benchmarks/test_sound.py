#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Whether the benchmarks measure what they say: on recordings and logs that
were made up, so that what has to come out is known."""

import os
import struct
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

try:
    import numpy
    import sound
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

import bench_delay
import bench_interrupt
import harness
import report

N = 60
SEED = 7
START = 1_000_000_000


class TestCase(unittest.TestCase):
    def setUp(self):
        self.order = sound.mark_order(N)
        self.marks = sound.make_marks(self.order)
        self.reference = sound.Opus().through(self.marks)
        self.dir = tempfile.TemporaryDirectory(prefix="bench-test-")
        self.addCleanup(self.dir.cleanup)

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def write_recording(self, samples, begin, chunk=240):
        """A client that hands over @samples from @begin (us) on, in time."""
        path = self.path("recording")
        with open(path, "wb") as file:
            file.write(b"OAIREC1\n")
            for at in range(0, len(samples), chunk):
                part = samples[at:at + chunk]
                time = int(begin + at * 1e6 / sound.RATE)
                file.write(struct.pack("=qqQII", time, time + 30000, 0,
                                       len(part), 0))
                file.write(part.astype("=i2").tobytes())
        return sound.Recording(path)

    def write_log(self, delays, direction="down", first_seqnum=65500):
        """Packets each 20 ms from START on, each late by its delay (ms)."""
        path = self.path("log")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# header\n")
            for i, delay in enumerate(delays):
                enter = START + i * 20000
                leave = "-" if delay is None else int(enter + delay * 1000)
                file.write(f"0 {direction} {enter} {leave} 150 rtp 1 "
                           f"{(first_seqnum + i) % 65536} "
                           f"{(2 ** 32 - 4800 + i * 960) % 2 ** 32} 111\n")
        return sound.Packets(path, direction)


class Marks(TestCase):
    def shifts(self, samples):
        return {number: place - number * sound.MARK_PERIOD
                for number, place in sound.find_marks(
                    samples, self.reference, self.order)}

    def test_all_are_found_where_they_are(self):
        samples = numpy.concatenate([numpy.zeros(12345), self.reference])
        shifts = self.shifts(samples)
        self.assertEqual(len(shifts), N)
        self.assertEqual(set(shifts.values()), {12345})

    def test_noise_does_not_move_them(self):
        noise = numpy.random.default_rng(SEED).normal(
            0, 300, len(self.reference))
        shifts = self.shifts(self.reference + noise)
        self.assertEqual(len(shifts), N)
        self.assertLessEqual(max(map(abs, shifts.values())), 2)

    def test_sound_that_was_left_out_moves_what_follows(self):
        cut = 20 * sound.MARK_PERIOD + 4 * sound.PACKET
        samples = numpy.delete(
            self.reference, slice(cut, cut + sound.PACKET))
        shifts = self.shifts(samples)
        self.assertEqual(shifts[20], 0)
        self.assertEqual(shifts[21], -sound.PACKET)
        self.assertEqual(shifts[N - 1], -sound.PACKET)

    def test_delay_that_grows_is_followed(self):
        pieces = []
        for number in range(N):
            at = number * sound.MARK_PERIOD
            pieces += [self.reference[at:at + sound.MARK_PERIOD],
                       numpy.zeros(360)]
        shifts = self.shifts(numpy.concatenate(pieces))
        self.assertGreaterEqual(len(shifts), N - 1)
        for number, shift in shifts.items():
            self.assertEqual(shift, 360 * number)

    def test_lost_packets_are_counted(self):
        samples = self.reference.copy()
        lost = [5, 31, 32, 107]
        for packet in lost:
            samples[packet * sound.PACKET:(packet + 1) * sound.PACKET] = 0
        found = sound.find_marks(samples, self.reference, self.order)
        damaged, total = sound.count_damaged(samples, self.reference, found)
        self.assertEqual(total, N * 3)
        with_marks = [packet for packet in lost if packet % 5 < 3]
        self.assertEqual(damaged, len(with_marks))

    def test_nothing_is_found_in_silence_or_noise(self):
        self.assertEqual(self.shifts(numpy.zeros(48000)), {})
        noise = numpy.random.default_rng(SEED).normal(0, 3000, 240000)
        self.assertLess(len(self.shifts(noise)), 3)


class Delay(TestCase):
    def test_downlink_is_what_it_was_made(self):
        packets = self.write_log([40.0] * (N * 5))
        # The first packet leaves at START + 40 ms; the client plays it 37 ms
        # later.
        recording = self.write_recording(self.reference, START + 77000)
        found = sound.find_marks(
            recording.samples, self.reference, self.order)
        delays = bench_delay.get_downlink(recording, packets, found)
        self.assertEqual(len(delays), N)
        for _, pad, sink in delays:
            self.assertAlmostEqual(pad, 37, delta=0.01)
            self.assertAlmostEqual(sink, 67, delta=0.01)
        self.assertAlmostEqual(delays[-1][0], (N - 1) * 0.1 + 0.04, delta=0.01)

    def test_lost_packets_have_no_delay(self):
        delays = [40.0] * (N * 5)
        delays[50] = None
        packets = self.write_log(delays)
        recording = self.write_recording(self.reference, START + 77000)
        found = sound.find_marks(
            recording.samples, self.reference, self.order)
        self.assertEqual(
            len(bench_delay.get_downlink(recording, packets, found)), N - 1)

    def test_uplink_is_what_it_was_made(self):
        turns = sound.make_marks(range(sound.N_MARKS))
        mic = numpy.tile(turns, 4)
        # Each packet leaves 21 ms after its first sample was captured.
        skipped = 228
        heard = sound.Opus().through(mic[skipped:])
        packets = self.write_log([0] * (len(heard) // sound.PACKET), "up")
        mic_start = START - 21000 - skipped * 1e6 / sound.RATE
        delays = bench_delay.get_uplink(heard, packets, mic_start, 0)
        self.assertGreaterEqual(len(delays), 4 * sound.N_MARKS - 2)
        for delay in delays:
            self.assertAlmostEqual(delay, 21, delta=0.3)
        late = bench_delay.get_uplink(
            heard, packets, mic_start, START + 1_600_000)
        self.assertLess(len(late), len(delays) * 0.6)

    def test_jitter_is_counted_from_the_fastest(self):
        packets = self.write_log([20 + i % 10 for i in range(100)])
        jitter = sound.arrival_jitter(packets.leave, packets.rtp_times)
        self.assertAlmostEqual(jitter.min(), 0, delta=0.01)
        self.assertAlmostEqual(jitter.max(), 9, delta=0.01)

    def test_the_call_that_had_the_sound_counts(self):
        path = self.path("log")
        with open(path, "w", encoding="utf-8") as file:
            file.write("0 down 5 - 300 dtls\n0 down 6 7 150 rtp 1 1 960 111\n")
            for i in range(10):
                file.write(f"1 down {i} {i} 150 rtp 2 {i} {i * 960} 111\n")
        packets = sound.Packets(path, "down")
        self.assertEqual(len(packets), 10)
        self.assertEqual(packets.enter[0], 0)

    def test_pauses_of_the_sender_part_spurts(self):
        path = self.path("log")
        with open(path, "w", encoding="utf-8") as file:
            for i in range(10):
                rtp_time = i * 960 + (48000 if i >= 6 else 0)
                file.write(f"0 down {i} {i} 150 rtp 1 {i} {rtp_time} 111\n")
        self.assertEqual(sound.Packets(path, "down").spurts(),
                         [(0, 6), (6, 10)])


class Answers(unittest.TestCase):
    def setUp(self):
        answer = sound.make_answer(3)
        self.length = len(answer)
        self.reference = sound.Opus().through(numpy.concatenate(
            [answer, numpy.zeros(sound.PACKET)]))

    def pieces(self, samples):
        begin = sound.find_answer(samples, self.reference)
        return None if begin is None else sound.follow(
            samples, self.reference, begin)

    def around(self, *parts):
        return numpy.concatenate([numpy.zeros(30000), *parts,
                                  numpy.zeros(30000)])

    def test_whole_answer(self):
        self.assertTrue(all(self.pieces(self.around(self.reference))))

    def test_answer_that_waits_in_its_midst_is_whole(self):
        for packet in (1, 10, 42):
            at = packet * sound.PACKET
            samples = self.around(self.reference[:at], numpy.zeros(1440),
                                  self.reference[at:])
            self.assertTrue(all(self.pieces(samples)))

    def test_torn_packet(self):
        for at in (5000, 9700, 20000):
            samples = self.around(self.reference[:at], numpy.zeros(1440),
                                  self.reference[at:])
            self.assertLessEqual(self.pieces(samples).count(False), 1)

    def test_missing_beginning(self):
        pieces = self.pieces(self.around(
            numpy.zeros(960), self.reference[960:]))
        self.assertIn(False, pieces[:2])
        self.assertTrue(all(pieces[2:]))

    def test_missing_end(self):
        pieces = self.pieces(self.around(
            self.reference[:self.length - 300]))
        self.assertFalse(pieces[-1])
        self.assertTrue(all(pieces[:-2]))

    def test_quiet_piece(self):
        samples = self.reference.copy()
        samples[4800:5760] *= 0.3
        pieces = self.pieces(self.around(samples))
        self.assertIn(pieces.count(False), (1, 2, 3))

    def test_other_answer(self):
        other = sound.Opus().through(sound.make_answer(4))
        pieces = self.pieces(self.around(other))
        if pieces is not None:
            self.assertGreater(pieces.count(False), len(pieces) // 2)


class Interruption(TestCase):
    def judge(self, samples, told):
        recording = self.write_recording(samples, START)
        return bench_interrupt.judge(
            recording, START + told * 1000, self.answer)

    def setUp(self):
        super().setUp()
        self.answer = sound.Opus().through(sound.make_answer(0))
        self.tone = sound.make_tone(2)

    def test_silence_after_so_many_ms(self):
        samples = numpy.concatenate([
            self.tone[:24000 + 312], numpy.zeros(9600), self.answer,
            numpy.zeros(9600)])
        pad, sink, after, bad = self.judge(samples, 1000)
        self.assertAlmostEqual((pad - START) / 1000, 1013, delta=0.2)
        self.assertAlmostEqual((sink - START) / 1000, 1043, delta=0.2)
        self.assertEqual(after, 0)
        self.assertEqual(bad, 0)

    def test_what_comes_after_the_silence(self):
        samples = numpy.concatenate([
            self.tone[:24000], numpy.zeros(2400), self.tone[:480],
            numpy.zeros(7200), self.answer, numpy.zeros(9600)])
        pad, _, after, bad = self.judge(samples, 1000)
        self.assertAlmostEqual((pad - START) / 1000, 1000, delta=0.2)
        self.assertAlmostEqual(after, 20, delta=5)
        self.assertEqual(bad, 0)

    def test_old_answer_under_the_next_one(self):
        mixed = self.answer.copy()
        mixed[:960] += self.tone[:960]
        samples = numpy.concatenate([
            self.tone[:24000], numpy.zeros(9600), mixed, numpy.zeros(9600)])
        self.assertAlmostEqual(self.judge(samples, 1000)[2], 40, delta=8)

    def test_next_answer_that_is_faded_in(self):
        fade = numpy.concatenate([numpy.zeros(156), numpy.arange(60) / 60])
        for number in range(20):
            self.answer = sound.Opus().through(sound.make_answer(number))
            faded = self.answer.copy()
            faded[:len(fade)] *= fade
            samples = numpy.concatenate([
                self.tone[:24000], numpy.zeros(9600), faded,
                numpy.zeros(9600)])
            after, bad = self.judge(samples, 1000)[2:]
            self.assertEqual(after, 0, number)
            self.assertEqual(bad, 0, number)

    def test_next_answer_that_waits(self):
        for number in (0, 3, 9):
            self.answer = sound.Opus().through(sound.make_answer(number))
            for at in (480, 1440, 3840):
                made_up = numpy.resize(self.answer[at - 240:at], 360)
                waiting = numpy.concatenate([
                    self.answer[:at], made_up * numpy.linspace(1, 0.6, 360),
                    self.answer[at - 120:at], self.answer[at:]])
                samples = numpy.concatenate([
                    self.tone[:24000], numpy.zeros(9600), waiting,
                    numpy.zeros(9600)])
                after, bad = self.judge(samples, 1000)[2:]
                self.assertLess(after, 0.5, (number, at))
                self.assertEqual(bad, 0, (number, at))

    def test_old_answer_in_front_of_the_next_one(self):
        mixed = self.answer.copy()
        mixed[:156] = self.tone[24000:24156]
        samples = numpy.concatenate([
            self.tone[:24000], numpy.zeros(9600), mixed, numpy.zeros(9600)])
        self.assertAlmostEqual(self.judge(samples, 1000)[2], 6.5, delta=4)

    def test_next_answer_without_its_beginning(self):
        samples = numpy.concatenate([
            self.tone[:24000], numpy.zeros(12000), self.answer[1920:],
            numpy.zeros(9600)])
        self.assertGreaterEqual(self.judge(samples, 1000)[3], 3)

    def test_the_event_is_the_first_packet_of_its_row(self):
        class Packets:
            others = [("dtls", 0, 1000, 300), ("dtls", 0, 90000, 300),
                      ("dtls", 0, 91000, 400), ("stun", 0, 95000, 300),
                      ("dtls", 0, 96000, 60), ("dtls", 0, 99000, 300)]
        self.assertEqual(bench_interrupt.on_the_wire(Packets, 93000), 90000)


class Quality(unittest.TestCase):
    def setUp(self):
        self.speech = sound.make_speech(3)
        self.noise = numpy.random.default_rng(SEED).normal(
            0, 1, len(self.speech))

    def rate(self, samples):
        return sound.rate(numpy.concatenate(
            [numpy.zeros(7777), samples, numpy.zeros(5000)]), self.speech)

    def test_the_same_is_perfect(self):
        snr, distance = self.rate(self.speech)
        self.assertGreater(snr, 34)
        self.assertLess(distance, 0.5)

    def test_noise_is_what_it_is(self):
        # 10 dB below the speech, where it is loud.
        frames = self.speech[:len(self.speech) // 480 * 480].reshape(-1, 480)
        level = numpy.sqrt(numpy.repeat((frames ** 2).mean(axis=1), 480) / 10)
        noisy = self.speech[:len(level)] + level * self.noise[:len(level)]
        self.assertAlmostEqual(self.rate(noisy)[0], 10, delta=1)

    def test_holes_cost(self):
        holed = self.speech.copy()
        for at in range(0, len(holed), 4800):
            holed[at:at + 480] = 0
        whole, less = self.rate(self.speech), self.rate(holed)
        self.assertLess(less[0], whole[0] - 2)
        self.assertGreater(less[1], whole[1] + 0.5)

    def test_time_that_is_missing_is_followed(self):
        # A packet of each 20.
        kept = numpy.ones(len(self.speech), bool)
        for at in range(0, len(self.speech), 9600):
            kept[at:at + 480] = False
        self.assertGreater(self.rate(self.speech[kept])[0], 25)

    def test_beginning_is_found_though_it_comes_again(self):
        twice = numpy.concatenate([self.speech, self.speech])
        self.assertGreater(self.rate(twice)[0], 34)


class Figures(unittest.TestCase):
    def test_percentiles(self):
        values = [4, 1, 3, 2]
        self.assertEqual(harness.percentile(values, 0.5), 2.5)
        self.assertEqual(harness.percentile(values, 1.0), 4)
        self.assertIsNone(harness.percentile([], 0.5))

    def test_median_of_rounds_with_its_ends(self):
        figures = harness.Figures()
        for round_, values in enumerate(([1, 2, 3], [10, 20, 30], [5, 5, 5])):
            figures.add("b", "c", "m", "elements", round_, values)
        self.assertEqual(
            figures.summary("b", "c", "m", "elements", "p50"), (5, 2, 20))
        self.assertIsNone(figures.summary("b", "c", "m", "other", "p50"))

    def test_budgets(self):
        figures = harness.Figures()
        figures.add("b", "c", "m", "elements", 0, [8])
        figures.add("b", "c", "m", "other", 0, [10])
        for budget, at_least, met in (
                (8, False, True), (7.9, False, False), (8.1, True, False),
                (lambda values: 0.5 * values["other"], False, False)):
            line = report.Line("b", harness.Row(
                "c", "m", "p50", "ms", budget=budget, at_least=at_least,
                compare="other"), figures, ["elements", "other"])
            self.assertIs(line.met, met)
            self.assertAlmostEqual(line.ratio, 0.8)


if __name__ == "__main__":
    unittest.main(verbosity=2)
