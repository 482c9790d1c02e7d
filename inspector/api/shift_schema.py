# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about alarms and about the hand-over of a shift."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from inspector.api.schema import AlarmInfo, Command, Count, Document, Line, Remark, Sha256

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
    reason: Remark


class AlarmAnswered(Document):
    """What was done is in the record `seq`; a shelved alarm comes back at `until_us`, or with the end of the shift."""

    code: str
    seq: int
    until_us: int | None = None


class DefectCount(Document):
    """A class of defects, and on how many failed parts it was found."""

    name: str
    count: Count


class LongStop(Document):
    """More than two minutes without inspection; `reasons` is what stood first, `to_us` null while it lasts."""

    from_us: int
    to_us: int | None = None
    reasons: tuple[str, ...] = ()


class ShiftBypass(Document):
    """A bypass of the shift: how many parts it covered, and why it ended; `to_us` is null while it lasts."""

    from_us: int
    to_us: int | None = None
    scope: str
    parts: Count
    why: str = ""


class ShiftChallenge(Document):
    """A challenge: `passed` is null while it runs, or if a restart broke it off.

    `shown` presentations, `seen_rejected` of them seen in the reject lane; `quarantined` parts are on the list of a
    failed one.
    """

    started_us: int
    passed: bool | None = None
    reason: str = ""
    shown: Count = 0
    seen_rejected: Count = 0
    quarantined: Count = 0


class SealPlace(Document):
    """One ledger of the settings: whether it `holds` the seal, and whether it `counts` towards the quorum.

    `witnesses` are those of its policy that have cosigned its receipt; `witnessed` says whether they are enough, and is
    null for a ledger that asks for none.
    """

    name: str
    holds: bool
    counts: bool = True
    witnesses: tuple[str, ...] = ()
    witnessed: bool | None = None


class SealWords(Document):
    """How a closed shift is secured: its seal, whether it is signed, and which ledgers have it.

    `places` are all ledgers of the settings, `needed` of those that count have to hold it until it is `anchored`;
    `ledgers` are all that ever gave a receipt for it, also those that the settings do not name any more.
    """

    seal: Sha256
    signed: bool
    anchored: bool = False
    needed: Count = 1
    places: tuple[SealPlace, ...] = ()
    ledgers: tuple[str, ...] = ()


class TakeOver(Command):
    """Body of POST /v1/shift/take-over: at a station with users what was shown, and the secret once more."""

    operator: Line | None = None
    statement: Sha256 | None = None
    secret: Annotated[Annotated[str, StringConstraints(max_length=200)] | None, Field(repr=False)] = None


class TakenOver(Document):
    """Who comes has signed for this shift; the signature is the record `seq`."""

    seq: int
    shift: int


class TakeOverSigned(Document):
    """When it was signed that a shift is taken over, UTC, microseconds, and in which role; null: as typed."""

    t_us: int
    role: str | None = None


class Handover(Document):
    """What who comes has to know of a shift, from the records.

    `verdicts` are of production, `test_parts` are presentations of challenge parts, `not_inspected` parts were counted
    by another counter only; `defects` are the three found most often on failed parts; times are UTC, microseconds;
    `seal` is null while the shift is open, `taken_over` until somebody signs; `may_take_over` says whether that can
    still be: it is the shift that was closed last.
    """

    shift: int
    lot: str
    opened_us: int
    closed_us: int | None = None
    verdicts: dict[str, Count]
    test_parts: Count = 0
    not_inspected: Count = 0
    defects: tuple[DefectCount, ...] = ()
    stops: tuple[LongStop, ...] = ()
    alarms: tuple[AlarmCount, ...] = ()
    bypasses: tuple[ShiftBypass, ...] = ()
    challenges: tuple[ShiftChallenge, ...] = ()
    holds: tuple[str, ...] = ()
    reviews: dict[str, Count]
    note: str = ""
    seal: SealWords | None = None
    taken_over: TakeOverSigned | None = None
    may_take_over: bool = False
