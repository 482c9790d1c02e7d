# SPDX-License-Identifier: AGPL-3.0-or-later
"""`--threads` of commands that judge pictures."""

from __future__ import annotations

import argparse
import os

from inspector.detect.detector import MAX_THREADS
from training.options import count


def add_threads(parser: argparse.ArgumentParser) -> None:
    """`--threads` of inference: every core, of which the detector takes so many at most."""
    cores = min(os.cpu_count() or 1, MAX_THREADS)
    words = f"of inference, at most {MAX_THREADS} (every core)"
    parser.add_argument("--threads", type=threads, default=cores, metavar="N", help=words)


def threads(text: str) -> int:
    """So many threads as the detector takes."""
    if count(text) > MAX_THREADS:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 1 and {MAX_THREADS}")
    return int(text)
