# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checked access to the fields of messages, and the shapes of what the line and the station tell each other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from inspector.errors import ChannelError
from inspector.ipc import Message
from inspector.part import PartKey, Verdict

LARGEST = 2**63 - 1


class EntryKind(StrEnum):
    """What the journal holds until the station has acknowledged it."""

    TRIGGER = "trigger"
    GAP = "gap"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is not ready.

    Attributes:
        code: For programs.
        message: What is wrong, for people.
        advice: What to do next.
    """

    code: str
    message: str
    advice: str

    def as_message(self) -> dict[str, str]:
        """Its shape in messages."""
        return {"code": self.code, "message": self.message, "advice": self.advice}


def count_field(message: Message, name: str, smallest: int = 0) -> int:
    """An integer from `smallest` to 2^63 - 1.

    Raises:
        ChannelError: It is missing, not an integer, or out of range.
    """
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not smallest <= value <= LARGEST:
        raise ChannelError(f"{message.get('type')!r} message: {name} is {value!r}, not a count from {smallest}")
    return value


def flag_field(message: Message, name: str) -> bool:
    """A boolean.

    Raises:
        ChannelError: It is missing or not a boolean.
    """
    value = message.get(name)
    if not isinstance(value, bool):
        raise ChannelError(f"{message.get('type')!r} message: {name} is {value!r}, not true or false")
    return value


def key_field(message: Message) -> PartKey:
    """The `[line_boot, part_seq]` of a message.

    Raises:
        ChannelError: It is missing or malformed.
    """
    value = message.get("key")
    match value:
        case [str(line_boot), int(part_seq)] if not isinstance(part_seq, bool) and 1 <= part_seq <= LARGEST:
            return PartKey(line_boot, part_seq)
    raise ChannelError(f"{message.get('type')!r} message: key is {value!r}, not [line_boot, part_seq]")


def verdict_field(message: Message) -> Verdict:
    """The `verdict` of a message.

    Raises:
        ChannelError: It is missing or not a verdict.
    """
    value = message.get("verdict")
    if value not in tuple(Verdict):
        raise ChannelError(f"{message.get('type')!r} message: verdict is {value!r}")
    return Verdict(value)


def key_list(key: PartKey) -> list[str | int]:
    """A key's shape in messages."""
    return [key.line_boot, key.part_seq]


@dataclass(frozen=True, slots=True)
class StationFacts:
    """What the plant's controller may want to show or check.

    Attributes:
        recipe_number: Number of the recipe in force; 0: it has none, or the station is away.
        challenge_due: A challenge is due.
        bypass_active: Parts may pass without a PASS, under a signed permit.
        warning: Somebody should look at the station while it goes on.
    """

    recipe_number: int = 0
    challenge_due: bool = False
    bypass_active: bool = False
    warning: bool = False


@dataclass(frozen=True, slots=True)
class StationState:
    """`station-state`: the station's own readiness, without the line's, what the plant may show, and manual mode."""

    ready: bool
    facts: StationFacts = StationFacts()
    manual: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """`grant`: the PASS of this part is committed."""

    key: PartKey


@dataclass(frozen=True, slots=True)
class Reject:
    """`reject`: this part does not pass; `verdict` says why, `defect_class` is the number of the worst class, or 0."""

    key: PartKey
    verdict: Verdict
    defect_class: int = 0


@dataclass(frozen=True, slots=True)
class Ack:
    """`ack`: the station's record of this journal entry is committed."""

    kind: EntryKind
    key: PartKey


@dataclass(frozen=True, slots=True)
class FaultsReset:
    """`faults-reset`: a person has mended what stopped the line."""


@dataclass(frozen=True, slots=True)
class IoAsked:
    """`io-points`: somebody looks at the inputs and outputs; the answer carries this number."""

    number: str


@dataclass(frozen=True, slots=True)
class ForceAsked:
    """`force`: a person forces an output for a time; the answer carries this number."""

    number: str
    name: str
    on: bool
    for_ms: int


@dataclass(frozen=True, slots=True)
class ForceEnded:
    """`force-end`: nothing is forced any more."""


StationMessage = StationState | Grant | Reject | Ack | FaultsReset | IoAsked | ForceAsked | ForceEnded


def _facts(message: Message) -> StationFacts:
    message = {"recipe_number": 0, "challenge_due": False, "bypass_active": False, "warning": False, **message}
    return StationFacts(
        recipe_number=count_field(message, "recipe_number"),
        challenge_due=flag_field(message, "challenge_due"),
        bypass_active=flag_field(message, "bypass_active"),
        warning=flag_field(message, "warning"),
    )


def parse_station_message(message: Message) -> StationMessage:
    """Turn a message of the station into what it says.

    Raises:
        ChannelError: The type is unknown, or a field is missing or wrong.
    """
    match message.get("type"):
        case "station-state":
            manual = flag_field({"manual": False, **message}, "manual")
            return StationState(flag_field(message, "ready"), _facts(message), manual)
        case "grant":
            return Grant(key_field(message))
        case "reject":
            defect_class = count_field({"defect_class": 0, **message}, "defect_class")
            return Reject(key_field(message), verdict_field(message), defect_class)
        case "ack":
            kind = message.get("kind")
            if kind not in tuple(EntryKind):
                raise ChannelError(f"'ack' message: kind is {kind!r}")
            return Ack(EntryKind(kind), key_field(message))
        case "faults-reset":
            return FaultsReset()
        case "io-points":
            return IoAsked(str(message.get("id")))
        case "force":
            number, name = str(message.get("id")), str(message.get("name"))
            return ForceAsked(number, name, flag_field(message, "on"), count_field(message, "for_ms", 1))
        case "force-end":
            return ForceEnded()
        case other:
            raise ChannelError(f"the station sent a message of type {other!r}")
