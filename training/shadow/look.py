# SPDX-License-Identifier: AGPL-3.0-or-later
"""One recorded part, judged by the candidate from its stored pictures."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspector.errors import EvidenceError, RecipeError, StoreError
from inspector.part import Detection, Verdict
from inspector.recipe import Recipe
from inspector.recipe.rules import counted, failing_classes
from inspector.station.judge import Judge, PartResult
from inspector.station.replay import stored_frame
from inspector.store.documents import DocumentStore
from inspector.store.queries.fields import Fields, items, mapping, serial_of, text, whole
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.serial import images_of
from inspector.store.read import StoredRecord
from training.dataset.importers.station import detection_of
from training.shadow.candidate import Candidate
from training.shadow.verdicts import Pair, Why, pair, verdict_of

_SHIFTS_KNOWN = 64


@dataclass(frozen=True, slots=True)
class Found:
    """What one side found in a picture.

    Attributes:
        verdict: Of this picture.
        findings: All that is known of it, in descending score.
        counting: Those that some rule counts.
        failing: Classes whose findings alone keep the part from passing.
    """

    verdict: Verdict
    findings: tuple[Detection, ...]
    counting: tuple[Detection, ...]
    failing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sight:
    """A picture that both have seen.

    Attributes:
        fields: The view in the record.
        size: Width and height in px.
        released: What the released model found.
        candidate: What the candidate finds.
    """

    fields: Fields
    size: tuple[int, int]
    released: Found
    candidate: Found

    @property
    def camera(self) -> str:
        """Which camera took it."""
        return text(self.fields, "camera")


@dataclass(frozen=True, slots=True)
class Compared:
    """A part that both have judged.

    Attributes:
        seq: Number of its record. hash: Hash of the record. t_us: When it was recorded, UTC, microseconds.
        serial: Its serial, or None.
        pair: Both verdicts.
        sights: Its pictures.
        took_us: What judging each picture took.
    """

    seq: int
    hash: str
    t_us: int
    serial: str | None
    pair: Pair
    sights: tuple[Sight, ...]
    took_us: tuple[float, ...]


class Eyes:
    """The candidate, looking at a station's parts.

    Args:
        station: Station directory, or a copy of it.
        candidate: It.
    """

    def __init__(self, station: Path, candidate: Candidate) -> None:
        self._station = station
        self._candidate = candidate
        self._judges: dict[int, Judge] = {}
        self._recipes: dict[str, Recipe | None] = {}

    def look(self, reader: AuditReader, record: StoredRecord) -> Compared | Why:
        """Judge a part again, or say why that cannot be done.

        Args:
            reader: The records.
            record: A part record.

        Raises:
            EvidenceError: The record is damaged.
            StoreError: The records cannot be read.
            RecipeError: The candidate's recipe does not fit the station.
        """
        part = record.fields
        views = items(part, "views")
        judged = [view for view in views if view.get("image") is not None and view.get("gate") is not None]
        if not judged:
            return Why.NOT_JUDGED if any(view.get("image") is not None for view in views) else Why.NO_PICTURE
        judge = self._judge(reader, record.shift)
        released = self.recipe(part)
        looked: dict[str, PartResult] = {}
        sights, took = [], []
        for view in judged:
            try:
                frame = stored_frame(self._station, view)
            except StoreError:
                return _why_gone(reader, record, text(view, "camera"))
            except EvidenceError:
                return Why.DAMAGED
            began = time.perf_counter_ns()
            result = judge.look(frame)
            took.append((time.perf_counter_ns() - began) / 1000)
            looked[frame.camera] = result
            height, width = frame.pixels.shape[:2]
            sights.append(self._sight(view, (width, height), released, result))
        both = pair(part, views, looked)
        t_us = whole(part, "t_us")
        return Compared(record.seq, record.hash, t_us, serial_of(part), both, tuple(sights), tuple(took))

    def recipe(self, part: Fields) -> Recipe | None:
        """The recipe that a part was judged by; None where the station does not have it (any more)."""
        digest = part.get("recipe_digest")
        if not isinstance(digest, str):
            return None
        if digest not in self._recipes:
            try:
                data = DocumentStore(self._station).get(digest)
                self._recipes[digest] = Recipe.parse(data, f"recipe {digest[:8]}")
            except (StoreError, EvidenceError, RecipeError):
                self._recipes[digest] = None
        return self._recipes[digest]

    def _judge(self, reader: AuditReader, shift: int) -> Judge:
        judge = self._judges.get(shift)
        if judge is None:
            opening = reader.shift_open_of(shift)
            judge = self._candidate.judge_for(None if opening is None else opening.fields)
            if len(self._judges) >= _SHIFTS_KNOWN:
                self._judges.clear()
            self._judges[shift] = judge
        return judge

    def _sight(self, view: Fields, size: tuple[int, int], recipe: Recipe | None, result: PartResult) -> Sight:
        camera = text(view, "camera")
        judgement = result.views[0].judgement
        now = judgement.detections if judgement is not None else ()
        verdict = result.views[0].verdict
        candidate = _found(verdict, now, self._candidate.recipe.for_camera(camera))
        return Sight(view, size, recorded(view, recipe), candidate)


def recorded(view: Fields, recipe: Recipe | None) -> Found:
    """What the released model found in a picture; without its recipe every finding counts.

    Args:
        view: The view in the record; it has a picture.
        recipe: The recipe that it was judged by.

    Raises:
        EvidenceError: The record is damaged.
    """
    image = mapping(view, "image")
    size = whole(image, "width"), whole(image, "height")
    found = tuple(detection_of(one, size) for one in items(view, "detections"))
    return _found(verdict_of(view), found, None if recipe is None else recipe.for_camera(text(view, "camera")))


def _found(verdict: Verdict, findings: tuple[Detection, ...], recipe: Recipe | None) -> Found:
    if recipe is None:
        names = frozenset(one.class_name for one in findings) if verdict is not Verdict.PASS else frozenset()
        return Found(verdict, findings, findings, names)
    return Found(verdict, findings, counted(findings, recipe), failing_classes(findings, recipe, grey=True))


def _why_gone(reader: AuditReader, record: StoredRecord, camera: str) -> Why:
    """Why the picture of a view is not there."""
    states: Mapping[str, Why] = {"lost": Why.LOST, "erased": Why.ERASED, "stored": Why.GONE}
    fate = next(one for one in images_of(reader, record) if one.camera == camera)
    return states.get(fate.state, Why.NOT_STORED_YET)
