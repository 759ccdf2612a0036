# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""What the tests of the documents' checks share: a copy of the sources in which one
thing is spoilt, and a check that is to say so."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent

SKIPPED = 77


class CheckTest(unittest.TestCase):
    # The name of the program in this folder.
    PROGRAM = None

    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(directory.cleanup)
        cls.directory = pathlib.Path(directory.name)
        cls.pristine = cls.directory / "pristine"
        cls.root = cls.directory / "spoilt"
        for part in ("gst", "docs", "tests/check", "tests/emulator"):
            shutil.copytree(ROOT / part, cls.pristine / part,
                            ignore=shutil.ignore_patterns("__pycache__"))
        # Whether the sources themselves are current, other tests say.
        cls.generate(cls.pristine)

    def setUp(self):
        shutil.copytree(self.pristine, self.root)
        self.addCleanup(shutil.rmtree, self.root)

    @classmethod
    def options(cls, **said):
        """What the program is told of besides."""
        return []

    @classmethod
    def generate(cls, root, *args, **said):
        result = subprocess.run(
            [sys.executable, HERE / cls.PROGRAM, "--root", root,
             *cls.options(**said), *args],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        return result.returncode, result.stdout

    def spoil(self, path, pattern, replacement):
        path = self.root / path
        text = path.read_text(encoding="utf-8")
        text, count = re.subn(pattern, replacement, text, count=1,
                              flags=re.S)
        self.assertEqual(count, 1, f"{pattern} is not in {path}")
        path.write_text(text, encoding="utf-8")

    def expect(self, words, *args, **said):
        before = self.pages()
        code, output = self.generate(self.root, "--check", *args, **said)
        self.assertEqual(code, 1, output)
        self.assertRegex(output, words)
        self.assertEqual(before, self.pages(), "--check writes nothing")

    def pages(self):
        return {path: path.read_bytes()
                for path in (self.root / "docs").glob("*.md")}

    def test_all_is_well(self):
        code, output = self.generate(self.root, "--check")
        self.assertEqual(code, 0, output)


def main(program):
    """Runs the tests of the script, unless @program lacks something here."""
    probe = subprocess.run(
        [sys.executable, HERE / program, "--help"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        check=False)
    if probe.returncode == SKIPPED:
        print(probe.stdout, end="")
        sys.exit(SKIPPED)
    unittest.main()
