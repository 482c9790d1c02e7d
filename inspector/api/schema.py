# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents that cross the api: the same types in the server, in the client and on the screens.

Unknown fields are ignored, so that an older screen can read a newer station; a missing or wrong field is an error.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inspector.part import Commanded, Confirmed, Purpose
from inspector.part import Verdict as Verdict  # for the screens, which know nothing but this package

Key = tuple[str, int]
"""line_boot, part_seq."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
Box16 = tuple[int, int, int, int]
"""x0, y0, x1, y1 in 1/16 px of the camera image."""

CameraName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""One line of text that a person typed."""
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


class LedgerInfo(Document):
    """Seals: how many exist, how many are on the ledger, and how long the oldest one waits.

    `anchored_us` is when the last receipt came, of a seal or of a head of the open shift (UTC, microseconds).
    """

    sealed: Count = 0
    anchored: Count = 0
    oldest_unanchored_s: int | None = None
    anchored_us: int | None = None


class DiskInfo(Document):
    """Free space of the station directory."""

    free_mb: Count


class Named(Document):
    """A model or recipe: its name and the digest of its bytes."""

    name: str
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
    access: AccessInfo = AccessInfo()
    disk: DiskInfo | None = None
    model: Named | None = None
    recipe: Named | None = None


class Box(Document):
    """One finding on an image; the score is in parts per million."""

    class_name: Annotated[str, Field(alias="class")]
    score_ppm: Annotated[int, Field(ge=0, le=1_000_000)]
    box_16: Box16


class GateReading(Document):
    """What the image gate measured: mean grey level and variance of the Laplacian, in 1/1000."""

    brightness_milli: Count
    sharpness_milli: Count


class ViewInfo(Document):
    """What one camera saw of a part; `image` is None when there is no picture, `gate` when it was not measured."""

    camera: str
    verdict: Verdict
    reason: str = ""
    image: Sha256 | None = None
    gate: GateReading | None = None


class ReviewInfo(Document):
    """What a person said of a part: number and time (UTC, microseconds) of its record, and in which role.

    `role` is null at a station without users. No name: a screen shows it to everybody.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    seq: int
    t_us: int
    finding: Literal["agree", "not-a-defect", "unsure"]
    class_name: Annotated[str | None, Field(alias="class")] = None
    role: str | None = None


class PartEvent(Document):
    """One judged part: `seq` numbers its record, `t_us` is its UTC time, `image` the digest of its pixels.

    `camera`, `image` and `boxes` are of the view that explains the verdict; `views` names all. `review` is the newest;
    null in the event itself.
    """

    key: Key
    plc_count: int
    seq: int
    t_us: int
    verdict: Verdict
    reason: str = ""
    purpose: Purpose = Purpose.PRODUCTION
    serial: str | None = None
    camera: str | None = None
    image: Sha256 | None = None
    boxes: tuple[Box, ...] = ()
    views: tuple[ViewInfo, ...] = ()
    review: ReviewInfo | None = None


class PartList(Document):
    """Part records as the events that told of them, newest first."""

    parts: tuple[PartEvent, ...]


class ReviewPart(Command):
    """Body of POST /v1/parts/{seq}/review: what the person says, of which class of defect, and a remark."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    finding: Literal["agree", "not-a-defect", "unsure"]
    class_name: Annotated[str | None, Field(alias="class", min_length=1, max_length=100)] = None
    note: Annotated[str, StringConstraints(max_length=1000)] = ""
    operator: Line | None = None


class PartReviewed(Document):
    """The review is recorded, under this number."""

    seq: int


class OutcomeEvent(Document):
    """Where one part went."""

    key: Key
    commanded: Commanded
    confirmed: Confirmed
    reason: str = ""


class Preview(Document):
    """A picture for people: JPEG in base64; width and height are of the camera image, to which the boxes refer."""

    camera: CameraName
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    jpeg: str
    boxes: tuple[Box, ...] = ()
    verdict: Verdict | None = None
    key: Key | None = None


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
    """Body of POST /v1/shift/open; the customer, whose rule of retention may be another, need not be known."""

    lot: Line
    operator: Line | None = None
    customer: Annotated[str, StringConstraints(max_length=200)] = ""


class ShiftStatement(Command):
    """Body of POST /v1/shift/statement."""

    note: Annotated[str, StringConstraints(max_length=200)] = ""
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
    note: Annotated[str, StringConstraints(max_length=200)] = ""
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
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
    ]


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
    verdicts: dict[str, Count] = {}
    outcomes: dict[str, Count] = {}


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
