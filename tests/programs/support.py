"""What the tests of the programs share: calling them, pictures to give them, what is in the files that they write.

The first argument of the script that imports this is the folder of the programs; the others are unittest's.
"""
import json
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from safetensors_file import tensors  # noqa: E402, F401: for the tests

PROGRAMS = pathlib.Path(sys.argv.pop(1)).resolve()
SMALL = ["--image-size", "32", "--batch-size", "4", "--threads", "1", "--set", "generator.base_channels=4",
         "--set", "generator.max_channels=16", "--set", "discriminator.base_channels=4",
         "--set", "discriminator.max_channels=16", "--set", "samples.count=4", "--set", "samples.columns=2"]
OFTEN = ["--set", "checkpoints.every_kimg=0.02", "--set", "log_every=5"]  # a checkpoint at each fifth step


def run(program, *arguments):
    return subprocess.run([PROGRAMS / program, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def run_into(output, program, *arguments):
    """Standard output goes to a file or a descriptor."""
    return subprocess.run([PROGRAMS / program, *map(str, arguments)], stdout=output, stderr=subprocess.PIPE, text=True,
                          timeout=300)


def run_on_terminal(program, *arguments):
    """Its exit code and what it writes to standard error where that is a terminal."""
    master, terminal = pty.openpty()
    process = subprocess.Popen([PROGRAMS / program, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=terminal)
    os.close(terminal)
    written = b""
    try:
        while part := os.read(master, 4096):
            written += part
    except OSError:  # Linux says so that the program closed it
        pass
    os.close(master)
    return process.wait(timeout=300), written.decode()


def png(path, size=40, value=0, twelve_bits=False, mark=None):
    """`twelve_bits`: in samples of 16. `mark`: the first byte of its pixels, by which pictures of a value differ."""
    values = bytes((x * 5 + value * 31 + c * 70) % 256 for x in range(size) for c in range(3))
    row = b"".join(struct.pack(">H", v << 4) for v in values) if twelve_bits else values
    rows = (b"\0" + row) * size
    if mark is not None:
        rows = rows[:1] + bytes([mark]) + rows[2:]
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 16 if twelve_bits else 8, 2, 0, 0, 0))
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def png_size(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    return struct.unpack(">II", data[16:24])


def png_rows(path):
    """The rows of an RGB PNG of one data chunk, each as bytes."""
    data, (width, height) = path.read_bytes(), png_size(path)
    at = data.index(b"IDAT")
    raw = zlib.decompress(data[at + 4:at + 4 + struct.unpack(">I", data[at - 4:at])[0]])
    rows, above = [], bytes(3 * width)
    for start in range(0, len(raw), 3 * width + 1):
        row = bytearray(raw[start + 1:start + 1 + 3 * width])
        for i, value in enumerate(row):
            left, up, corner = (row[i - 3], above[i], above[i - 3]) if i > 2 else (0, above[i], 0)
            paeth = min((left, up, corner), key=lambda near: abs(left + up - corner - near))
            row[i] = value + (0, left, up, (left + up) // 2, paeth)[raw[start]] & 255
        rows.append(above := bytes(row))
    assert len(rows) == height, path
    return rows


def frames(path):
    """Frames of a GIF by their control blocks, of a WebP by its chunks."""
    data = path.read_bytes()
    if data[:6] == b"GIF89a":
        return len(re.findall(rb"\x21\xf9\x04.{4}\x00[\x21\x2c]", data, re.DOTALL))  # not within compressed data
    count, place = 0, 12
    while place < len(data):
        kind, length = data[place:place + 4], struct.unpack("<I", data[place + 4:place + 8])[0]
        count += kind == b"ANMF"
        place += 8 + length + length % 2
    return count


def animation_size(path):
    data = path.read_bytes()
    if data[:6] == b"GIF89a":
        return struct.unpack("<HH", data[6:10])
    assert data[12:16] == b"VP8X", path
    return tuple(1 + int.from_bytes(data[place:place + 3], "little") for place in (24, 27))


def wait_until(happened, seconds=120):
    """Until happened() or the time is over; what the test checks next says which."""
    deadline = time.monotonic() + seconds
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.01)


def has_rows(folder):
    """Whether the run in the folder has logged a step."""
    log = folder / "metrics.jsonl"
    return log.exists() and log.stat().st_size > 0


class Case(unittest.TestCase):
    def setUp(self):
        self.folder_object = tempfile.TemporaryDirectory(prefix="cspgan-programs-")
        self.folder = pathlib.Path(self.folder_object.name)
        self.images = self.folder / "images"
        self.images.mkdir()
        for i in range(12):
            png(self.images / f"{i:02}.png", value=i)

    def tearDown(self):
        self.folder_object.cleanup()

    def train(self, *more, data=None, out=None):
        return run("celeba_train", "--data", data or self.images, "--out", out or self.folder / "run", *SMALL, *more)

    def start(self, *more, out):
        """The same as `train`, while it runs."""
        return subprocess.Popen([PROGRAMS / "celeba_train", "--data", self.images, "--out", out, *SMALL, *map(str, more)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def contents(self, folder):
        return {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}

    def assert_refused(self, result, code, *words):
        lines = [line for line in result.stderr.strip().splitlines() if not re.match(r"\w+: found \d+ image", line)]
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertRegex(lines[0], r"^\w+: error: ")
        for word in words:
            self.assertIn(word, lines[0])


class SavingOften(Case):
    """Runs with a checkpoint at each fifth step, in self.out if nothing else is said."""

    def setUp(self):
        super().setUp()
        self.out = self.folder / "run"

    def begin(self, steps=40, out=None, *more):
        result = self.train("--steps", steps, *OFTEN, *more, out=out or self.out)
        self.assertEqual(result.returncode, 0, result.stderr)

    def steps(self, out):
        return sorted(int(file.stem[5:]) for file in (out / "checkpoints").glob("step-*.safetensors"))

    def rows(self, out):
        return [json.loads(line)["step"] for line in (out / "metrics.jsonl").read_text().splitlines()]
