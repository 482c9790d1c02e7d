# SPDX-License-Identifier: AGPL-3.0-or-later
"""A command that another program started: it tells its progress in lines, and ends when that program is gone."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
import time

TELL_EVERY_S = 0.25
LEFT_ALONE = 4
"""Exit code when standard input has ended."""


def add_watched(parser: argparse.ArgumentParser) -> None:
    """The option of every command that the api runs."""
    said = "for programs: progress as lines of JSON on standard error; end when standard input ends"
    parser.add_argument("--watched", action="store_true", help=said)


def end_with_standard_input() -> None:
    """From now on this process ends when its standard input does; nothing that it does needs an orderly end."""

    def watch() -> None:
        while sys.stdin is not None and os.read(sys.stdin.fileno(), 4096):
            pass
        os._exit(LEFT_ALONE)

    threading.Thread(target=watch, name="left-alone", daemon=True).start()


class ProgressLines:
    """`{"stage": ..., "done": ..., "total": ...}` on standard error: each stage, and not too often within one."""

    def __init__(self) -> None:
        self._stage = ""
        self._next_s = 0.0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Tell how far a stage is."""
        now_s = time.monotonic()
        if stage != self._stage or now_s >= self._next_s:
            self._stage, self._next_s = stage, now_s + TELL_EVERY_S
            sys.stderr.write(json.dumps({"stage": stage, "done": done, "total": total}) + "\n")
            sys.stderr.flush()
