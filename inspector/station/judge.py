# SPDX-License-Identifier: AGPL-3.0-or-later
"""From one frame to a judgement and the fields of its `part` record. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np

from inspector.detect.colour import model_image, to_grey
from inspector.detect.detector import FindsDefects
from inspector.detect.gate import measure_gate
from inspector.errors import InspectorError
from inspector.evidence.record import clean_text, pixel_digest
from inspector.part import Detection, Frame, GateResult, ImageArray, Judgement, Purpose, Serial, Trigger, Verdict
from inspector.recipe import Recipe, judge
from inspector.serial_code import read_serial
from inspector.station.beside import Beside

RECORDED_DETECTIONS = 100
RECORDED_OF_ALL_VIEWS = 200
"""A record has at most 65,000 bytes, also that of a part with eight views."""


@dataclass(frozen=True, slots=True)
class View:
    """One camera's look at one part, as it goes into the record."""

    camera: str
    frame: Frame | None
    image_digest: str | None
    judgement: Judgement | None
    verdict: Verdict
    reason: str


class Hold(Enum):
    """What keeps a part from passing, whatever is judged."""

    NONE = "none"
    CHALLENGE = "challenge"
    """Nothing passes until a challenge is passed; only a bypass of all parts does."""
    SERIAL = "serial"
    """Its serial is not one to pass with; only a bypass of all parts lets it through."""
    ALWAYS = "always"
    """The line was stopped, or nobody was there, when it came: a bypass does not let it through either."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """The station's judgement of one part.

    Attributes:
        verdict: What is recorded.
        reason: Why, for people.
        views: What each camera saw.
        serial: Its serial, if one was read.
        purpose: Why it is on the belt.
        hold: What keeps it from passing.
        until_ns: A BYPASSED part passes before this moment only (`perf_counter_ns`).
    """

    verdict: Verdict
    reason: str
    views: tuple[View, ...] = ()
    serial: Serial | None = None
    purpose: Purpose = Purpose.PRODUCTION
    hold: Hold = Hold.NONE
    until_ns: int | None = None


class Judge:
    """Image gate, detector, rules and serial, in this order.

    Args:
        detector: Loaded and warm; the same for all cameras.
        recipe: Rules in force; each camera has its own part of them.
        serial_camera: Name of the camera on whose pictures serials are read; None: on all.
    """

    def __init__(self, detector: FindsDefects, recipe: Recipe, serial_camera: str | None = None) -> None:
        self._detector = detector
        self._recipe = recipe
        self._serial_camera = serial_camera

    def look(self, frame: Frame) -> PartResult:
        """Judge one view. Any failure gives ERROR or NO_DECISION, never PASS.

        A frame that the camera process found bad is hashed and kept, but not shown to the model: its pixels may
        belong to another part.
        """
        if frame.bad is not None:
            return unjudged(frame, Verdict.NO_DECISION, f"bad frame: {frame.bad}")
        recipe = self._recipe.for_camera(frame.camera)
        reads = recipe.serial.source == "image" and self._serial_camera in (None, frame.camera)
        try:
            grey = to_grey(frame)
            with Beside(lambda: (read_serial(grey) if reads else None, digest_of(frame))) as beside:
                gate = measure_gate(grey, recipe.gate)
                detections = () if gate.failed else self._detector.infer(model_image(frame))
            serial, digest = beside.result()
            height, width = frame.pixels.shape[:2]
            judgement = judge(detections, gate, recipe, (width, height))
        except (InspectorError, cv2.error) as error:
            return unjudged(frame, Verdict.ERROR, clean_text(f"not judged: {error}", 500))
        view = View(frame.camera, frame, digest, judgement, judgement.verdict, judgement.reason)
        verdict, reason = judgement.verdict, judgement.reason
        if verdict is Verdict.PASS and reads and (complaint := recipe.serial_complaint(serial)):
            verdict, reason = Verdict.NO_DECISION, complaint
        return PartResult(verdict, reason, (view,), serial)


def digest_of(frame: Frame) -> str:
    """Digest of the frame's pixels, 64 hex digits."""
    height, width = frame.pixels.shape[:2]
    return pixel_digest(frame.pixel_format.value, frame.pixels.data, height, width)


def unjudged(frame: Frame, verdict: Verdict, reason: str) -> PartResult:
    """A frame that is hashed and kept, but that the model has not seen."""
    return PartResult(verdict, reason, (View(frame.camera, frame, digest_of(frame), None, verdict, reason),))


def not_seen(verdict: Verdict, reason: str, camera: str | None = None, hold: Hold = Hold.NONE) -> PartResult:
    """A part without a picture: missing image, untracked, or nobody was there to judge."""
    views = () if camera is None else (View(camera, None, None, None, verdict, reason),)
    return PartResult(verdict, reason, views, hold=hold)


def part_fields(
    trigger: Trigger, result: PartResult, *, model_digest: str, recipe_digest: str, latency_us: int
) -> dict[str, object]:
    """The fields of a `part` record (docs/formats.md), beside the envelope."""
    serial = result.serial
    return {
        "key": {"line_boot": trigger.key.line_boot, "part_seq": trigger.key.part_seq},
        "plc_count": trigger.plc_count,
        "purpose": result.purpose.value,
        "verdict": result.verdict.value,
        "reason": clean_text(result.reason),
        "t_edge_us": trigger.t_edge_us,
        "serial": None if serial is None else {"text": clean_text(serial.text, 200), "source": serial.source},
        "views": [view_fields(view, recorded_each(result.views)) for view in result.views],
        "model_digest": model_digest,
        "recipe_digest": recipe_digest,
        "latency_us": max(0, latency_us),
    }


def recorded_each(views: Sequence[object]) -> int:
    """How many findings of each view, the strongest, the record of a part with these views has."""
    return min(RECORDED_DETECTIONS, RECORDED_OF_ALL_VIEWS // max(1, len(views)))


def view_fields(view: View, recorded: int) -> dict[str, object]:
    """A view as it goes into the record, with at most `recorded` findings."""
    frame, judgement = view.frame, view.judgement
    image = None
    if frame is not None and view.image_digest is not None:
        height, width = frame.pixels.shape[:2]
        image = {
            "alg": "pixels-sha256/1",
            "digest": view.image_digest,
            "width": width,
            "height": height,
            "pixel_format": frame.pixel_format.value,
        }
    return {
        "camera": view.camera,
        "frame_id": None if frame is None else frame.frame_id,
        "t_camera_us": None if frame is None or frame.t_camera_ns == 0 else frame.t_camera_ns // 1000,
        "image": image,
        "gate": None if judgement is None else _gate_fields(judgement.gate),
        "verdict": view.verdict.value,
        "reason": clean_text(view.reason),
        "detections": [] if judgement is None else [_detection_fields(d) for d in judgement.detections[:recorded]],
    }


def _gate_fields(gate: GateResult) -> dict[str, object]:
    return {
        "brightness_milli": gate.brightness_milli,
        "sharpness_milli": gate.sharpness_milli,
        "failed": list(gate.failed),
    }


def _detection_fields(detection: Detection) -> dict[str, object]:
    return {"class": detection.class_name, "score_ppm": detection.score_ppm, "box_16": list(detection.box_16)}


def picture_of(frame: Frame) -> ImageArray:
    """The frame for screens, `(h, w) uint8` or `(h, w, 3) uint8 BGR`."""
    return np.ascontiguousarray(model_image(frame))
