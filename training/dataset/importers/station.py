# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station's own store: pictures with the model's findings, and what people said of them.

Only reviews make labels: a finding that nobody confirmed is a proposal, and a part that passed is not therefore good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from inspector.errors import EvidenceError, RecipeError, StoreError
from inspector.part import Detection
from inspector.recipe.rules import counted
from inspector.recipe.settings import Recipe
from inspector.store.documents import DocumentStore
from inspector.store.images import path_in
from inspector.store.queries.fields import items, serial_of, text, whole
from inspector.store.queries.reviews import Review, ReviewReader
from inspector.store.read import StoredRecord
from training.dataset.incoming import Gathered, Incoming, RawBox, Request
from training.dataset.manifest import State
from training.dataset.problems import Kind, Problems
from training.dataset.sampling import Choice, Seen

DATABASE = "records.sqlite"


@dataclass(frozen=True, slots=True)
class _View:
    """One picture of a part."""

    part: StoredRecord
    lot: str
    fields: Mapping[str, object]
    digest: str
    path: Path
    findings: tuple[Detection, ...]


def station_at(path: Path) -> Path:
    """The directory that was named; `demo` is also the one that `inspector demo` makes."""
    made = path.with_name("demo-station")
    return made if path.name == "demo" and not (path / DATABASE).exists() and made.is_dir() else path


def gather(request: Request, problems: Problems) -> Gathered:
    """Choose parts of a station, and label those that people have reviewed."""
    station = station_at(request.source)
    try:
        with ReviewReader(station) as reader:
            return _Store(station, reader, problems).gather(request)
    except (StoreError, EvidenceError) as error:
        problems.error(Kind.SOURCE, station, str(error))
        return Gathered(None, ())


class _Store:
    def __init__(self, station: Path, reader: ReviewReader, problems: Problems) -> None:
        self._station, self._reader, self._problems = station, reader, problems
        self._documents = DocumentStore(station)
        self._recipes: dict[str, Recipe | None] = {}

    def gather(self, request: Request) -> Gathered:
        grey = (request.grey_low_ppm, request.grey_high_ppm)
        choice = Choice(request.seed, request.random_ppm, grey, request.grey_count, request.diverse_count)
        reviewed = {record.seq for record in self._reader.reviewed()}
        gone = 0
        for views in self._parts():
            there = [view for view in views if view.path.is_file()]
            gone += len(views) - len(there)
            if there:
                top = max((one.score_ppm for view in there for one in view.findings), default=0)
                part = there[0].part
                choice.see(Seen(part.seq, part.hash, top, there[0].path, part.seq in reviewed))
        if gone:
            self._problems.warn(
                Kind.MISSING_PICTURE,
                self._station,
                f"{gone} pictures are not kept (any more): the random share is one of the parts whose pictures are",
            )
        strata = choice.conclude()
        found: dict[str, Incoming] = {}
        for views in self._parts():
            for view in views:
                if view.part.seq in strata and view.path.is_file():
                    one = self._incoming(view, strata[view.part.seq], request)
                    found[view.digest] = _merged(found.get(view.digest), one)
        if not found:
            self._problems.error(Kind.SOURCE, self._station, "has no part with a picture that was chosen")
        names = {name for recipe in self._recipes.values() if recipe is not None for name in recipe.classes}
        names |= {box.class_name for one in found.values() for box in (*one.boxes, *one.proposals)}
        return Gathered(tuple(sorted(names)), sorted(found.values(), key=lambda one: one.name))

    def _parts(self) -> Iterator[list[_View]]:
        """The pictures of each production part, oldest first."""
        newest = self._reader.latest(1)
        lot = ""
        for record in self._reader.parts_and_openings(1, newest[0].seq if newest else 0):
            fields = record.fields
            if record.kind == "shift-open":
                lot = text(fields, "lot")
            elif fields.get("purpose") == "production":
                yield [view for one in items(fields, "views") if (view := self._view(record, lot, one)) is not None]

    def _view(self, part: StoredRecord, lot: str, fields: Mapping[str, object]) -> _View | None:
        image = fields.get("image")
        if not isinstance(image, dict):
            return None
        digest = text(image, "digest")
        size = whole(image, "width"), whole(image, "height")
        found = tuple(detection_of(one, size) for one in items(fields, "detections"))
        recipe = self._recipe(part.fields.get("recipe_digest"))
        kept = found if recipe is None else counted(found, recipe)
        return _View(part, lot, fields, digest, path_in(self._station, digest), kept)

    def _recipe(self, digest: object) -> Recipe | None:
        """The rules of a part: what they do not count is no finding."""
        if not isinstance(digest, str):
            return None
        if digest not in self._recipes:
            try:
                self._recipes[digest] = Recipe.parse(self._documents.get(digest), f"recipe {digest[:8]}")
            except (StoreError, EvidenceError, RecipeError) as error:
                self._problems.warn(Kind.SOURCE, self._station, f"all findings count where the recipe is gone: {error}")
                self._recipes[digest] = None
        return self._recipes[digest]

    def _incoming(self, view: _View, stratum: str, request: Request) -> Incoming:
        fields, reviews = view.part.fields, self._reader.counting(view.part.seq)
        verdict = text(view.fields, "verdict")
        state, boxes = label(verdict, view.findings, reviews)
        key = fields.get("key")
        own = f"{text(key, 'line_boot')}-{whole(key, 'part_seq')}" if isinstance(key, dict) else str(view.part.seq)
        findings = {review.finding for review in reviews}
        origin: dict[str, object] = {
            "station": text(fields, "station"),
            "seq": view.part.seq,
            "camera": text(view.fields, "camera"),
            "verdict": verdict,
            "model": fields.get("model_digest"),
            "review": (findings.pop() if len(findings) == 1 else "mixed") if findings else None,
        }
        return Incoming(
            view.path,
            view.path.relative_to(self._station).as_posix(),
            state,
            tuple(_raw(one) for one in boxes),
            f"record {view.part.seq}, {text(view.fields, 'camera')}",
            proposals=tuple(_raw(one) for one in view.findings) if state == "unlabelled" else (),
            part=serial_of(fields) or own,
            lot=view.lot or None,
            stratum=stratum,
            probability_ppm=request.random_ppm if stratum == "random" else None,
            origin=origin,
        )


