# SPDX-License-Identifier: AGPL-3.0-or-later
"""Shows pictures to the station's own judge and keeps what came of each, with the time that it took."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from inspector.part import Detection, Frame, GateResult, ImageArray, Verdict
from inspector.recipe import Recipe
from inspector.recipe.rules import counted, failing_classes
from inspector.station.judge import PartResult
from training.evaluation.boxes import Box
from training.evaluation.pictures import LabelledPicture

_PICTURE_EDGE_PX = 640
_JPEG_QUALITY = 85


class Looker(Protocol):
    """What judges a picture: the station's own `Judge`, or a stand-in."""

    def look(self, frame: Frame) -> PartResult:
        """Judge one frame."""


@dataclass(frozen=True)
class Seen:
    """What came of one picture.

    Attributes:
        name: Of the picture.
        part: What it shows; pictures of one part have the same.
        camera: By whose rules it was judged.
        size: Width and height in px.
        defects: Labelled classes and boxes in px.
        findings: All above the model's floor, in descending score.
        counting: Those of them that some rule counts, the grey band included.
        rejecting: Classes whose findings alone keep it from passing.
        gate: What the image gate measured; None where the picture could not be judged.
        verdict: The station's.
        reason: Why, for people.
        complaint: Why its serial would keep it from passing; None: it would not.
        serial_wrong: Whether the serial was not read as it is; None where it has none.
        latency_us: What judging took.
        jpeg: The picture, of those that were judged wrongly.
    """

    name: str
    part: str
    camera: str
    size: tuple[int, int]
    defects: tuple[tuple[str, Box], ...]
    findings: tuple[Detection, ...]
    counting: tuple[Detection, ...]
    rejecting: frozenset[str]
    gate: GateResult | None
    verdict: Verdict
    reason: str
    complaint: str | None
    serial_wrong: bool | None
    latency_us: float
    jpeg: bytes | None

    @property
    def bad(self) -> bool:
        """Whether a defect is labelled."""
        return bool(self.defects)

    @property
    def passed(self) -> bool:
        """Whether the station lets it through."""
        return self.verdict is Verdict.PASS


def measure(
    judge: Looker, recipe: Recipe, pictures: Iterable[LabelledPicture], camera: str | None = None, keep: int = 0
) -> list[Seen]:
    """Judge every picture as the station would.

    Args:
        judge: The station's own.
        recipe: The rules that it judges by.
        pictures: With their truth.
        camera: Whose rules hold for all; None: those of the camera that took each.
        keep: Of so many wrongly judged pictures keep what they show.
    """
    seen: list[Seen] = []
    kept = 0
    for number, picture in enumerate(pictures):
        name = picture.camera or "" if camera is None else camera
        frame = Frame(name, number, 0, 0, picture.pixel_format, picture.pixels)
        began = time.perf_counter_ns()
        result = judge.look(frame)
        took = (time.perf_counter_ns() - began) / 1000
        wrong = (result.verdict is Verdict.PASS) == bool(picture.defects)
        jpeg = jpeg_of(picture.pixels) if wrong and kept < keep else None
        kept += jpeg is not None
        seen.append(_seen(picture, number, name, result, recipe.for_camera(name), took, jpeg))
    return seen


def _seen(
    picture: LabelledPicture,
    number: int,
    camera: str,
    result: PartResult,
    recipe: Recipe,
    took: float,
    jpeg: bytes | None,
) -> Seen:
    judgement = result.views[0].judgement
    findings = judgement.detections if judgement else ()
    unread = result.serial is None or result.serial.text != picture.serial
    height, width = picture.pixels.shape[:2]
    return Seen(
        name=picture.name,
        part=f"part {picture.part}" if picture.part is not None else f"picture {number}",
        camera=camera,
        size=(width, height),
        defects=picture.defects,
        findings=findings,
        counting=counted(findings, recipe),
        rejecting=failing_classes(findings, recipe, grey=True),
        gate=judgement.gate if judgement else None,
        verdict=result.verdict,
        reason=result.reason,
        complaint=recipe.serial_complaint(result.serial) if recipe.serial.source == "image" else None,
        serial_wrong=None if picture.serial is None else unread,
        latency_us=took,
        jpeg=jpeg,
    )


def jpeg_of(pixels: ImageArray) -> bytes:
    """The picture for a report, at most 640 px long; `(h, w) uint8` or `(h, w, 3) uint8` BGR."""
    scale = _PICTURE_EDGE_PX / max(pixels.shape[:2])
    if scale < 1:
        size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    done, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise OSError("OpenCV could not encode a picture for the report")
    return data.tobytes()


@dataclass(frozen=True)
class Unit:
    """What is counted: a part with all its pictures, or a picture."""

    name: str
    views: tuple[Seen, ...]

    @property
    def classes(self) -> frozenset[str]:
        """Labelled classes; none: it is good."""
        return frozenset(name for view in self.views for name, _ in view.defects)

    @property
    def bad(self) -> bool:
        """Whether a defect is labelled on any picture."""
        return any(view.bad for view in self.views)

    @property
    def passed(self) -> bool:
        """Whether it passes, that is with every picture."""
        return all(view.passed for view in self.views)

    def highest(self, class_name: str) -> int:
        """The highest score of any finding of a class in ppm; 0 without one."""
        scores = (one.score_ppm for view in self.views for one in view.findings if one.class_name == class_name)
        return max(scores, default=0)


def units(seen: Iterable[Seen], by: str) -> list[Unit]:
    """What is counted.

    Args:
        seen: Judged pictures.
        by: `part` or `picture`.
    """
    if by == "picture":
        return [Unit(one.name, (one,)) for one in seen]
    found: dict[str, list[Seen]] = {}
    for one in seen:
        found.setdefault(one.part, []).append(one)
    return [Unit(views[0].name if len(views) == 1 else name, tuple(views)) for name, views in found.items()]
