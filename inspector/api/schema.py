# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents that cross the api: the same types in the server, in the client and on the screens.

Unknown fields are ignored, so that an older screen can read a newer station; a missing or wrong field is an error.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inspector.part import Verdict as Verdict  # for the screens, which know nothing but this package

Key = tuple[str, int]
"""line_boot, part_seq."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
Box16 = tuple[int, int, int, int]
"""x0, y0, x1, y1 in 1/16 px of the camera image."""

CameraName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
_ONE_LINE = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"
"""Something to read, of characters that can be written; JSON Schema knows no other way to say "more than blanks"."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=_ONE_LINE)]
"""One line of text that a person typed."""
Remark = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_ONE_LINE)]
"""A short reason that a person typed."""
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000, pattern=_ONE_LINE)]
"""Why, for the record."""
_SecretText = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Secret = Annotated[_SecretText, Field(repr=False)]
"""A password or PIN; it is in no log, and not in the words that show a document."""


class Document(BaseModel):
    """Base of everything that the station sends."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Command(BaseModel):
    """Base of everything that a caller sends: a field that nobody reads is a mistake of the caller."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StationState(StrEnum):
    """What the station as a whole is doing."""

    STARTING = "STARTING"
    IDLE = "IDLE"
    RUNNING = "RUNNING"
    CLOSING = "CLOSING"
    FAULT = "FAULT"


class Problem(Document):
    """Something that is wrong, for people: what it is and what to do about it."""

    code: str
    message: str
    advice: str = ""


class ShiftInfo(Document):
    """The open shift; `opened_us` is UTC in microseconds since 1970."""

    number: int
    lot: str
    opened_us: int
    parts: Count


class OutcomeCounts(Document):
    """Where the parts of the shift went: what the line commanded, what the lanes confirmed."""

    accept: Count = 0
    reject: Count = 0
    good: Count = 0
    reject_lane: Count = 0
    unknown: Count = 0


class LotCounts(Document):
    """Parts of the lot by verdict, over all its shifts: the closed ones as their seals count them."""

    lot: str
    shifts: Count
    counts: dict[str, Count] = {}


class RateBand(Document):
    """Between which rates an hour with this many parts normally lies, and around which; parts per million."""

    low_ppm: Count
    mean_ppm: Count
    high_ppm: Count


class RejectRate(Document):
    """Rejects of the last 60 minutes among what this model and recipe judged, and what is normal.

    Without a `band`, `no_band` says why; `hours` are the hours that tell what is normal, of `hours_needed`.
    """

    parts: Count
    rejected: Count
    band: RateBand | None = None
    no_band: Literal["reading", "few-hours", "few-parts", "never-moved"] | None = None
    hours: Count = 0
    hours_needed: Count = 0


class Production(Document):
    """Counts beyond the open shift, of production parts: `hour` is the last 60 minutes, by verdict."""

    hour: dict[str, Count] = {}
    lot: LotCounts | None = None
    reject_rate: RejectRate


class InRow(Document):
    """How many parts in a row were rejected; at `limit` the line is stopped."""

    count: Count
    limit: Count


class Latency(Document):
    """Trigger to committed record, microseconds, over the last parts; zeros before the first.

    `worst` is the longest since the station was started.
    """

    p50: Count = 0
    p99: Count = 0
    max: Count = 0
    worst: Count = 0


class CameraInfo(Document):
    """One camera: `reason` says in words why it is not ready."""

    name: str
    ready: bool
    reason: str = ""
    simulated: bool = False
    model: str = ""
    serial: str = ""


class LineInfo(Document):
    """The line process and the plant behind it."""

    connected: bool
    ready: bool = False
    plc_count: int | None = None


class OneLedger(Document):
    """How far one ledger has come: seals that it holds, and how long the oldest one waits for it.

    `counts` towards the quorum. `state`: "away" does not answer, "refused" does not take a document, both are asked
    again; "stopped" gets nothing more until somebody has looked; "unknown" while the anchor process is away. `trouble`
    says why, in English.
    """

    name: str
    anchored: Count
    oldest_unanchored_s: int | None
    counts: bool = True
    state: Literal["unknown", "working", "away", "refused", "stopped"] = "unknown"
    trouble: str = ""


class LedgerInfo(Document):
    """Seals: how many exist, how many are on `needed` of the ledgers, and how long the oldest one waits for that.

    `anchored_us` is when the last receipt came, of a seal or of a head of the open shift (UTC, microseconds).
    """

    sealed: Count = 0
    anchored: Count = 0
    oldest_unanchored_s: int | None = None
    anchored_us: int | None = None
    needed: Count = 1
    ledgers: list[OneLedger] = []


