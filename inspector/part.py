# SPDX-License-Identifier: AGPL-3.0-or-later
"""The nouns of inspection: trigger, frame, detection, verdict, outcome. Types only, no behaviour beyond checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

ImageArray = npt.NDArray[np.uint8]


class Verdict(StrEnum):
    """The station's judgement of one part. Only PASS lets a part through."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    NO_DECISION = "NO_DECISION"
    LATE = "LATE"
    ERROR = "ERROR"
    BYPASSED = "BYPASSED"
    MISSING_IMAGE = "MISSING_IMAGE"
    UNTRACKED = "UNTRACKED"


WORST_FIRST = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.UNTRACKED,
    Verdict.MISSING_IMAGE,
    Verdict.LATE,
    Verdict.NO_DECISION,
    Verdict.BYPASSED,
    Verdict.PASS,
)
"""Verdicts of views in the order in which they explain that of their part."""


class Purpose(StrEnum):
    """Why a part was on the belt: as product, or to test the station."""

    PRODUCTION = "production"
    CHALLENGE = "challenge"


class Commanded(StrEnum):
    """What the line process told the plant; it alone owns this decision."""

    ACCEPT = "accept"
    REJECT = "reject"


class Confirmed(StrEnum):
    """Where the plant's sensors saw the part end up."""

    GOOD_LANE = "good"
    REJECT_LANE = "reject"
    UNKNOWN = "unknown"


class PixelFormat(StrEnum):
    """Pixel formats (PFNC names) that the station judges."""

    MONO8 = "Mono8"
    BAYER_RG8 = "BayerRG8"
    BAYER_GR8 = "BayerGR8"
    BAYER_GB8 = "BayerGB8"
    BAYER_BG8 = "BayerBG8"
    RGB8 = "RGB8"
    BGR8 = "BGR8"

    @property
    def channels(self) -> int:
        """Bytes per pixel: 1 for mono and Bayer, 3 for colour."""
        return 3 if self in (PixelFormat.RGB8, PixelFormat.BGR8) else 1


@dataclass(frozen=True, slots=True, order=True)
class PartKey:
    """Identity of a trigger: the boot of the line process (16 hex digits) and its own count from 1."""

    line_boot: str
    part_seq: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """One accepted and journaled edge.

    Attributes:
        key: Identity, unique for ever.
        plc_count: The plant's own count of this part.
        t_edge_ns: Time of the edge on the system-wide clock (`perf_counter_ns`).
        t_edge_us: Time of the edge, UTC, microseconds since 1970.
        decide_by_ns: A grant that arrives after this (`perf_counter_ns`) is ignored by the line.
        live: False when the trigger is resent after a restart; it then never leads to a PASS.
        serial: Serial that the plant's controller gave with the part; None when it gave none.
    """

    key: PartKey
    plc_count: int
    t_edge_ns: int
    t_edge_us: int
    decide_by_ns: int
    live: bool = True
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One image as the camera delivered it.

    Attributes:
        camera: Name of the camera in the settings.
        frame_id: The camera's own frame count.
        t_camera_ns: The camera's timestamp, 0 if it has none.
        t_host_ns: Arrival in the capture process (`perf_counter_ns`).
        pixel_format: PFNC name.
        pixels: `(h, w) uint8` for mono and Bayer, `(h, w, 3) uint8` for RGB8 and BGR8, in the camera's order.
        bad: Why the frame must not be judged good, or None.
    """

    camera: str
    frame_id: int
    t_camera_ns: int
    t_host_ns: int
    pixel_format: PixelFormat
    pixels: ImageArray
    bad: str | None = None


@dataclass(frozen=True, slots=True)
class Detection:
    """One finding of the model.

    Attributes:
        class_name: Name from the model package.
        score_ppm: Confidence in parts per million, 0 to 1_000_000.
        box_16: x0, y0, x1, y1 in 1/16 px of the camera image, x0 < x1, y0 < y1.
    """

    class_name: str
    score_ppm: int
    box_16: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class GateResult:
    """What the image gate measured (integers, so that records can carry them).

    Attributes:
        brightness_milli: Mean grey value, 1/1000 of a grey level.
        sharpness_milli: Variance of the Laplacian, 1/1000.
        failed: Names of the limits that were not met; empty when the image may be judged.
    """

    brightness_milli: int
    sharpness_milli: int
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict of the rules on one view.

    Attributes:
        verdict: PASS, FAIL or NO_DECISION.
        reason: Short text for people, naming the rule, for example "scratch 0.83 in zone face".
        detections: All detections above the model's floor, in descending score.
        gate: Measurements of the image gate.
    """

    verdict: Verdict
    reason: str
    detections: tuple[Detection, ...]
    gate: GateResult


@dataclass(frozen=True, slots=True)
class Serial:
    """Serial of a part and where it came from ("image", "scanner", "plc")."""

    text: str
    source: str = field(default="image")
