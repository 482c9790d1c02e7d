# SPDX-License-Identifier: AGPL-3.0-or-later
"""Judges labelled parts with a model package and says what the errors prove.

Counts parts, not boxes, with the station's own gate, detector and rules: a part is missed when it is bad and passes,
falsely rejected when it is good and does not pass. Average precision says little about either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from inspector.bounds import upper_bound
from inspector.errors import ConfigError
from inspector.part import Detection, Frame, ImageArray, PixelFormat, Verdict
from inspector.station.judge import PartResult

MIN_OVERLAP = 0.3  # intersection over union from which a finding names the labelled defect
SWEEP = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8)  # one limit for all classes
_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class LabelledPart:
    """A part whose truth is known: picture `(h, w) uint8`, defects as (class, box in px), serial if it has one."""

    name: str
    image: ImageArray
    defects: tuple[tuple[str, Box], ...]
    serial: str | None = None


@dataclass
class Counts:
    """Errors among trials, with the exact one-sided 95 % upper bound of their rate."""

    errors: int = 0
    trials: int = 0

    def add(self, error: bool) -> None:
        """Count one trial."""
        self.trials += 1
        self.errors += error

    def as_json(self) -> dict[str, object]:
        """Return counts and bound as plain values; the bound is in parts per million."""
        bound = upper_bound(self.errors, self.trials)
        return {"errors": self.errors, "trials": self.trials, "upper_95_ppm": round(bound * 1_000_000)}

    def __str__(self) -> str:
        return f"{self.errors} of {self.trials} (95 %: below {upper_bound(self.errors, self.trials):.2%})"


@dataclass
class Report:
    """What an evaluation found.

    Attributes:
        missed: bad parts that passed. false_rejects: good parts that did not.
        by_class: bad parts with this defect and no other that passed.
        unnamed: labelled defects that no finding of the same class overlaps.
        serial_unread: parts whose DataMatrix was not read, or not as it is.
        wrong: names of the wrongly judged parts, with the verdict and its reason.
        strongest: for every part, whether it is bad and the highest score of any finding in ppm.
        top_on_good: by class, the highest score on any good part in ppm.
        low_on_bad: by class, the lowest among the bad parts with that defect alone of their highest score in ppm.
    """

    missed: Counts = field(default_factory=Counts)
    false_rejects: Counts = field(default_factory=Counts)
    by_class: dict[str, Counts] = field(default_factory=dict)
    unnamed: dict[str, Counts] = field(default_factory=dict)
    serial_unread: Counts = field(default_factory=Counts)
    wrong: dict[str, str] = field(default_factory=dict)
    strongest: list[tuple[bool, int]] = field(default_factory=list)
    top_on_good: dict[str, int] = field(default_factory=dict)
    low_on_bad: dict[str, int] = field(default_factory=dict)

    def at_limit(self, score: float) -> tuple[Counts, Counts]:
        """Missed parts and false rejects if one limit for all classes were the only rule."""
        missed, false_rejects = Counts(), Counts()
        for bad, strongest in self.strongest:
            found = strongest >= score * 1_000_000
            (missed if bad else false_rejects).add(found != bad)
        return missed, false_rejects

    def as_json(self) -> dict[str, object]:
        """Return the report as plain JSON values."""
        sweep = {f"{score:.2f}": self.at_limit(score) for score in SWEEP}
        return {
            "missed": self.missed.as_json(),
            "false_rejects": self.false_rejects.as_json(),
            "missed_by_class": {name: counts.as_json() for name, counts in sorted(self.by_class.items())},
            "defects_not_named": {name: counts.as_json() for name, counts in sorted(self.unnamed.items())},
            "serial_unread": self.serial_unread.as_json(),
            "at_limit": {
                limit: {"missed": missed.as_json(), "false_rejects": false_rejects.as_json()}
                for limit, (missed, false_rejects) in sweep.items()
            },
            "top_on_good_ppm": dict(sorted(self.top_on_good.items())),
            "low_on_bad_ppm": dict(sorted(self.low_on_bad.items())),
            "wrong": self.wrong,
        }


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes `(x1, y1, x2, y2)`, 0..1."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


class Looker(Protocol):
    """What judges a picture: the station's own `Judge`, or a stand-in."""

    def look(self, frame: Frame) -> PartResult:
        """Judge one frame."""


