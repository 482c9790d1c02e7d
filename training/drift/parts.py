# SPDX-License-Identifier: AGPL-3.0-or-later
"""Part records as they stream past: what the gate measured and the model found, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.errors import DriftRefused
from inspector.store.queries.fields import Fields, items, mapping, optional_text, text, whole
from inspector.store.read import RecordReader, StoredRecord

PIECE = 20_000
"""Records that one read looks at: the writer beside us is never held up for long."""
LET_THROUGH = "PASS"
BYPASSED = "BYPASSED"

Progress = Callable[[int, int], None]
"""Called with how many records were looked at, and of how many."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which records are looked at.

    Attributes:
        first: Number of the first. last: Of the last.
        from_us: Only recorded then or later, UTC, microseconds. to_us: Only then or earlier.
    """

    first: int
    last: int
    from_us: int = 0
    to_us: int = 2**62


@dataclass(frozen=True, slots=True)
class View:
    """One view of a part.

    Attributes:
        camera: Name of the camera.
        has_image: Whether there is a picture.
        gate: Brightness and sharpness in thousandths; None where none were measured.
        seen: Whether the model has seen it: the gate let it through.
        score: Highest score of its findings in millionths; 0: nothing was found.
        found: Class of that finding; None: nothing was found.
    """

    camera: str
    has_image: bool
    gate: tuple[int, int] | None
    seen: bool
    score: int
    found: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """What a part record says.

    Attributes:
        seq: Its number. shift: Its shift. t_us: When it was recorded, UTC, microseconds. hash: Of the record.
        station: Name of the station.
        test: Whether it is a part of a challenge.
        verdict: Of the station.
        rules: Digests of model and recipe; None where one is missing.
        views: One for each camera.
    """

    seq: int
    shift: int
    t_us: int
    hash: str
    station: str
    test: bool
    verdict: str
    rules: tuple[str, str] | None
    views: tuple[View, ...]

    @property
    def rejected(self) -> bool:
        """Not let through, for whatever reason; a bypassed part is neither."""
        return self.verdict not in (LET_THROUGH, BYPASSED)


def part_of(record: StoredRecord) -> Part:
    """Read a part record.

    Raises:
        EvidenceError: It is damaged.
    """
    fields = record.fields
    model, recipe = optional_text(fields, "model_digest"), optional_text(fields, "recipe_digest")
    return Part(
        seq=record.seq,
        shift=record.shift,
        t_us=whole(fields, "t_us"),
        hash=record.hash,
        station=text(fields, "station"),
        test=text(fields, "purpose") != "production",
        verdict=text(fields, "verdict"),
        rules=None if model is None or recipe is None else (model, recipe),
        views=tuple(_view(view) for view in items(fields, "views")),
    )


def _view(view: Fields) -> View:
    has_image = isinstance(view.get("image"), dict)
    gate, seen = None, False
    if has_image and view.get("gate") is not None:
        gate = whole(view, "gate", "brightness_milli"), whole(view, "gate", "sharpness_milli")
        seen = mapping(view, "gate").get("failed") == []
    score, found = 0, None
    for detection in items(view, "detections"):
        if found is None or whole(detection, "score_ppm") > score:
            score, found = whole(detection, "score_ppm"), text(detection, "class")
    return View(text(view, "camera"), has_image, gate, seen, score, found)


def stream(reader: RecordReader, span: Span, progress: Progress = lambda done, total: None) -> Iterator[Part]:
    """The parts of a span, oldest first, in bounded memory.

    Raises:
        EvidenceError: A record is damaged.
        StoreError: The records cannot be read.
    """
    total = max(0, span.last - span.first + 1)
    for first in range(span.first, span.last + 1, PIECE):
        last = min(span.last, first + PIECE - 1)
        for record in reader.of_types(first, last, ("part",)):
            part = part_of(record)
            if span.from_us <= part.t_us <= span.to_us:
                yield part
        progress(last - span.first + 1, total)


def newest_record(reader: RecordReader) -> int:
    """Number of the newest record; 0 if there is none."""
    return next((record.seq for record in reader.latest(1)), 0)


def span_of_shifts(reader: RecordReader, first: int, last: int) -> Span:
    """The records of these shifts, both included.

    Raises:
        DriftRefused: The station has no such shift.
    """
    shifts = {one.shift: one for one in reader.shifts()}
    if first not in shifts or last not in shifts:
        message = f"The station has shifts 1 to {max(shifts)}, not {first} to {last}"
        raise DriftRefused(message, "`inspector show --shifts` lists them")
    return Span(shifts[first].first, shifts[last].first + shifts[last].count - 1)


def span_of_last(reader: RecordReader, parts: int) -> Span:
    """From the so-manieth production part before the end on, or from the first one on."""
    newest = newest_record(reader)
    left, last = parts, newest
    while last > 0:
        first = max(1, last - PIECE + 1)
        found = [
            one.seq for one in reader.of_types(first, last, ("part",)) if text(one.fields, "purpose") == "production"
        ]
        if len(found) >= left:
            return Span(found[-left], newest)
        left, last = left - len(found), first - 1
    return Span(1, newest)
