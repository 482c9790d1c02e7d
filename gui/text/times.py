# SPDX-License-Identifier: AGPL-3.0-or-later
"""Times and ages in words."""

from __future__ import annotations

from datetime import datetime


def age_in_words(seconds: float) -> str:
    """Like "now", "12 s ago", "4 min ago", "2 h ago"."""
    if seconds < 1.5:
        return "now"
    if seconds < 100:
        return f"{seconds:.0f} s ago"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min ago"
    return f"{seconds / 3600:.0f} h ago"


def clock_of(t_us: int) -> str:
    """Local wall time of a UTC time in microseconds, hours and minutes."""
    return datetime.fromtimestamp(t_us / 1e6).astimezone().strftime("%H:%M")
