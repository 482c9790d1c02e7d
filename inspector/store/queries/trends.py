# SPDX-License-Identifier: AGPL-3.0-or-later
"""How verdicts and defects went from hour to hour or shift to shift, and where on the part rejects had their findings.

Counts come from the lookup tables, in pieces, newest first: each piece is a read of its own, so that nothing holds the
database for long, and the work ends at a bound that the answer tells of. They are for screens, not for evidence.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from inspector.store.index import VERDICTS
from inspector.store.queries.fields import Fields, items, text, whole
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.read import StoredRecord

HOUR_S = 3_600
PIECE = 200_000
"""Record numbers that one read looks at."""
MOST_PARTS = 2_000_000
MOST_BUCKETS = 1_000
MOST_REJECTS = 5_000
WITHIN_S = 8.0
CLOCK_SLACK_S = 86_400
"""Records are in the order of time, but for a clock that was set back: by more than this, older ones are not seen."""
CELLS = 32
"""Cells of a map along each side of the picture."""
LET_THROUGH = ("PASS", "BYPASSED")

_PASSING = ", ".join(str(VERDICTS.index(name)) for name in LET_THROUGH)
_COUNTS = (
    "SELECT t_s / ?5, verdict, count(*) FROM part_index"
    " WHERE seq BETWEEN ?1 AND ?2 AND t_s BETWEEN ?3 AND ?4 AND challenge = 0 GROUP BY 1, 2"
)
_CLASSES = (
    "SELECT c.name, count(*) FROM finding_class AS c"  # noqa: S608 - numbers of our own
    " CROSS JOIN finding AS f ON f.class = c.id AND f.seq BETWEEN ?1 AND ?2"
    " CROSS JOIN part_index AS p ON p.seq = f.seq"
    f" WHERE p.t_s BETWEEN ?3 AND ?4 AND p.challenge = 0 AND p.verdict NOT IN ({_PASSING}) GROUP BY c.id"
)
_NEWEST = "SELECT t_s FROM part_index WHERE seq BETWEEN ? AND ? ORDER BY seq DESC LIMIT 1"
_REJECTS = (
    "SELECT p.seq FROM part_index AS p WHERE p.seq BETWEEN ?1 AND ?2 AND p.t_s BETWEEN ?3 AND ?4"  # noqa: S608 - as above
    f" AND p.challenge = 0 AND p.verdict NOT IN ({_PASSING}) AND (?5 IS NULL OR EXISTS (SELECT 1 FROM finding AS f"
    " WHERE f.class = (SELECT id FROM finding_class WHERE name = ?5) AND f.seq = p.seq)) ORDER BY p.seq DESC LIMIT ?6"
)


@dataclass(frozen=True, slots=True)
class TrendQuery:
    """What a trend is of.

    Attributes:
        lot: Lot of the shifts; None for all.
        from_s: Recorded in this second or later, UTC.
        to_s: Recorded in this second or earlier.
    """

    lot: str | None = None
    from_s: int = 0
    to_s: int = LAST


@dataclass(slots=True)
class Bucket:
    """The production parts of an hour or a shift.

    Attributes:
        start_s: Begin of the hour, or time of the first part of the shift, UTC, seconds.
        shift: Number of the shift; None for an hour.
        verdicts: Parts by verdict.
    """

    start_s: int
    shift: int | None
    verdicts: dict[str, int] = field(default_factory=dict)

    @property
    def inspected(self) -> int:
        """Parts that were judged: all but bypassed ones."""
        return sum(parts for verdict, parts in self.verdicts.items() if verdict != "BYPASSED")

    @property
    def rejected(self) -> int:
        """Parts that were not let through."""
        return sum(parts for verdict, parts in self.verdicts.items() if verdict not in LET_THROUGH)


@dataclass(frozen=True, slots=True)
class Trend:
    """The answer.

    Attributes:
        buckets: Oldest first; those without a part are not there.
        classes: Rejected parts by class of defects found on them; a part with two classes counts in both.
        complete: Whether everything that was asked for was looked at; else only the newest of it was.
    """

    buckets: tuple[Bucket, ...]
    classes: dict[str, int]
    complete: bool


def trend_of(
    reader: AuditReader,
    asked: TrendQuery,
    by: Literal["hour", "shift"],
    *,
    most_parts: int = MOST_PARTS,
    piece: int = PIECE,
    within_s: float = WITHIN_S,
) -> Trend:
    """Count production parts by hour or shift, and rejects by class.

    Args:
        reader: The records.
        asked: Which parts.
        by: What a bucket is.
        most_parts: After so many parts the rest, which is older, is left out.
        piece: Record numbers that one read looks at.
        within_s: The same after this time.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    end_s = time.monotonic() + within_s
    buckets: dict[int, Bucket] = {}
    classes: dict[str, int] = {}
    parts, complete = 0, True
    for shift, first, last in _pieces(reader, asked, piece):
        if parts >= most_parts or len(buckets) >= MOST_BUCKETS or time.monotonic() > end_s:
            complete = False
            break
        parts += _count(reader, asked, by, shift, first, last, buckets)
        for name, rejected in reader.rows(_CLASSES, first, last, asked.from_s, asked.to_s):
            classes[str(name)] = classes.get(str(name), 0) + int(rejected)
    return Trend(tuple(sorted(buckets.values(), key=lambda one: (one.start_s, one.shift or 0))), classes, complete)


