# SPDX-License-Identifier: AGPL-3.0-or-later
"""The logs whose receipts can be checked: those that whoever checks has named, or else the one that lies there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from inspector.errors import EvidenceError, FormatInvalid
from inspector.evidence.log_policy import LogPolicy, PolicyLog
from inspector.evidence.note import NoteKey, parse_checkpoint, parse_vkey, split_note
from inspector.evidence.verify.report import VerificationReport

LONGEST_KEY = 1000


@dataclass
class Roots:
    """Roots that somebody saw at some size, with where they were seen; sizes that were seen more than once."""

    at: dict[int, list[tuple[bytes, str, int]]] = field(default_factory=dict)
    twice: set[int] = field(default_factory=set)

    def add(self, size: int, root: bytes, place: str, order: int) -> None:
        """Note a root, once."""
        known = self.at.setdefault(size, [])
        if known:
            self.twice.add(size)
        if all(root != other for other, _, _ in known):
            known.append((root, place, order))


@dataclass(eq=False)
class Asked:
    """One policy of whoever checks, and what its logs were shown to hold.

    Attributes:
        policy: Logs, witnesses and quorum.
        proven: Hashes of the documents that a receipt proves to be in one of the logs, seen by the quorum.
    """

    policy: LogPolicy
    proven: set[str] = field(default_factory=set)

    @property
    def what(self) -> str:
        """What a document must have, for findings."""
        names = [log.key.name for log in self.policy.logs]
        which = f"the log {names[0]}" if len(names) == 1 else f"one of the logs {', '.join(names)}"
        seen = f", cosigned by the quorum {self.policy.quorum}" if self.policy.asks else ""
        return f"a receipt of {which}{seen}"


@dataclass(eq=False)
class KnownLog:
    """A log whose key is known, and what was seen of it.

    Attributes:
        key: Its key.
        asked: The policy that names it.
        roots: Its roots at some sizes.
        entries: Leaf hash that a receipt proves to be at an index, and the order of that receipt.
        known_size: Size in the checkpoint that the auditor kept; 0 without one.
    """

    key: NoteKey
    asked: Asked
    roots: Roots = field(default_factory=Roots)
    entries: dict[int, tuple[bytes, int]] = field(default_factory=dict)
    known_size: int = 0


class Logs:
    """All logs whose keys are known.

    Args:
        policies: Of whoever checks; of two that name a log of one name the first counts.

    Attributes:
        named: Whether whoever checks named any; if not, the key that lies beside the records stands in.
        asked: Each policy with what was shown.
    """

    def __init__(self, policies: Sequence[LogPolicy]) -> None:
        self.named = bool(policies)
        self.asked: list[Asked] = []
        self._by_name: dict[str, KnownLog] = {}
        for policy in policies:
            self._add(policy)

    def _add(self, policy: LogPolicy) -> None:
        asked = Asked(policy)
        self.asked.append(asked)
        for log in policy.logs:
            self._by_name.setdefault(log.key.name, KnownLog(log.key, asked))

    def stand_in(self, key: NoteKey) -> None:
        """Take the key that lies beside the records."""
        self._add(LogPolicy((PolicyLog(key),)))

    @property
    def all(self) -> list[KnownLog]:
        """Each log once."""
        return list(self._by_name.values())

    @property
    def only(self) -> KnownLog | None:
        """The log, if exactly one is known."""
        return self.all[0] if len(self._by_name) == 1 else None

    def get(self, *names: str) -> KnownLog | None:
        """The log of the first of these names that is known."""
        return next((self._by_name[name] for name in names if name in self._by_name), None)

    def of_note(self, note: bytes) -> KnownLog | None:
        """The log that a checkpoint says that it is of, which is not checked here; the only one, if it is of none."""
        try:
            return self.get(parse_checkpoint(split_note(note)[0]).origin) or self.only
        except FormatInvalid:
            return self.only


@dataclass(frozen=True)
class KeyPlace:
    """Where a log's key lies beside the records.

    Attributes:
        rule: Rule that a key which is not the expected one breaks.
        name: Its name in findings.
        origin: What it lies in, for people.
        read: Reads at most `LONGEST_KEY` bytes of it; None if it is not there; raises OSError.
    """

    rule: str
    name: str
    origin: str
    read: Callable[[], bytes | None]


def find_log(report: VerificationReport, place: KeyPlace, logs: Logs) -> KnownLog | None:
    """The log whose key lies there, if it is one that whoever checks named; if they named none, it is taken.

    Where there is no key, the only log that they named must be meant, unless it has witnesses: then it may be anywhere.
    """
    try:
        data = place.read()
        if data is None:
            return None if logs.only is None or logs.only.asked.policy.asks else logs.only
        key = parse_vkey(data.decode("utf-8", "replace"))
    except EvidenceError as error:
        report.tamper(place.rule, place.name, error.message)
        return logs.only
    except OSError as error:
        report.unchecked(place.rule, place.name, f"it cannot be read: {error.strerror}")
        return logs.only
    if not logs.named:
        logs.stand_in(key)
        report.skip(f"the log's key was taken from {place.origin} itself, not from you")
    log = logs.get(key.name)
    if log is not None and log.key != key:
        report.tamper(place.rule, place.name, "it is not the key that you expect")
    return log
