# SPDX-License-Identifier: AGPL-3.0-or-later
"""What who comes has to know of a shift: its page for the hand-over, made from the records alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.store.queries.fields import optional_text, text, time_of, whole, words
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.queries.shift import holds_on
from inspector.store.read import ShiftSummary, StoredRecord

SHORTEST_STOP_US = 120_000_000
"""Stops that are shorter are not worth a line."""
TOP_DEFECTS = 3
RESTARTED = "RESTARTED: the station started again"
_KINDS = ("state", "station-start", "shift-close")


@dataclass(frozen=True, slots=True)
class LongStop:
    """A time in which nothing was inspected.

    Attributes:
        from_us: Its beginning, UTC, microseconds.
        to_us: Its end; None while it lasts.
        reasons: What stood first, each as `CODE: words`.
    """

    from_us: int
    to_us: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShiftBypass:
    """A bypass of the shift; `to_us` is None while it lasts, `why` it ended is empty then."""

    from_us: int
    to_us: int | None
    scope: str
    parts: int
    why: str


@dataclass(frozen=True, slots=True)
class ShiftChallenge:
    """A challenge of the shift; `passed` is None while it runs, or if a restart broke it off."""

    started_us: int
    passed: bool | None
    reason: str
    shown: int
    seen_rejected: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Handover:
    """A shift, closed or open.

    Attributes:
        summary: Its records and its seal.
        lot: Its lot.
        opened_us: When it was opened, UTC, microseconds.
        closed_us: When it was closed; None while it is open.
        verdicts: Production parts by verdict.
        test_parts: Presentations of challenge parts.
        defects: The classes found most often on failed parts, with their parts.
        not_inspected: Parts that were counted and not inspected.
        stops: Those longer than two minutes, oldest first.
        alarms: How often which came, the most frequent first.
        bypasses: Oldest first.
        challenges: Oldest first.
        holds: Names of the legal holds in force that may cover the lot.
        reviews: What people said of its parts, by finding.
        note: Remark of who has closed it.
        taken_over: When who came has signed for it, UTC, microseconds, and the role, None at a station without users.
        may_take_over: It was closed last, and nobody has signed yet.
    """

    summary: ShiftSummary
    lot: str
    opened_us: int
    closed_us: int | None
    verdicts: dict[str, int]
    test_parts: int
    defects: tuple[tuple[str, int], ...]
    not_inspected: int
    stops: tuple[LongStop, ...]
    alarms: tuple[tuple[str, int], ...]
    bypasses: tuple[ShiftBypass, ...]
    challenges: tuple[ShiftChallenge, ...]
    holds: tuple[str, ...]
    reviews: dict[str, int]
    note: str
    taken_over: tuple[int, str | None] | None
    may_take_over: bool


def handover(reader: AuditReader, shift: int) -> Handover | None:
    """The page of a shift; None when there is no shift with this number, or it was not opened yet.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    summary, opening = reader.summary(shift), reader.openings.get(shift)
    if summary is None or opening is None:
        return None
    first, last = opening.seq, summary.first + summary.count - 1
    counted = reader.tally(first, last)
    verdicts: Counter[str] = Counter()
    for tally in counted:
        if not tally.challenge:
            verdicts[tally.verdict] += tally.parts
    events = {kind: list(reader.events(kind, first=first, last=last)) for kind in ("alarm", "gap", "review")}
    close = next(reader.events("shift-close", first=first, last=last), None)
    lot = text(opening.fields, "lot")
    taken = None if close is None else _taken_over(reader, close)
    return Handover(
        summary,
        lot,
        time_of(opening),
        None if close is None else time_of(close),
        dict(verdicts),
        sum(tally.parts for tally in counted if tally.challenge),
        tuple(reader.most_found(first, last)[:TOP_DEFECTS]),
        sum(whole(gap.fields, "count") for gap in events["gap"]),
        tuple(_long(reader.in_order(*_KINDS, first=first, last=last))),
        _most_frequent(text(alarm.fields, "code") for alarm in events["alarm"]),
        tuple(_bypasses(reader, first, last)),
        tuple(_challenges(reader, first, last)),
        tuple(hold.name for hold in holds_on(reader, lot)),
        dict(_most_frequent(text(review.fields, "finding") for review in events["review"])),
        "" if close is None else text(close.fields, "reconciliation", "note"),
        taken,
        close is not None and taken is None and reader.event_after("shift-close", close.seq) is None,
    )


def _taken_over(reader: AuditReader, close: StoredRecord) -> tuple[int, str | None] | None:
    """Of the signature of who came, which stands before the end of the next shift."""
    after = reader.event_after("shift-close", close.seq)
    last = LAST if after is None else after.seq
    for signature in reader.events("signature", first=close.seq + 1, last=last):
        if "takes_over" in signature.fields:
            return time_of(signature), optional_text(signature.fields, "role")
    return None


def _most_frequent(names: Iterator[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda one: (-one[1], one[0])))


def _long(records: Sequence[StoredRecord]) -> Iterator[LongStop]:
    """From the first record that inspection stopped to the first that it goes on. A restart is one, too."""
    from_us: int | None = None
    reasons: tuple[str, ...] = ()
    for record in records:
        at_us = time_of(record)
        state = text(record.fields, "state") if record.kind == "state" else ""
        begins = state == "not-ready" or record.kind == "station-start"
        if begins and from_us is None:
            from_us = at_us
            reasons = (RESTARTED,) if record.kind == "station-start" else tuple(words(record.fields, "reasons"))
        elif from_us is not None and (state == "ready" or record.kind == "shift-close"):
            if at_us - from_us > SHORTEST_STOP_US:
                yield LongStop(from_us, at_us, reasons)
            from_us = None
    if from_us is not None:
        yield LongStop(from_us, None, reasons)


def _bypasses(reader: AuditReader, first: int, last: int) -> Iterator[ShiftBypass]:
    ends = {text(end.fields, "start"): end for end in reader.events("bypass-end", first=first, last=last)}
    for start in reader.events("bypass-start", first=first, last=last):
        end = ends.get(start.hash)
        until, why = (None, "") if end is None else (time_of(end), text(end.fields, "why"))
        parts = reader.tally(start.seq, last if end is None else end.seq)
        bypassed = sum(tally.parts for tally in parts if tally.verdict == "BYPASSED")
        yield ShiftBypass(time_of(start), until, text(start.fields, "scope"), bypassed, why)


def _challenges(reader: AuditReader, first: int, last: int) -> Iterator[ShiftChallenge]:
    results = {text(one.fields, "start"): one for one in reader.events("challenge", first=first, last=last)}
    for start in reader.events("challenge-start", first=first, last=last):
        result = results.get(start.hash)
        if result is None:
            yield ShiftChallenge(time_of(start), None, "", 0, 0, 0)
            continue
        fields = result.fields
        passed = text(fields, "result") == "passed"
        listed = 0 if fields.get("passed_since") is None else whole(fields, "passed_since", "parts")
        shown, out = whole(fields, "parts_in"), whole(fields, "parts_out")
        yield ShiftChallenge(time_of(start), passed, text(fields, "reason"), shown, out, listed)
