# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of a baseline: how brightness, sharpness and scores were distributed while all was well."""

from __future__ import annotations

import json
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from inspector.errors import DriftRefused
from inspector.strict_json import parse_document
from training.drift.bins import BINS, IN_BIN

MAX_BASELINE_BYTES = 4 * 1024 * 1024
MIN_VIEWS = BINS * IN_BIN
"""Pictures of each camera that a baseline needs."""
MAX_CLASSES = 100
MAX_CAMERAS = 16
MAX_EDGES = 32

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Number = Annotated[int, Field(ge=1, le=2**53)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Numbers(_Strict):
    """Histogram of a number.

    Attributes:
        edges: Where a bin ends and the next one begins, which it belongs to: one fewer than there are bins.
        counts: Pictures in each bin, the first below the first edge.
        mean: Of the values, rounded down.
    """

    edges: Annotated[tuple[Number, ...], Field(min_length=1, max_length=MAX_EDGES)]
    counts: tuple[Count, ...]
    mean: Count

    @property
    def total(self) -> int:
        """Pictures in it."""
        return sum(self.counts)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("the edges of the bins do not rise")
        if len(self.counts) != len(self.edges) + 1:
            raise ValueError(f"{len(self.edges)} edges and {len(self.counts)} counts do not fit")
        if self.total < MIN_VIEWS:
            raise ValueError(f"{self.total} pictures are fewer than the {MIN_VIEWS} of a baseline")
        return self


class Classes(_Strict):
    """Pictures by the class of their strongest finding.

    Attributes:
        nothing: Pictures without any finding.
        found: Classes, sorted, and how many pictures each has.
        others: Pictures of further classes.
    """

    nothing: Count
    found: Annotated[dict[Name, Number], Field(max_length=MAX_CLASSES)]
    others: Count

    @property
    def total(self) -> int:
        """Pictures in it."""
        return self.nothing + sum(self.found.values()) + self.others


class LeftOut(_Strict):
    """Views of a camera that do not count.

    Attributes:
        no_image: There is no picture.
        not_judged: There is one, and no gate has measured it: the frame was bad, or judging failed.
        gate_failed: The gate refused it, so that no model has seen it: it counts for brightness and sharpness only.
    """

    no_image: Count
    not_judged: Count
    gate_failed: Count


class Camera(_Strict):
    """What one camera saw.

    Attributes:
        name: Its name.
        brightness: Mean grey level in thousandths.
        sharpness: Variance of the Laplacian in thousandths.
        score: Highest score of the findings in a picture in millionths, 0 where nothing was found.
        classes: Class of that finding.
        left_out: What does not count.
    """

    name: Name
    brightness: Numbers
    sharpness: Numbers
    score: Numbers
    classes: Classes
    left_out: LeftOut

    @property
    def numbers(self) -> dict[str, Numbers]:
        """The three histograms of numbers by name."""
        return {"brightness": self.brightness, "sharpness": self.sharpness, "score": self.score}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        seen = self.brightness.total - self.left_out.gate_failed
        if self.sharpness.total != self.brightness.total or not self.score.total == self.classes.total == seen:
            raise ValueError(f"the counts of camera {self.name} contradict each other")
        return self


class PartsLeftOut(_Strict):
    """Parts that do not count.

    Attributes:
        test_parts: Of a challenge.
        earlier_rules: Judged by another model or recipe before those of the baseline.
        no_rules: Their record names no model or recipe: nobody judged them.
    """

    test_parts: Count
    earlier_rules: Count
    no_rules: Count


class Baseline(_Strict):
    """A whole baseline.

    Attributes:
        station: Name of the station.
        model: Digest of the model package that judged all of it.
        recipe: Digest of the recipe.
        first_record: Number of the first part record in it. last_record: Of the last.
        last_record_hash: Of the last one: it ties the file to the station's chain.
        first_us: When the first was recorded, UTC, microseconds since 1970. last_us: The last.
        parts: Parts in it.
        bypassed: Those that a bypass let through or rejected unjudged.
        rejected: Those that were not let through, for whatever reason.
        left_out: Parts of the same span that do not count.
        cameras: Sorted by name.
    """

    kind: Literal["inspector-drift-baseline"] = "inspector-drift-baseline"
    v: Literal[1] = 1
    station: Name
    model: Sha256
    recipe: Sha256
    first_record: Number
    last_record: Number
    last_record_hash: Sha256
    first_us: Count
    last_us: Count
    parts: Number
    bypassed: Count
    rejected: Count
    left_out: PartsLeftOut
    cameras: Annotated[tuple[Camera, ...], Field(min_length=1, max_length=MAX_CAMERAS)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [camera.name for camera in self.cameras]
        if names != sorted(set(names)):
            raise ValueError("the cameras are not sorted by name, or one is there twice")
        if self.last_record < self.first_record or self.parts > self.last_record - self.first_record + 1:
            raise ValueError("its records do not hold so many parts")
        if self.bypassed + self.rejected > self.parts:
            raise ValueError("more parts were rejected or bypassed than there are")
        return self

    def encode(self) -> bytes:
        """The bytes of the file; the same baseline always gives the same."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"

    @classmethod
    def parse(cls, data: bytes, where: str) -> Baseline:
        """Read a file that anybody may have written.

        Raises:
            DriftRefused: It is too large, no JSON, names something twice or contradicts itself.
        """
        try:
            return parse_document(cls, data, MAX_BASELINE_BYTES)
        except ValueError as error:
            raise DriftRefused(f"{where} is no baseline: {error}", _ADVICE) from error


_ADVICE = "Make it anew with `inspector drift baseline`; it is not meant to be edited by hand"
