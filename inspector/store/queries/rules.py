# SPDX-License-Identifier: AGPL-3.0-or-later
"""Model and recipe: which are in force since when, what was changed by whom, and how many parts each has judged.

Parts are counted by the lookup tables in pieces, newest first, within a bound that the answer tells of: for screens.
The answer that is held against the seals is a recall (`inspector.store.queries.recall`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from inspector.errors import InspectorError
from inspector.store.documents import DocumentStore
from inspector.store.queries.approvals import ANNOUNCED, IN_FORCE, approval_of, approvals, kinds_of, waiting_changes
from inspector.store.queries.fields import text, time_of
from inspector.store.queries.people import RecordedChange, recorded_change
from inspector.store.queries.reader import AuditReader, RulesInForce, verdict_name
from inspector.store.read import StoredRecord

PIECE = 200_000
"""Record numbers that one read looks at."""
MOST_PARTS = 5_000_000
WITHIN_S = 8.0
MOST_CHANGES = 200
ABOUT = ("model", "recipe", "threshold")

_COUNTS = (
    "SELECT rules, verdict, count(*), min(t_s), max(t_s) FROM part_index"
    " WHERE seq BETWEEN ?1 AND ?2 AND challenge = 0 GROUP BY rules, verdict"
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: who, None where the name was erased; in which role; when; which record."""

    by: str | None
    role: str
    t_us: int
    record: int


@dataclass(frozen=True, slots=True)
class InForce:
    """A model or a recipe that judges now.

    Attributes:
        digest: Its SHA-256.
        since_us: When a start of the station found it, UTC, microseconds.
        record: The setup record of that start.
        change: What that start recorded of it; None at the first start of the station.
        approved: The signature that approves it; None where there is none.
    """

    digest: str
    since_us: int
    record: int
    change: RecordedChange | None
    approved: Signed | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A change of model, recipe or threshold.

    Attributes:
        change: The change record.
        announced: Whether it only says what is going to be changed.
        waits: Whether quality has to approve it before another shift opens.
        approved: The signature that has approved it.
    """

    change: RecordedChange
    announced: bool
    waits: bool
    approved: Signed | None


@dataclass(slots=True)
class JudgedBy:
    """The production parts that one pair of model and recipe has judged.

    Attributes:
        rules: The pair.
        verdicts: Parts by verdict.
        from_s: Time of the first, UTC, seconds.
        to_s: Time of the last.
        shifts: Parts by number of the shift, newest first.
    """

    rules: RulesInForce
    verdicts: dict[str, int] = field(default_factory=dict)
    from_s: int = 1 << 62
    to_s: int = 0
    shifts: dict[int, int] = field(default_factory=dict)

    @property
    def parts(self) -> int:
        """All of them."""
        return sum(self.verdicts.values())


def settings_in_force(reader: AuditReader) -> dict[str, str]:
    """What the newest setup record says of the settings: path of a value -> the value as JSON; empty if nothing does.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    setup = reader.newest_of_people("setup")
    return {} if setup is None else (document_of(reader, text(setup.fields, "settings")) or {})


def document_of(reader: AuditReader, digest: str) -> dict[str, str] | None:
    """A kept document of settings; None when it is not kept or is something else."""
    try:
        value: object = json.loads(DocumentStore(reader.station).get(digest))
    except (InspectorError, ValueError):
        return None
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        return None
    return value


def in_force(reader: AuditReader, kind: str) -> InForce | None:
    """Which model (`model`) or recipe (`recipe`) judges; None before the first start.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    since: StoredRecord | None = None
    before = 0
    for setup in reader.newest_first("setup"):
        if since is not None and text(setup.fields, kind) != text(since.fields, kind):
            before = setup.seq
            break
        since = setup
    if since is None:
        return None
    digest = text(since.fields, kind)
    found = [
        record
        for record in reader.events("change", first=before + 1, last=since.seq)
        if text(record.fields, "what") == kind and text(record.fields, "name") in ("digest", IN_FORCE)
    ]
    signed = found and before and not _is_changeover(found[-1])
    signature = approval_of(_approvals(reader), found[-1]) if signed else None
    return InForce(
        digest,
        time_of(since),
        since.seq,
        recorded_change(reader, found[-1]) if found and before else None,
        None if signature is None else _signed(reader, signature),
    )


def _is_changeover(change: StoredRecord) -> bool:
    """Between products that quality has approved: it asks for no approval of its own."""
    return text(change.fields, "name") == IN_FORCE


def rule_changes(reader: AuditReader, most: int = MOST_CHANGES) -> list[RuleChange]:
    """Changes of model, recipe and thresholds, and what was announced of them, newest first.

    Args:
        reader: The records.
        most: At most so many.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    kinds = kinds_of(settings_in_force(reader))
    waiting = {one.seq for one in waiting_changes(reader, kinds)}
    signatures = _approvals(reader)
    found: list[RuleChange] = []
    for record in reader.newest_first("change"):
        if text(record.fields, "what") not in ABOUT:
            continue
        announced = text(record.fields, "name") == ANNOUNCED
        signature = None if announced or _is_changeover(record) else approval_of(signatures, record)
        signed = None if signature is None else _signed(reader, signature)
        found.append(RuleChange(recorded_change(reader, record), announced, record.seq in waiting, signed))
        if len(found) >= most:
            break
    return found


def judged(
    reader: AuditReader, *, most_parts: int = MOST_PARTS, piece: int = PIECE, within_s: float = WITHIN_S
) -> tuple[list[JudgedBy], bool]:
    """Count production parts by what judged them, the pair that judged last first.

    Args:
        reader: The records.
        most_parts: After so many the rest, which is older, is left out.
        piece: Record numbers that one read looks at.
        within_s: The same after this time.

    Returns:
        The pairs, and whether all records were looked at.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    end_s = time.monotonic() + within_s
    found: dict[RulesInForce, JudgedBy] = {}
    parts, complete = 0, True
    for shift, first, last in _pieces(reader, piece):
        if parts >= most_parts or time.monotonic() > end_s:
            complete = False
            break
        for number, verdict, count, from_s, to_s in reader.rows(_COUNTS, first, last):
            rules = reader.rules_of(number)
            one = found.setdefault(rules, JudgedBy(rules))
            name = verdict_name(verdict)
            one.verdicts[name] = one.verdicts.get(name, 0) + count
            one.shifts[shift] = one.shifts.get(shift, 0) + count
            one.from_s, one.to_s = min(one.from_s, from_s), max(one.to_s, to_s)
            parts += count
    return list(found.values()), complete


def _pieces(reader: AuditReader, piece: int) -> Iterator[tuple[int, int, int]]:
    """Shift, first and last record number, newest first."""
    for summary in reversed(reader.ranges):
        last = summary.first + summary.count - 1
        while last >= summary.first:
            first = max(summary.first, last - piece + 1)
            yield summary.shift, first, last
            last = first - 1


def _approvals(reader: AuditReader) -> list[tuple[int, StoredRecord]]:
    return approvals(reader, list(reader.events("signature")))


def _signed(reader: AuditReader, record: StoredRecord) -> Signed:
    role = record.fields.get("role")
    name = reader.staff_id(text(record.fields, "signer"))
    return Signed(name, role if isinstance(role, str) else "", time_of(record), record.seq)