def evaluate(judge: Looker, parts: Iterable[LabelledPart], camera: str = "") -> Report:
    """Judge every part as the station would and compare with the truth.

    Args:
        judge: The station's own.
        parts: Labelled pictures.
        camera: Whose pictures they are; a recipe may have rules of its own for it.
    """
    report = Report()
    for number, part in enumerate(parts):
        result = judge.look(Frame(camera, number, 0, 0, PixelFormat.MONO8, part.image))
        passed = result.verdict is Verdict.PASS
        judgement = result.views[0].judgement
        findings = judgement.detections if judgement else ()
        report.strongest.append((bool(part.defects), max((one.score_ppm for one in findings), default=0)))
        if part.defects:
            _count_bad(report, part, findings, passed)
        else:
            report.false_rejects.add(not passed)
            for one in findings:
                report.top_on_good[one.class_name] = max(one.score_ppm, report.top_on_good.get(one.class_name, 0))
        if passed == bool(part.defects):
            report.wrong[part.name] = f"{result.verdict.value}: {result.reason}"
        if part.serial is not None:
            report.serial_unread.add(result.serial is None or result.serial.text != part.serial)
    return report


def _count_bad(report: Report, part: LabelledPart, findings: tuple[Detection, ...], passed: bool) -> None:
    report.missed.add(passed)
    if len(part.defects) == 1:
        name = part.defects[0][0]
        report.by_class.setdefault(name, Counts()).add(passed)
        own = max((one.score_ppm for one in findings if one.class_name == name), default=0)
        report.low_on_bad[name] = min(own, report.low_on_bad.get(name, own))
    for name, box in part.defects:
        named = any(one.class_name == name and overlap(box, _box_px(one)) >= MIN_OVERLAP for one in findings)
        report.unnamed.setdefault(name, Counts()).add(not named)


def _box_px(found: Detection) -> Box:
    x1, y1, x2, y2 = found.box_16
    return x1 / 16, y1 / 16, x2 / 16, y2 / 16


def synthetic_parts(count: int, seed: int) -> Iterator[LabelledPart]:
    """Yield `count` good and `count` bad parts of a batch, alternating."""
    from training.synth import render_part

    for index in range(2 * count):
        part = render_part(seed, index, good=index % 2 == 0)
        defects = tuple((defect.name, defect.box) for defect in part.defects)
        yield LabelledPart(f"{seed}-{index}", part.image, defects, part.serial)


def dataset_parts(images: Path, labels: Path | None, classes: tuple[str, ...]) -> Iterator[LabelledPart]:
    """Yield the pictures of a folder with their YOLO labels, in the order of their names.

    Args:
        images: folder of pictures.
        labels: folder of `.txt` files with the same stems; a picture without one, or with an empty one, is
            a good part. None: every picture is a good part.
        classes: names by class number.

    Raises:
        ConfigError: if the folder has no pictures, or a picture or label cannot be read.
    """
    paths = sorted(p for p in images.glob("*") if p.suffix.lower() in _IMAGE_SUFFIXES)
    if not paths:
        raise ConfigError(f"{images} holds no pictures", f"Supported: {' '.join(sorted(_IMAGE_SUFFIXES))}")
    for path in paths:
        image = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise ConfigError(f"{path} is not a picture that OpenCV can read", "Remove or replace the file")
        height, width = image.shape[:2]
        label = labels / f"{path.stem}.txt" if labels else None
        lines = label.read_text(encoding="ascii").splitlines() if label and label.is_file() else []
        defects = tuple(_parse_label(line, classes, width, height, path) for line in lines if line.strip())
        yield LabelledPart(path.name, np.asarray(image, dtype=np.uint8), defects)


def _parse_label(line: str, classes: tuple[str, ...], width: int, height: int, path: Path) -> tuple[str, Box]:
    try:
        number, *shares = line.split()
        cx, cy, w, h = (float(share) for share in shares)
        if not (0 <= int(number) < len(classes) and all(0 <= share <= 1 for share in (cx, cy, w, h))):
            raise ValueError("out of range")
        x, y, dx, dy = cx * width, cy * height, w * width / 2, h * height / 2
        return classes[int(number)], (x - dx, y - dy, x + dx, y + dy)
    except ValueError as error:
        raise ConfigError(
            f"The label of {path} has a line that is not `class cx cy w h`: {line!r}", "Correct the label file"
        ) from error


def parts_to_judge(
    synth: int | None,
    seed: int,
    images: Path | None,
    labels: Path | None,
    good: Path | None,
    classes: tuple[str, ...],
) -> tuple[Iterator[LabelledPart], int | None]:
    """Return the parts that the options ask for, and their number where it is known beforehand."""
    if synth is not None:
        return synthetic_parts(synth, seed), 2 * synth
    folders = [(images, labels), (good, None)]
    chosen = [dataset_parts(folder, where, classes) for folder, where in folders if folder is not None]
    return chain.from_iterable(chosen), None