def _count(
    reader: AuditReader, asked: TrendQuery, by: str, shift: int, first: int, last: int, buckets: dict[int, Bucket]
) -> int:
    """Enter a piece; returns how many parts it had."""
    parts = 0
    for hour, verdict, number in reader.rows(_COUNTS, first, last, asked.from_s, asked.to_s, HOUR_S):
        key = int(hour) if by == "hour" else shift
        start_s = int(hour) * HOUR_S
        bucket = buckets.setdefault(key, Bucket(start_s, None if by == "hour" else shift))
        bucket.start_s = min(bucket.start_s, start_s)
        name = VERDICTS[verdict]
        bucket.verdicts[name] = bucket.verdicts.get(name, 0) + int(number)
        parts += int(number)
    return parts


def _pieces(reader: AuditReader, asked: TrendQuery, piece: int) -> Iterator[tuple[int, int, int]]:
    """Shift, first and last record number, newest first, as far back as the time goes."""
    for summary in reversed(reader.ranges):
        if asked.lot is not None and reader.lot_of(summary.shift) != asked.lot:
            continue
        last = summary.first + summary.count - 1
        while last >= summary.first:
            first = max(summary.first, last - piece + 1)
            newest = next(reader.rows(_NEWEST, first, last), None)
            if newest is not None and int(newest[0]) < asked.from_s - CLOCK_SLACK_S:
                return
            yield summary.shift, first, last
            last = first - 1


@dataclass(slots=True)
class PositionMap:
    """Where the findings of rejects were in the pictures of one camera.

    Attributes:
        camera: Its name.
        width: Width of its pictures, pixels, as in the newest reject.
        height: Height of them.
        image: Digest of the newest reject's picture.
        cells: Findings by the cell that their middle is in, `CELLS` rows from the top of `CELLS` each.
        findings: Their sum.
    """

    camera: str
    width: int
    height: int
    image: str
    cells: list[list[int]] = field(default_factory=lambda: [[0] * CELLS for _ in range(CELLS)])
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Positions:
    """The answer: maps by camera, how many rejects they are of, and whether these are all."""

    maps: tuple[PositionMap, ...]
    parts: int
    complete: bool


def positions_of(
    reader: AuditReader,
    asked: TrendQuery,
    defect: str | None = None,
    *,
    most: int = MOST_REJECTS,
    piece: int = PIECE,
    within_s: float = WITHIN_S,
) -> Positions:
    """Where rejects had findings, from their records, newest first.

    Args:
        reader: The records.
        asked: Which parts.
        defect: Only findings of this class.
        most: After so many rejects the rest, which is older, is left out.
        piece: Record numbers that one read looks at.
        within_s: The same after this time.

    Raises:
        StoreError: The records cannot be read.
        EvidenceError: A record is damaged.
    """
    end_s = time.monotonic() + within_s
    maps: dict[str, PositionMap] = {}
    parts = 0
    for _shift, first, last in _pieces(reader, asked, piece):
        for seq in reader.numbers(_REJECTS, first, last, asked.from_s, asked.to_s, defect, most - parts + 1):
            if parts >= most or time.monotonic() > end_s:
                return Positions(_in_order(maps), parts, False)
            record = reader.record(seq)
            if record is not None:
                _enter(maps, record, defect)
                parts += 1
        if time.monotonic() > end_s:
            return Positions(_in_order(maps), parts, False)
    return Positions(_in_order(maps), parts, True)


def _in_order(maps: dict[str, PositionMap]) -> tuple[PositionMap, ...]:
    return tuple(maps[name] for name in sorted(maps))


def _enter(maps: dict[str, PositionMap], record: StoredRecord, defect: str | None) -> None:
    for view in items(record.fields, "views"):
        if view.get("image") is None or text(view, "verdict") in LET_THROUGH:
            continue
        width, height = whole(view, "image", "width"), whole(view, "image", "height")
        camera = text(view, "camera")
        found = maps.setdefault(camera, PositionMap(camera, width, height, text(view, "image", "digest")))
        for one in items(view, "detections"):
            if defect in (None, text(one, "class")):
                row, column = _cell(one, width, height)
                found.cells[row][column] += 1
                found.findings += 1


def _cell(detection: Fields, width: int, height: int) -> tuple[int, int]:
    """Row and column of the middle of a box."""
    x0, y0, x1, y1 = (int(side) for side in _box(detection))
    column = (x0 + x1) * CELLS // (32 * max(1, width))
    row = (y0 + y1) * CELLS // (32 * max(1, height))
    return min(max(row, 0), CELLS - 1), min(max(column, 0), CELLS - 1)


def _box(detection: Fields) -> list[int]:
    box = detection.get("box_16")
    return box if isinstance(box, list) and len(box) == 4 else [0, 0, 0, 0]
