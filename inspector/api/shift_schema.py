# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about alarms."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from inspector.api.schema import AlarmInfo, Command, Count, Document, Line

MOST_PER_HOUR = 6
"""An operator copes with one alarm in ten minutes (EEMUA 191)."""
FLOOD_IN_TEN_MINUTES = 10
"""More than these nobody can take in (EEMUA 191)."""


class AlarmCount(Document):
    """How often an alarm came."""

    code: str
    count: Count


class AlarmRate(Document):
    """Alarms that came lately, by the records, beside what people cope with (EEMUA 191)."""

    last_ten_minutes: Count
    last_hour: Count
    most_per_hour: Count = MOST_PER_HOUR
    flood_in_ten_minutes: Count = FLOOD_IN_TEN_MINUTES
    flood: bool = False


class AlarmList(Document):
    """The alarms that stand and are shelved, how many came, and the ten that came most often in seven days."""

    active: tuple[AlarmInfo, ...]
    shelved: tuple[AlarmInfo, ...]
    rate: AlarmRate
    week: tuple[AlarmCount, ...]


class AlarmSeen(Command):
    """Body of POST /v1/alarms/{code}/acknowledge and .../unshelve."""

    operator: Line | None = None


class AlarmShelve(Command):
    """Body of POST /v1/alarms/{code}/shelve: for how long at the longest, and why."""

    operator: Line | None = None
    minutes: Annotated[int, Field(ge=1, le=480)]
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    ]


class AlarmAnswered(Document):
    """What was done is in the record `seq`; a shelved alarm comes back at `until_us`, or with the end of the shift."""

    code: str
    seq: int
    until_us: int | None = None
