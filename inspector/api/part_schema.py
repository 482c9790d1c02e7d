# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents about parts as they cross the api: what was found, where they went, what people said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from inspector.api.schema import Box16, CameraName, Command, Count, Document, Key, Line, Sha256, Verdict
from inspector.part import Commanded, Confirmed, Purpose


class Box(Document):
    """One finding on an image; the score is in parts per million."""

    class_name: Annotated[str, Field(alias="class")]
    score_ppm: Annotated[int, Field(ge=0, le=1_000_000)]
    box_16: Box16


class GateReading(Document):
    """What the image gate measured: mean grey level and variance of the Laplacian, in 1/1000."""

    brightness_milli: Count
    sharpness_milli: Count


class ViewInfo(Document):
    """What one camera saw of a part; `image` is None when there is no picture, `gate` when it was not measured."""

    camera: str
    verdict: Verdict
    reason: str = ""
    image: Sha256 | None = None
    gate: GateReading | None = None


class ReviewInfo(Document):
    """What a person said of a part: number and time (UTC, microseconds) of its record, and in which role.

    `role` is null at a station without users. No name: a screen shows it to everybody.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    seq: int
    t_us: int
    finding: Literal["agree", "not-a-defect", "unsure"]
    class_name: Annotated[str | None, Field(alias="class")] = None
    role: str | None = None


class PartEvent(Document):
    """One judged part: `seq` numbers its record, `t_us` is its UTC time, `image` the digest of its pixels.

    `camera`, `image` and `boxes` are of the view that explains the verdict; `views` names all. `review` is the newest;
    null in the event itself.
    """

    key: Key
    plc_count: int
    seq: int
    t_us: int
    verdict: Verdict
    reason: str = ""
    purpose: Purpose = Purpose.PRODUCTION
    serial: str | None = None
    camera: str | None = None
    image: Sha256 | None = None
    boxes: tuple[Box, ...] = ()
    views: tuple[ViewInfo, ...] = ()
    review: ReviewInfo | None = None


class PartList(Document):
    """Part records as the events that told of them, newest first."""

    parts: tuple[PartEvent, ...]


class ReviewPart(Command):
    """Body of POST /v1/parts/{seq}/review: what the person says, of which class of defect, and a remark."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    finding: Literal["agree", "not-a-defect", "unsure"]
    class_name: Annotated[str | None, Field(alias="class", min_length=1, max_length=100)] = None
    note: Annotated[str, StringConstraints(max_length=1000)] = ""
    operator: Line | None = None


class PartReviewed(Document):
    """The review is recorded, under this number."""

    seq: int


class OutcomeEvent(Document):
    """Where one part went."""

    key: Key
    commanded: Commanded
    confirmed: Confirmed
    reason: str = ""


class Preview(Document):
    """A picture for people: JPEG in base64; width and height are of the camera image, to which the boxes refer."""

    camera: CameraName
    width: Annotated[int, Field(gt=0)]
    height: Annotated[int, Field(gt=0)]
    jpeg: str
    boxes: tuple[Box, ...] = ()
    verdict: Verdict | None = None
    key: Key | None = None
