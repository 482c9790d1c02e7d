# SPDX-License-Identifier: AGPL-3.0-or-later
"""Values that options of several commands take; what is none of them is wrong usage."""

from __future__ import annotations

import argparse
import re


def count(text: str) -> int:
    """A whole number from 1 on, of at most nine digits."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def count_from_zero(text: str) -> int:
    """A whole number from 0 on, of at most nine digits."""
    return 0 if text == "0" else count(text)


def share(text: str) -> float:
    """A number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} does not lie between 0 and 1")
    return value


def shifts(text: str) -> tuple[int, int]:
    """Numbers of shifts, `12` or `12..19`: the first and the last."""
    found = re.fullmatch(r"([1-9][0-9]{0,8})(?:\.\.([1-9][0-9]{0,8}))?", text)
    if found is None or (found[2] is not None and int(found[2]) < int(found[1])):
        raise argparse.ArgumentTypeError(f"{text!r} names no shifts; 12 or 12..19 does")
    return int(found[1]), int(found[2] or found[1])
