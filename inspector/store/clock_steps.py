# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether UTC stepped between two records, and how far: what makes times comparable is a record as well."""

from __future__ import annotations

STEP_US = 1_000_000
"""A time server that moves the clock gently stays below this, and below a thousandth of the time that passed."""


def clock_step(t_before_us: int, mono_before_us: int, t_us: int, mono_us: int) -> str:
    """A step in words, or empty.

    Args:
        t_before_us: UTC of the record before, microseconds; 0 if there is none.
        mono_before_us: Its monotonic time in this run, microseconds; 0 if it is of an earlier run.
        t_us: UTC now.
        mono_us: Monotonic time now.
    """
    if t_us < t_before_us:
        return f"UTC stepped back by {t_before_us - t_us} us"
    if mono_before_us == 0:
        return ""  # how long nothing ran here, nobody knows
    elapsed_us = mono_us - mono_before_us
    ahead_us = t_us - t_before_us - elapsed_us
    return f"UTC stepped forward by {ahead_us} us" if ahead_us > STEP_US + elapsed_us // 1000 else ""
