# SPDX-License-Identifier: AGPL-3.0-or-later
"""Commands that cross the api, with their answers: log-in, shift, challenge, stop, bypass."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from inspector.api.schema import Command, Count, Document, Line, Remark, Secret, Sha256, _SecretText

LONGEST_NOTE = 500
"""Characters of what who closes a shift says to whoever comes next."""


class Login(Command):
    """Body of POST /v1/login: staff id and password, or the number of a badge and its PIN."""

    person: Line
    secret: Secret


class LoggedIn(Document):
    """Somebody is logged in: `session` goes into the header Inspector-Session of the commands that follow."""

    session: str
    user: str
    name: str = ""
    role: str
    idle_s: Count
    may: tuple[str, ...] = ()


class LoggedOut(Document):
    """The session is over."""

    user: str


class PasswordChange(Command):
    """Body of POST /v1/password."""

    old: Secret
    new: Secret


class ShiftOpen(Command):
    """Body of POST /v1/shift/open; the customer, whose rule of retention may be another, need not be known.

    With `recipe`, the digest of the recipe that the person takes to be in force, another one is refused.
    """

    lot: Line
    operator: Line | None = None
    customer: Annotated[str, StringConstraints(max_length=200)] = ""
    recipe: Sha256 | None = None


class ShiftStatement(Command):
    """Body of POST /v1/shift/statement."""

    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""
    removed_by_hand: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class Statement(Document):
    """What is to be signed, word for word, and its hash; `target` is the record that is signed."""

    statement: Sha256
    text: str
    meaning: str
    target: Sha256


class ShiftClose(Command):
    """Body of POST /v1/shift/close: who closes; at a station with users instead what was shown, and the secret."""

    operator: Line | None = None
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""
    removed_by_hand: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    statement: Sha256 | None = None
    secret: Annotated[_SecretText | None, Field(repr=False)] = None


class ShiftResumed(Document):
    """The shift goes on."""

    shift: int


class ChallengeStart(Command):
    """Body of POST /v1/challenge/start."""

    operator: Line | None = None


class ChallengeStarted(Document):
    """A challenge runs: how many parts, how often each, and which to show first."""

    parts: Count
    presentations: Count
    message: str


class StopReset(Command):
    """Body of POST /v1/line/reset: who, and what was found and done."""

    operator: Line | None = None
    reason: Remark


class StopWasReset(Document):
    """The line may go on: the number of the record of the reset, and the codes of the stops."""

    seq: int
    cleared: tuple[str, ...]


class BypassStart(Command):
    """Body of POST /v1/bypass/start: the permit as `inspector bypass authorise` wrote it, and who begins it."""

    permit: Annotated[str, StringConstraints(min_length=1, max_length=8_000)]
    operator: Line | None = None


class BypassStarted(Document):
    """A bypass runs: the number of its record, when it ends at the latest (UTC, microseconds), for how many parts."""

    seq: int
    ends_us: int
    parts: Count
    scope: str


class BypassStop(Command):
    """Body of POST /v1/bypass/stop."""

    operator: Line | None = None


class BypassStopped(Document):
    """The bypass is over; it covered so many parts."""

    parts: Count


class ShiftOpened(Document):
    """The shift is open: its number and the number of its `shift-open` record."""

    shift: int
    seq: int


class ShiftCounts(Document):
    """What the records of a shift hold; `gap_parts` were seen by another counter only.

    Challenge parts are counted by themselves, and in none of the others.
    """

    parts: Count
    challenge: Count = 0
    gap_parts: Count = 0
    verdicts: dict[str, Count] = Field(default_factory=dict)
    outcomes: dict[str, Count] = Field(default_factory=dict)


class CounterReading(Document):
    """A counter that is not the station's records; null where its count of the whole shift is not known."""

    name: str
    source: str
    simulated: bool
    start: int | None = None
    end: int | None = None


class CountDifference(Document):
    """Two counts that differ: between which, by how much, in words."""

    between: str
    number: int
    words: str


class IndependentCounts(Document):
    """Counts beside the records; `established_by` names those that show that no part is missing in them."""

    counters: tuple[CounterReading, ...] = ()
    removed_by_hand: Count = 0
    differences: tuple[CountDifference, ...] = ()
    established_by: tuple[str, ...] = ()


class Reconciliation(Document):
    """The plant's count against the station's; None where the plant's is not known."""

    plc_count: int | None = None
    station: int
    difference: int | None = None
    note: str = ""
    independent: IndependentCounts = IndependentCounts()


class ShiftClosed(Document):
    """The shift is closed: `seal` is the SHA-256 of its seal, `sealed` says in words if it is signed."""

    shift: int
    parts: Count
    counts: ShiftCounts
    seal: Sha256
    sealed: str
    reconciliation: Reconciliation