class DiskInfo(Document):
    """Free space of the station directory."""

    free_mb: Count


class Named(Document):
    """A model or recipe: its name, its version, and the digest of its bytes."""

    name: str
    version: str = ""
    digest: str


class LastChallenge(Document):
    """How the last challenge of this run of the station ended; `passed_since` names the list, if it failed."""

    result: Literal["passed", "failed"]
    reason: str = ""
    t_us: int
    passed_since: str | None = None


class ChallengePart(Document):
    """A registered challenge part in the challenge that runs, or ran last.

    `found`: it was judged as what it is, each time; null: not shown yet. `rejected`: it was seen in the reject lane;
    null: not known yet.
    """

    serial: str
    class_name: Annotated[str | None, Field(alias="class")] = None
    shown: Count = 0
    wanted: Count = 1
    found: bool | None = None
    rejected: bool | None = None


class ChallengeInfo(Document):
    """The challenge parts: what holds, and while a challenge runs, which part to show next.

    `step` of `steps` presentations are done; `test_parts` are in the order in which they are to be shown.

    `passed_us` is when the last one was passed, `next_us` when the next is due (UTC, microseconds); `each_shift` says
    that every shift needs one of its own.
    """

    state: str
    running: bool = False
    message: str = ""
    parts: Count
    set: str
    last: LastChallenge | None = None
    passed_us: int | None = None
    next_us: int | None = None
    each_shift: bool = False
    step: Count = 0
    steps: Count = 0
    test_parts: tuple[ChallengePart, ...] = ()


class BypassInfo(Document):
    """A bypass that runs: who allowed it and why, how long and for how many parts it still holds."""

    scope: Literal["no-verdict", "all"]
    reason: str
    by: str
    started_us: int
    ends_us: int
    remaining_s: Count
    let_through: Count
    parts_left: Count


class LoggedInPerson(Document):
    """Somebody who is logged in."""

    user: str
    role: str


class AccessInfo(Document):
    """Whether people have to log in, and who is."""

    required: bool = False
    people: tuple[LoggedInPerson, ...] = ()


class AlarmInfo(Document):
    """An alarm that stands: `message` is what the station says now, the other texts are of its definition.

    `first_out` marks what stood first since inspection stopped. A shelved one still keeps the station from whatever it
    keeps it from.
    """

    code: str
    priority: Literal["high", "medium", "low"]
    message: str
    cause: str
    consequence: str
    action: str
    since_us: int
    acknowledged: bool = False
    first_out: bool = False
    shelved_until_us: int | None = None
    shelved_because: str = ""


class AlarmsInfo(Document):
    """The alarms that stand, the most urgent first, and those of them that are shelved."""

    active: tuple[AlarmInfo, ...] = ()
    shelved: tuple[AlarmInfo, ...] = ()


class ForcedOutput(Document):
    """An output that is forced now, and for how long it may still be."""

    name: str
    on: bool
    left_ms: Count


class ManualInfo(Document):
    """Manual mode: who may force outputs, since when and what for, and what is forced now."""

    by: str
    reason: str = ""
    begun_us: Count
    forced: tuple[ForcedOutput, ...] = ()


class Status(Document):
    """The status document, also the data of each `state` event.

    `stopped` says that a rule has stopped the line until a person resets it; the first reasons say which.
    """

    station: str
    state: StationState
    ready: bool
    reasons: tuple[Problem, ...] = ()
    stopped: bool = False
    warnings: tuple[Problem, ...] = ()
    alarms: AlarmsInfo = AlarmsInfo()
    simulated: bool
    shift: ShiftInfo | None = None
    counts: dict[str, Count] = {}
    outcomes: OutcomeCounts = OutcomeCounts()
    production: Production | None = None
    rejects_in_row: InRow | None = None
    latency_us: Latency = Latency()
    deadline_us: int | None = None
    cameras: tuple[CameraInfo, ...] = ()
    line: LineInfo
    key: Literal["unlocked", "locked"]
    ledger: LedgerInfo = LedgerInfo()
    challenge: ChallengeInfo | None = None
    bypass: BypassInfo | None = None
    manual: ManualInfo | None = None
    access: AccessInfo = AccessInfo()
    disk: DiskInfo | None = None
    model: Named | None = None
    recipe: Named | None = None


class EventName(StrEnum):
    """Names on the event stream; the last one is the api's own."""

    STATE = "state"
    PART = "part"
    OUTCOME = "outcome"
    SHIFT = "shift"
    PREVIEW = "preview"
    STATION_AWAY = "station-away"


class EventMessage(Document):
    """One text frame of the event stream."""

    name: EventName
    data: dict[str, object]
