# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often which alarm came: from the alarm records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from inspector.store.queries.fields import text, time_of
from inspector.store.queries.reader import AuditReader

MINUTE_US = 60_000_000
TEN_MINUTES_US = 10 * MINUTE_US
HOUR_US = 60 * MINUTE_US
WEEK_US = 7 * 24 * HOUR_US


@dataclass(frozen=True, slots=True)
class AlarmCounts:
    """How many alarms came.

    Attributes:
        ten_minutes: In the last ten minutes.
        hour: In the last hour.
        week: In the last seven days, by code, the most frequent first.
    """

    ten_minutes: int
    hour: int
    week: tuple[tuple[str, int], ...]


def alarm_counts(reader: AuditReader, now_us: int) -> AlarmCounts:
    """Count the alarms until now.

    Args:
        reader: The records.
        now_us: Now, UTC, microseconds.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    ten_minutes = hour = 0
    week: Counter[str] = Counter()
    for record in reader.newest_first("alarm"):
        age_us = now_us - time_of(record)
        if age_us > WEEK_US:
            break
        week[text(record.fields, "code")] += 1
        hour += age_us <= HOUR_US
        ten_minutes += age_us <= TEN_MINUTES_US
    return AlarmCounts(ten_minutes, hour, tuple(sorted(week.items(), key=lambda one: (-one[1], one[0]))))
