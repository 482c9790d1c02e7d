# SPDX-License-Identifier: AGPL-3.0-or-later
"""Times and ages in words."""

from __future__ import annotations

from datetime import datetime

from gui.text import figure, tr


def age_in_words(seconds: float) -> str:
    """Like "now", "12 s ago", "4 min ago", "2 h ago"."""
    if seconds < 1.5:
        return tr("now")
    if seconds < 100:
        return tr("{number} s ago", number=f"{seconds:.0f}")
    if seconds < 5400:
        return tr("{number} min ago", number=f"{seconds / 60:.0f}")
    return tr("{number} h ago", number=f"{seconds / 3600:.0f}")


def duration_words(seconds: float) -> str:
    """Like "0.4 s", "12 s", "4 min", "2 h"."""
    if seconds < 10:
        return tr("{number} s", number=figure(max(0.0, seconds)))
    if seconds < 100:
        return tr("{number} s", number=f"{seconds:.0f}")
    if seconds < 5400:
        return tr("{number} min", number=f"{seconds / 60:.0f}")
    return tr("{number} h", number=f"{seconds / 3600:.0f}")


def clock_of(t_us: int) -> str:
    """Local wall time of a UTC time in microseconds, hours and minutes."""
    return datetime.fromtimestamp(t_us / 1e6).astimezone().strftime("%H:%M")
