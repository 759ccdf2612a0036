# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Sound that can be found again, what the peers recorded, and what the relay
saw on the wire."""

import ctypes
import ctypes.util
import os
import struct
import wave

try:
    import numpy
except ImportError:
    raise ImportError("python3-numpy is not installed") from None

RATE = 24000
PACKET = RATE // 50
RTP_PER_SAMPLE = 2

# Marks: chirps of 60 ms, one every 100 ms, each another one than its
# neighbours. They begin where a packet begins.
MARK_PERIOD = 5 * PACKET
MARK_LENGTH = 3 * PACKET
N_MARKS = 8
# A mark counts as found with this much of it.
FOUND = 0.5
# A packet counts as damaged with less in common than this.
INTACT = 0.6


# --- files -----------------------------------------------------------------


def save_wav(path, samples):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", None))
        file.writeframes(numpy.clip(numpy.round(samples), -32768, 32767)
                         .astype("<i2").tobytes())


def load_wav(path):
    with wave.open(path) as file:
        rate = file.getframerate()
        channels = file.getnchannels()
        data = file.readframes(file.getnframes())
    samples = numpy.frombuffer(data[:len(data) // 2 * 2], "<i2").astype(float)
    samples = samples[:len(samples) // channels * channels]
    return resample(samples.reshape(-1, channels).mean(axis=1), rate)


def resample(samples, rate, to=RATE):
    """In the frequency domain: exact for what both rates can carry."""
    if rate == to or not len(samples):
        return numpy.asarray(samples, float)
    count = int(len(samples) * to / rate)
    spectrum = numpy.fft.rfft(samples)
    wanted = numpy.zeros(count // 2 + 1, complex)
    shared = min(len(wanted), len(spectrum))
    wanted[:shared] = spectrum[:shared]
    return numpy.fft.irfft(wanted, count) * (count / len(samples))


class Recording:
    """What a peer wrote with --record."""

    HEADER = struct.Struct("=qqQII")

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        if data[:8] != b"OAIREC1\n":
            raise ValueError(f"{path} is no recording")
        at = 8
        pad, rendered, lengths, chunks = [], [], [], []
        while at + self.HEADER.size <= len(data):
            at_pad, at_sink, _, n, _ = self.HEADER.unpack_from(data, at)
            at += self.HEADER.size
            chunks.append(numpy.frombuffer(data, "=i2", n, at))
            at += 2 * n
            pad.append(at_pad)
            rendered.append(at_sink)
            lengths.append(n)
        self.at_pad = numpy.array(pad, float)
        self.rendered = numpy.array(rendered, float)
        self.starts = numpy.concatenate(
            [[0], numpy.cumsum(lengths)]).astype(int)
        self.samples = numpy.concatenate(chunks).astype(float) \
            if chunks else numpy.zeros(0)

    def chunk_of(self, sample):
        return int(numpy.searchsorted(self.starts, sample, "right")) - 1

    def pad_time(self, sample):
        """us; when it was at the source pad. A buffer comes as a whole."""
        chunk = self.chunk_of(sample)
        if not 0 <= chunk < len(self.at_pad):
            return None
        return self.at_pad[chunk]

    def render_time(self, sample):
        """us; when a sink that keeps time would have made it heard."""
        chunk = self.chunk_of(sample)
        if not 0 <= chunk < len(self.rendered) or not self.rendered[chunk]:
            return None
        return self.rendered[chunk] + (sample - self.starts[chunk]) \
            * 1e6 / RATE


class Packets:
    """RTP of one direction from the relay's log, in the order of sequence
    numbers. Times in us; NaN for what was lost. When a client placed several
    calls beside each other, that is the one that had most of it."""

    def __init__(self, path, direction):
        lines = {}
        with open(path) as file:
            for line in file:
                words = line.split()
                if words[0] != "#" and words[1] == direction:
                    lines.setdefault(int(words[0]), []).append(words)
        rows = {}
        last = None
        self.others = []
        for words in max(lines.values(), default=[], key=lambda call: sum(
                words[5] == "rtp" for words in call)):
            enter = float(words[2])
            leave = float("nan") if words[3] == "-" else float(words[3])
            if words[5] != "rtp":
                self.others.append(
                    (words[5], enter, leave, int(words[4])))
                continue
            if int(words[9]) & 0x7f in range(72, 77):
                continue
            seqnum = int(words[7])
            if last is not None:
                seqnum += round((last - seqnum) / 65536) * 65536
            last = seqnum if last is None else max(last, seqnum)
            # A duplicate counts where it came first.
            rows.setdefault(seqnum, (enter, leave, int(words[8]),
                                     int(words[9]) >> 7))
        self.seqnums = numpy.array(sorted(rows))
        ordered = [rows[seqnum] for seqnum in self.seqnums]
        self.enter = numpy.array([row[0] for row in ordered])
        self.leave = numpy.array([row[1] for row in ordered])
        self.marker = numpy.array([row[3] for row in ordered], bool)
        times = numpy.array([row[2] for row in ordered], float)
        # Unwrapped.
        if len(times):
            steps = numpy.diff(times)
            steps -= numpy.round(steps / 2 ** 32) * 2 ** 32
            times = times[0] + numpy.concatenate([[0], numpy.cumsum(steps)])
        self.rtp_times = times

    def __len__(self):
        return len(self.seqnums)

    def spurts(self):
        """(first, after last) of packets that follow without a gap in RTP
        time, as a sender that pauses makes them."""
        if not len(self):
            return []
        gaps = numpy.diff(self.rtp_times) \
            - numpy.diff(self.seqnums) * PACKET * RTP_PER_SAMPLE
        cuts = numpy.nonzero(gaps > PACKET * RTP_PER_SAMPLE / 2)[0] + 1
        edges = [0, *cuts.tolist(), len(self)]
        return list(zip(edges, edges[1:]))


# --- libopus ---------------------------------------------------------------


def arrival_jitter(times, rtp_times):
    """ms by which packets come later than the fastest of them would have."""
    offsets = times / 1000 - rtp_times / 48
    offsets = offsets[~numpy.isnan(offsets)]
    return offsets - offsets.min() if len(offsets) else offsets


class Opus:
    """The codec as the emulator uses it, to know what a perfect client would
    play."""

    AUDIO = 2049
    SET_BITRATE = 4002
    SET_COMPLEXITY = 4010

    def __init__(self):
        name = ctypes.util.find_library("opus") or "libopus.so.0"
        self.lib = ctypes.CDLL(name)
        for function in ("opus_encoder_create", "opus_decoder_create"):
            getattr(self.lib, function).restype = ctypes.c_void_p

    def through(self, samples):
        """@samples encoded and decoded; whole packets."""
        lib = self.lib
        error = ctypes.c_int()
        encoder = ctypes.c_void_p(lib.opus_encoder_create(
            RATE, 1, self.AUDIO, ctypes.byref(error)))
        decoder = ctypes.c_void_p(lib.opus_decoder_create(
            RATE, 1, ctypes.byref(error)))
        lib.opus_encoder_ctl(encoder, self.SET_BITRATE, ctypes.c_int(64000))
        lib.opus_encoder_ctl(encoder, self.SET_COMPLEXITY, ctypes.c_int(5))
        packet = ctypes.create_string_buffer(1275)
        out = numpy.zeros(PACKET, numpy.int16)
        result = []
        padded = numpy.concatenate(
            [samples, numpy.zeros(-len(samples) % PACKET)])
        for at in range(0, len(padded), PACKET):
            frame = numpy.ascontiguousarray(
                padded[at:at + PACKET].astype(numpy.int16))
            size = lib.opus_encode(
                encoder, frame.ctypes.data_as(ctypes.c_void_p), PACKET,
                packet, len(packet))
            lib.opus_decode(decoder, packet, size,
                            out.ctypes.data_as(ctypes.c_void_p), PACKET, 0)
            result.append(out.astype(float))
        lib.opus_encoder_destroy(encoder)
        lib.opus_decoder_destroy(decoder)
        return numpy.concatenate(result) if result else numpy.zeros(0)

    # Of an encoder for speech or music: what it looks ahead.
    LOOKAHEAD = RATE * 65 // 10000


# --- correlation -----------------------------------------------------------


def correlate(sound, template):
    """Normalised correlation of @template at each place of @sound, -1 to 1;
    0 where @sound is silent."""
    if len(sound) < len(template):
        return numpy.zeros(0)
    size = 1 << (len(sound) + len(template) - 1).bit_length()
    product = numpy.fft.irfft(
        numpy.fft.rfft(sound, size)
        * numpy.conj(numpy.fft.rfft(template, size)), size)
    last = len(sound) - len(template) + 1
    energy = numpy.concatenate([[0.0], numpy.cumsum(sound ** 2)])
    energy = (energy[len(template):] - energy[:-len(template)])[:last]
    own = numpy.sum(template ** 2)
    # Far below the template it is noise, however well it looks like it.
    floor = own * 1e-3
    return product[:last] / numpy.sqrt(numpy.maximum(energy, floor) * own)


def likeness(sound, at, template, slack):
    """The best correlation of @template within @slack samples of @at, and
    where."""
    low = max(0, at - slack)
    piece = sound[low:at + slack + len(template)]
    values = correlate(piece, template)
    if not len(values):
        return 0.0, at
    best = int(numpy.argmax(values))
    return float(values[best]), low + best


# --- marks -----------------------------------------------------------------


def make_mark(number):
    """Sweeps between other frequencies, up and down."""
    low = 300 + 110 * (number % N_MARKS)
    high = 3000 + 350 * ((5 * number) % N_MARKS)
    if number % 2:
        low, high = high, low
    time = numpy.arange(MARK_LENGTH) / RATE
    length = MARK_LENGTH / RATE
    phase = 2 * numpy.pi * (low * time + (high - low) * time ** 2 / 2 / length)
    fade = numpy.minimum(1, numpy.minimum(
        numpy.arange(MARK_LENGTH), numpy.arange(MARK_LENGTH)[::-1]) / 48)
    return 9000 * numpy.sin(phase) * fade


def mark_order(count):
    """Which mark is where. No order of some of them comes twice, so that a part
    says where in the whole it is."""
    generator = numpy.random.default_rng(20)
    order = []
    while len(order) < count:
        left = [mark for mark in range(N_MARKS) if mark not in order[-3:]]
        order.append(int(generator.choice(left)))
    return order


def make_marks(order):
    sound = numpy.zeros(len(order) * MARK_PERIOD)
    for number, mark in enumerate(order):
        at = number * MARK_PERIOD
        sound[at:at + MARK_LENGTH] = make_mark(mark)
    return sound


def find_all(sound, template, apart=0.4):
    """Each place of @sound where @template is, @apart seconds or more."""
    curve = correlate(sound, template)
    places = []
    while len(curve):
        best = int(numpy.argmax(curve))
        if curve[best] < 0.7:
            break
        places.append(best)
        low = max(0, best - int(apart * RATE))
        curve[low:best + int(apart * RATE)] = 0
    return sorted(places)


def get_curves(sound, reference, order):
    """For each kind of mark: how much of it is at each place of @sound. The
    template is what the codec makes of it, its lookahead included."""
    length = MARK_LENGTH + Opus.LOOKAHEAD
    curves = {}
    for number in range(len(order) - 1, -1, -1):
        # The last one of a kind but for the end, as a decoder has to settle.
        mark = order[number]
        template = reference[number * MARK_PERIOD:][:length]
        if mark not in curves and len(template) == length:
            curves[mark] = correlate(sound, template)
    return curves


def find_peaks(curve, apart=PACKET):
    """(place, height) of what stands out above FOUND."""
    above = numpy.nonzero(curve > FOUND)[0]
    if not len(above):
        return []
    groups = numpy.split(above, numpy.nonzero(numpy.diff(above) > apart)[0] + 1)
    return [(int(group[numpy.argmax(curve[group])]),
             float(curve[group].max())) for group in groups]


# What it costs to move by 100 ms from one mark to the next, and to leave one out,
# in units of a mark found.
MOVE_COST = 0.3
SKIP_COST = 0.4
MAX_SKIPPED = 20
MAX_MOVE = RATE // 2


def find_marks(sound, reference, order):
    """Where each mark of @reference is in @sound: a list of (number, sample), in
    order; those that cannot be found are left out.

    A client may play faster or slower, leave out what was lost or wait for it, so
    of all the places that look like each mark the chain is taken that has the
    most of them and moves the least."""
    curves = get_curves(sound, reference, order)
    peaks = {mark: find_peaks(curve) for mark, curve in curves.items()}
    nodes = [(number, place, height) for number, mark in enumerate(order)
             for place, height in peaks.get(mark, [])]
    if not nodes:
        return []
    numbers = numpy.array([node[0] for node in nodes])
    places = numpy.array([node[1] for node in nodes])
    heights = numpy.array([node[2] for node in nodes])
    moved = places - numbers * MARK_PERIOD
    # The best chain that ends with each, and what comes before it.
    total = heights.copy()
    previous = numpy.full(len(nodes), -1)
    for i in range(len(nodes)):
        first = numpy.searchsorted(numbers, numbers[i] - MAX_SKIPPED)
        last = numpy.searchsorted(numbers, numbers[i])
        if first == last:
            continue
        distance = numpy.abs(moved[first:last] - moved[i])
        value = total[first:last] - MOVE_COST * distance / (0.1 * RATE) \
            - SKIP_COST * (numbers[i] - numbers[first:last] - 1)
        value[(distance > MAX_MOVE) | (places[first:last] >= places[i])] = -1
        best = int(numpy.argmax(value))
        if value[best] > 0:
            total[i] += value[best]
            previous[i] = first + best
    at = int(numpy.argmax(total))
    found = []
    while at >= 0:
        found.append((int(numbers[at]), int(places[at])))
        at = previous[at]
    return found[::-1]


def count_damaged(sound, reference, found):
    """(damaged, all) of the packets that carry marks: those that do not sound
    as they should."""
    places = dict(found)
    damaged = total = 0
    for number in range(len(reference) // MARK_PERIOD):
        for i in range(MARK_LENGTH // PACKET):
            total += 1
            at = number * MARK_PERIOD + i * PACKET
            if number not in places:
                damaged += 1
                continue
            template = reference[at:at + PACKET]
            value, _ = likeness(sound, places[number] + i * PACKET, template,
                                PACKET // 2)
            damaged += value < INTACT
    return damaged, total


# --- speech ---

ALSA = "/usr/share/sounds/alsa/"


def make_speech(seconds):
    """People who speak, again and again; marks where alsa-utils is not
    installed."""
    words = [load_wav(ALSA + name) for name in (
        "Front_Center.wav", "Rear_Left.wav", "Front_Right.wav",
        "Side_Left.wav", "Rear_Right.wav")
        if os.path.exists(ALSA + name)]
    sound = numpy.concatenate(words) if words else \
        make_marks(mark_order(60))
    count = int(seconds * RATE)
    return numpy.tile(sound, -(-count // len(sound)))[:count]


# --- answers ---------------------------------------------------------------


def make_answer(number, marks=20):
    """Loud from its first sample to its last, no two alike: chirps without
    gaps."""
    generator = numpy.random.default_rng(1000 + number)
    order = []
    while len(order) < marks:
        left = [mark for mark in range(N_MARKS) if mark not in order[-2:]]
        order.append(int(generator.choice(left)))
    return numpy.concatenate([make_mark(mark) for mark in order])


# Hz; below is the tone, above are the marks.
BORDER = 220


def make_tone(seconds):
    """Loud all the time, and below the marks."""
    time = numpy.arange(int(seconds * RATE)) / RATE
    return 6000 * numpy.sin(2 * numpy.pi * 120 * time) \
        + 3000 * numpy.sin(2 * numpy.pi * 155 * time + 1)


def only_tone(sound):
    """What is in there of the tone."""
    spectrum = numpy.fft.rfft(sound)
    spectrum[int(BORDER * len(sound) / RATE):] = 0
    return numpy.fft.irfft(spectrum, len(sound))


def as_loud_as(sound, reference):
    """@reference ms by ms as loud as it is in @sound, at most as it is: a client
    that fades it in leaves a part of it out and adds nothing."""
    step = RATE // 1000
    count = len(reference) // step * step
    pieces = reference[:count].reshape(-1, step)
    energies = (pieces ** 2).sum(axis=1)
    gains = (sound[:count].reshape(-1, step) * pieces).sum(axis=1) \
        / numpy.maximum(energies, 1)
    result = reference.copy()
    result[:count] = (pieces * numpy.clip(gains, 0, 1)[:, None]).ravel()
    return result


def find_whole(sound, reference, low=0, high=None):
    """Where @reference is found best between two places, and how well."""
    piece = sound[low:high]
    curve = correlate(piece, reference)
    if not len(curve):
        return None, 0.0
    best = int(numpy.argmax(curve))
    return low + best, float(curve[best])


# A piece of 20 ms is intact with so much of it, and so much of its energy.
PIECE_LIKENESS = 0.8
PIECE_ENERGY = 0.5
# By how much a piece may be moved against the one before: a client that runs dry
# waits, one that is behind hurries.
PIECE_SLACK = 4 * PACKET
# The beginning by which an answer is found.
HEAD = RATE // 5


def find_answer(sound, reference, low=0, high=None):
    """Where @reference begins in @sound, None when it is not there. Waiting in
    its midst moves the rest, so the beginning is looked for by itself."""
    whole, value = find_whole(sound, reference, low, high)
    if whole is None or value < 0.25:
        return None
    near = 2 * HEAD
    begin, value = find_whole(sound, reference[:HEAD],
                              max(low, whole - near), whole + near + HEAD)
    return begin if value > FOUND else whole


def follow(sound, reference, begin):
    """For each packet of @reference whether it is in @sound, one behind the other;
    @reference begins at @begin. A client that waits does so between two packets."""
    result = []
    moved = begin
    for at in range(0, len(reference) - PACKET + 1, PACKET):
        template = reference[at:at + PACKET]
        low = max(0, moved + at - PIECE_SLACK)
        window = correlate(
            sound[low:moved + at + PIECE_SLACK + PACKET], template)
        if not len(window):
            result.append(False)
            continue
        # What is alike comes again; nearer is likelier.
        distance = numpy.abs(numpy.arange(len(window)) + low - moved - at)
        best = int(numpy.argmax(window - 0.1 * distance / PIECE_SLACK))
        place = low + best
        energy = numpy.sum(sound[place:place + PACKET] ** 2)
        good = window[best] >= PIECE_LIKENESS \
            and energy >= PIECE_ENERGY * numpy.sum(template ** 2)
        result.append(bool(good))
        if good:
            moved = place - at
    return result


# Of the first packet what no client fades in.
FIRST = slice(PACKET // 2, PACKET)


def find_head(sound, reference, about):
    """Where the first packet of @reference is in @sound, and how much of the first
    HEAD follows without a wait. find_answer() says where it is about: that is
    behind the wait when most is behind it."""
    low = max(0, about - 2 * PIECE_SLACK)
    part = sound[low:about + HEAD + 2 * PIECE_SLACK]
    # Another sound may be below it.
    part = part - only_tone(part)
    clean = reference - only_tone(reference)

    def find(piece, place):
        start = max(0, place + piece.start - PIECE_SLACK - low)
        window = correlate(
            part[start:place + piece.stop + PIECE_SLACK - low], clean[piece])
        if not len(window):
            return None, 0.0
        best = int(numpy.argmax(window))
        return low + start + best - piece.start, float(window[best])

    begin, likeness = find(FIRST, about)
    if likeness < PIECE_LIKENESS:
        begin = about
    for at in range(PACKET, min(HEAD, len(reference) - PACKET + 1), PACKET):
        if find(slice(at, at + PACKET), begin)[0] not in \
                range(begin - 2, begin + 3):
            return begin, at
    return begin, HEAD


# --- quality ---------------------------------------------------------------

# Of speech that is followed as a whole.
BLOCK = RATE // 10
BLOCK_SLACK = RATE // 12
MAX_BLOCK_SLACK = RATE // 2
BLOCK_FOUND = 0.7
# dB, as segmental SNR is usually bounded.
MIN_SNR, MAX_SNR = -10, 35
# Frames below this are pauses.
ACTIVE = 200


def spectrum_of(frame):
    return 20 * numpy.log10(
        numpy.abs(numpy.fft.rfft(frame * numpy.hanning(len(frame)))) + 1e2)


def find_speech(sound, reference, length=RATE // 3, seconds=2):
    """How far the beginning of @reference is moved in @sound. Something is lost
    in any part of it, so the part is taken that is found best; words that come
    again are those that came first."""
    best, moved = BLOCK_FOUND, None
    for at in range(0, seconds * RATE - length, length // 2):
        part = reference[at:at + length]
        if numpy.sqrt(numpy.mean(part ** 2)) < ACTIVE:
            continue
        curve = correlate(sound, part)
        if not len(curve) or curve.max() <= best:
            continue
        best = curve.max()
        first = int(numpy.nonzero(curve > 0.9 * best)[0][0])
        moved = first + int(numpy.argmax(curve[first:first + PACKET])) - at
    return moved


def rate(sound, reference):
    """(segmental SNR, log-spectral distance), dB, of the frames of 20 ms of
    @reference that are not pauses; each block of 0.1 s where it is found."""
    moved = find_speech(sound, reference)
    if moved is None:
        return float(MIN_SNR), float("nan")
    slack = BLOCK_SLACK
    snrs, distances = [], []
    for at in range(0, len(reference) - BLOCK + 1, BLOCK):
        block = reference[at:at + BLOCK]
        if numpy.sqrt(numpy.mean(block ** 2)) > ACTIVE:
            low = max(0, moved + at - slack)
            window = correlate(sound[low:moved + at + slack + BLOCK], block)
            best = 0
            if len(window):
                # Speech is like itself a period later.
                distance = numpy.abs(
                    numpy.arange(len(window)) + low - moved - at)
                best = int(numpy.argmax(window - 0.2 * distance / slack))
            if len(window) and window[best] > BLOCK_FOUND:
                moved = low + best - at
                slack = BLOCK_SLACK
            else:
                # It may be the next ones that show where it is.
                slack = min(slack * 3 // 2, MAX_BLOCK_SLACK)
        for begin in range(at, at + BLOCK, PACKET):
            frame = reference[begin:begin + PACKET]
            if numpy.sqrt(numpy.mean(frame ** 2)) < ACTIVE:
                continue
            place = max(0, begin + moved)
            heard = sound[place:place + PACKET]
            heard = numpy.pad(heard, (0, PACKET - len(heard)))
            error = numpy.sum((frame - heard) ** 2)
            snrs.append(numpy.clip(
                10 * numpy.log10(numpy.sum(frame ** 2) / max(error, 1e-9)),
                MIN_SNR, MAX_SNR))
            distances.append(numpy.sqrt(numpy.mean(
                (spectrum_of(frame) - spectrum_of(heard)) ** 2)))
    if not snrs:
        return float(MIN_SNR), float("nan")
    return float(numpy.mean(snrs)), float(numpy.mean(distances))
