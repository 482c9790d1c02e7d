# SPDX-License-Identifier: AGPL-3.0-or-later
"""Times of others beside those of the station."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

CLOCK_MAY_DIFFER_US = 60_000_000
"""A document may say a time that is later than others have seen it by so much."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc_words(t_us: int) -> str:
    """A time for people, UTC, whole seconds upwards; what no calendar has is told in microseconds."""
    try:
        time = _EPOCH + timedelta(seconds=-(-t_us // 1_000_000))
    except OverflowError:
        return f"{t_us} microseconds after 1970"
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
