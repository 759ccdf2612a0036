#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright (C) 2026 The gst-openai-realtime authors
"""Runs tests of the emulator and checks every event of theirs.

  conformity.py CHECK_EVENTS EMULATOR TEST...

With EMU_SCHEMA set, against that OpenAPI document instead of the emulator's
own field tables.
"""

import os
import subprocess
import sys
import tempfile


def main():
    check_events, emulator, *tests = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="emulator-") as record:
        for test in tests:
            subprocess.run(
                [test], check=True, env={**os.environ, "EMU_RECORD_DIR": record})
        schema = os.environ.get("EMU_SCHEMA")
        against = ["--schema", schema] if schema else ["--emulator", emulator]
        return subprocess.run(
            [sys.executable, check_events, "--list", "--record", record,
             "--expect", "500"] + against).returncode


if __name__ == "__main__":
    sys.exit(main())
