# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person of quality would say of a simulated shift: real review records, by the labels of the pictures.

The reviewer is simulated as the plant is, and named so. It says no more than a person can say with the keys of the
screen: where a defect was not found, or something else was found too, it is unsure, and somebody has to draw.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import data_samples
from inspector.cli.control import StationControl
from inspector.config import load_config
from inspector.errors import EvidenceError
from inspector.line.plant.truth import read_truth
from inspector.part import Detection
from inspector.recipe import Recipe, counted
from inspector.store.documents import DocumentStore
from inspector.store.queries.fields import items, text, whole
from inspector.store.read import RecordReader

REVIEWER = "SIMULATED reviewer"
LEFT_OPEN = 2
"""So many pictures of a shift the reviewer leaves to somebody else: there is always something left to label."""
LEAST_OVERLAP = 0.3
"""Intersection over union from which a finding shows a labelled defect, as `inspector evaluate` counts."""
_JUDGED = ("PASS", "FAIL", "NO_DECISION")
_SUBPIXELS = 16

Defects = Sequence[data_samples.SampleDefect]
Answer = tuple[str, str]
"""Finding of a review, and the class that it is about; no class: the part as a whole."""
UNSURE: Answer = ("unsure", "")


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What was said of a shift.

    Attributes:
        decided: Pictures that it makes labels for.
        undecided: Pictures of which the reviewer is unsure.
    """

    decided: int
    undecided: int

    def words(self) -> str:
        """For people."""
        return f"{self.decided + self.undecided} pictures reviewed, {self.undecided} of them left open"


def review_shift(station: Path, control: StationControl) -> Reviewed:
    """Record what a person would say of the first part with each labelled picture.

    Args:
        station: Directory of a station with a simulated plant and one camera.
        control: Of the running station, which records the reviews.

    Raises:
        InspectorError: The station refused, or its records cannot be read.
    """
    answers = dict(_answers(station))
    _leave_open(answers)
    for seq, (finding, name) in answers.items():
        control.request("review", part=seq, finding=finding, operator=REVIEWER, **{"class": name}, note="")
    undecided = list(answers.values()).count(UNSURE)
    return Reviewed(len(answers) - undecided, undecided)


def _leave_open(answers: dict[int, Answer]) -> None:
    """Of the newest pictures the reviewer is unsure until enough are left, unless there are hardly any."""
    for seq in reversed(answers) if len(answers) > LEFT_OPEN else ():
        if list(answers.values()).count(UNSURE) >= LEFT_OPEN:
            return
        answers[seq] = UNSURE


def _answers(station: Path) -> Iterator[tuple[int, Answer]]:
    """Number of a part record and what is to be said of it, for the first part with each picture, oldest first."""
    labels = _labels(station)
    truth = {part.plc_count: part for part in read_truth(station / "run")}
    documents, seen = DocumentStore(station), set[str]()
    with RecordReader(station) as reader:
        newest = reader.latest(1)
        for record in reader.parts_and_openings(1, newest[0].seq if newest else 0):
            fields = record.fields
            if record.kind != "part" or fields.get("purpose") != "production":
                continue
            shown, views = truth.get(whole(fields, "plc_count")), items(fields, "views")
            if shown is None or shown.disturbance or shown.image not in labels or shown.image in seen:
                continue
            if len(views) != 1 or (verdict := text(views[0], "verdict")) not in _JUDGED:
                continue
            seen.add(shown.image)
            found = tuple(_detection(one) for one in items(views[0], "detections"))
            recipe = Recipe.parse(documents.get(text(fields, "recipe_digest")), "the recipe of the shift")
            yield record.seq, answer(verdict, counted(found, recipe), labels[shown.image].defects)


def _labels(station: Path) -> dict[str, data_samples.SampleLabel]:
    """Picture -> what is on it; empty where that is not known, or only whether the part is good."""
    plant = load_config(station).plant
    folder = None if plant is None else station / plant.images
    if folder is None or not (folder / "labels.json").is_file():
        return {}
    try:
        return {label.file: label for label in data_samples.labels(folder)}
    except ValueError:  # the plant needs less of this file than a reviewer does
        return {}


def answer(verdict: str, found: Sequence[Detection], defects: Defects) -> Answer:
    """What a person says who sees the part. Of each person only the newest review counts: it is one answer.

    Args:
        verdict: The station's, of this picture.
        found: What the recipe counts.
        defects: What is on the part; none: it is good.
    """
    if not defects:
        return ("agree" if verdict == "PASS" else "not-a-defect"), ""
    drawn = all(any(_shows(one, defect) for one in found) for defect in defects)
    if not drawn or not all(any(_shows(one, defect) for defect in defects) for one in found):
        return UNSURE
    names = {one.class_name for one in found}
    if verdict == "FAIL":
        return "agree", ""
    return ("agree", names.pop()) if len(names) == 1 else UNSURE


def _shows(one: Detection, defect: data_samples.SampleDefect) -> bool:
    if one.class_name != defect.class_name:
        return False
    a, b = [value / _SUBPIXELS for value in one.box_16], defect.box_px
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return width * height >= LEAST_OVERLAP * (both - width * height)


def _detection(fields: object) -> Detection:
    """A finding of a record."""
    if isinstance(fields, dict):
        box = fields.get("box_16")
        if isinstance(box, list) and len(box) == 4 and all(type(value) is int for value in box):
            return Detection(text(fields, "class"), whole(fields, "score_ppm"), (box[0], box[1], box[2], box[3]))
    raise EvidenceError("A finding in a record has no box", "Run `inspector verify`")