def label(verdict: str, found: tuple[Detection, ...], reviews: list[Review]) -> tuple[State, tuple[Detection, ...]]:
    """What people made of a picture: its state, and which of the findings are defects.

    `agree` with a class confirms the findings of this class; without one it says that the verdict is right. Whatever
    is not decided, or decided in two ways, leaves the picture unlabelled.

    Args:
        verdict: The station's, of this view.
        found: What the recipe counts.
        reviews: The newest of each person.
    """
    if not reviews or any(review.finding == "unsure" for review in reviews):
        return "unlabelled", ()
    whole_part = {review.finding for review in reviews if review.class_name is None}
    if len(whole_part) > 1:
        return "unlabelled", ()
    if not found:
        right = whole_part == {"agree"} and verdict == "PASS"
        return ("good", ()) if right or whole_part == {"not-a-defect"} else ("unlabelled", ())
    defects: list[Detection] = []
    for name in sorted({one.class_name for one in found}):
        said = {review.finding for review in reviews if review.class_name == name}
        answers = {finding == "agree" for finding in said}
        if not answers and whole_part:
            answers = {whole_part == {"agree"} and verdict == "FAIL"}
            if whole_part == {"agree"} and verdict not in ("PASS", "FAIL"):
                return "unlabelled", ()  # it is right that it was not decided: that decides nothing
        if len(answers) != 1:
            return "unlabelled", ()
        if answers == {True}:
            defects += [one for one in found if one.class_name == name]
    return ("labelled", tuple(defects)) if defects else ("good", ())


def _merged(old: Incoming | None, new: Incoming) -> Incoming:
    """Of the same picture in two records - a simulated camera, a frozen one - the one that people looked at."""
    if old is None:
        return new
    keep = old.state != "unlabelled" and new.state == "unlabelled"
    first, second = (old, new) if keep else (new, old)
    if second.stratum == "random" and first.stratum != "random":
        return replace(first, stratum="random", probability_ppm=second.probability_ppm)
    return first


def detection_of(fields: Mapping[str, object], size: tuple[int, int]) -> Detection:
    """A finding of a record, cut off at the edges of its picture, which has this width and height.

    Raises:
        EvidenceError: The record is damaged.
    """
    box = fields.get("box_16")
    if not isinstance(box, list) or len(box) != 4 or not all(type(value) is int for value in box):
        raise EvidenceError("A finding in a record has no box", "Run `inspector verify`")
    edges = [min(max(value, 0), 16 * size[number % 2]) for number, value in enumerate(box)]
    return Detection(text(fields, "class"), whole(fields, "score_ppm"), (edges[0], edges[1], edges[2], edges[3]))


def _raw(one: Detection) -> RawBox:
    x0, y0, x1, y1 = (value / 16 for value in one.box_16)
    return RawBox(one.class_name, x0, y0, x1 - x0, y1 - y0)
