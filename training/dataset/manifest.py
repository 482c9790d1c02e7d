# SPDX-License-Identifier: AGPL-3.0-or-later
"""The manifest of a dataset: what is in it, byte for byte and box for box (docs/dataset.md)."""

from __future__ import annotations

import json
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from inspector.errors import DatasetRefused
from inspector.strict_json import parse_document

MAX_MANIFEST_BYTES = 512 * 1024 * 1024
MAX_IMAGES = 500_000
MAX_CLASSES = 1_000
MAX_BOXES = 2_000
MAX_EDGE_PX = 65_535

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Words = Annotated[str, StringConstraints(max_length=1_000)]
Edge = Annotated[int, Field(ge=1, le=MAX_EDGE_PX)]
Pixels = Annotated[float, Field(ge=0, le=MAX_EDGE_PX, allow_inf_nan=False)]
Ppm = Annotated[int, Field(ge=0, le=1_000_000)]
State = Literal["labelled", "good", "unlabelled"]
SplitName = Literal["train", "val", "test", "none"]
Belonging = Literal["part", "lot", "group"]
SPLITS: tuple[SplitName, ...] = ("train", "val", "test")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Box(_Strict):
    """A labelled defect: class, left, top, width and height in pixels of the picture, in steps of 1/16."""

    class_name: Name = Field(alias="class")
    x: Pixels
    y: Pixels
    w: Pixels
    h: Pixels


def box_of(class_name: str, x: float, y: float, w: float, h: float) -> Box:
    """A box by its values. Raises pydantic's `ValidationError`."""
    return Box.model_validate({"class": class_name, "x": x, "y": y, "w": w, "h": h})


class Proposal(Box):
    """What a model found and nobody has confirmed: a box with its score in parts per million, where that is known."""

    score_ppm: Ppm | None = None


def proposal_of(box: Box, score_ppm: int | None = None) -> Proposal:
    """A box as a proposal."""
    values = {"class": box.class_name, "x": box.x, "y": box.y, "w": box.w, "h": box.h, "score_ppm": score_ppm}
    return Proposal.model_validate(values)


class Source(_Strict):
    """Where a picture came from.

    Attributes:
        importer: Which importer took it in.
        file: Name that it had there.
        station: Name of the station that photographed it; what follows is its record's.
        seq: Number of the part record.
        camera: Name of the camera.
        verdict: The station's verdict of this view.
        model: Digest of the model package that judged it.
        review: What people said of it: `agree`, `not-a-defect`, `unsure`, or `mixed` where they differ.
    """

    importer: Name
    file: Words
    station: Name | None = None
    seq: Annotated[int, Field(ge=1)] | None = None
    camera: Words | None = None
    verdict: Name | None = None
    model: Sha256 | None = None
    review: Literal["agree", "not-a-defect", "unsure", "mixed"] | None = None


class Image(_Strict):
    """One picture.

    Attributes:
        sha256: Of the file. pixels_sha256: Of the pixels (`pixels-sha256/1` of docs/formats.md, Mono8 or BGR8).
        file: Below the dataset's folder; follows from the hash.
        width, height, channels: Of the picture; 1 channel is grey, also where the file stores it as colour.
        look: Hash of what it looks like, 256 bits: few bits differ between nearly the same pictures.
        brightness_milli: Mean grey level in thousandths, 0 to 255,000.
        part, lot, group: What it shows; pictures of the same never lie in different splits.
        state: With boxes, known to show no defect, or not looked at.
        boxes: The defects. proposals: What a model found, not yet confirmed by a person.
        proposed_by: Digest of the model package whose findings the proposals are; it may have found nothing.
        stratum: Why the station's picture was taken: `reviewed`, `grey`, `diverse`, `random`.
        probability_ppm: With which probability it was drawn; only of the stratum `random`.
    """

    sha256: Sha256
    pixels_sha256: Sha256
    file: Words
    width: Edge
    height: Edge
    channels: Literal[1, 3]
    look: Sha256
    brightness_milli: Annotated[int, Field(ge=0, le=255_000)]
    part: Name | None = None
    lot: Name | None = None
    group: Name | None = None
    state: State
    boxes: Annotated[tuple[Box, ...], Field(max_length=MAX_BOXES)] = ()
    proposals: Annotated[tuple[Proposal, ...], Field(max_length=MAX_BOXES)] = ()
    proposed_by: Sha256 | None = None
    split: SplitName = "none"
    stratum: Literal["reviewed", "grey", "diverse", "random"] | None = None
    probability_ppm: Ppm | None = None
    source: Source

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        stem = f"images/{self.sha256[:2]}/{self.sha256}."
        if not self.file.startswith(stem) or not self.file[len(stem) :].isalpha():
            raise ValueError(f"file {self.file} is not named after its hash")
        if bool(self.boxes) != (self.state == "labelled"):
            raise ValueError(f"{self.file}: state {self.state} with {len(self.boxes)} boxes")
        if self.proposed_by is not None and self.state != "unlabelled":
            raise ValueError(f"{self.file}: what a person has labelled has no proposals of a model")
        if (self.probability_ppm is not None) != (self.stratum == "random"):
            raise ValueError(f"{self.file}: a probability belongs to what was drawn at random, and to nothing else")
        for box in (*self.boxes, *self.proposals):
            if box.w <= 0 or box.h <= 0 or box.x + box.w > self.width or box.y + box.h > self.height:
                raise ValueError(f"{self.file}: a box is empty or lies outside of the picture")
        return self


class Splits(_Strict):
    """How the pictures were divided.

    Attributes:
        by: What is never divided.
        seed: Of the order in which parts, lots or groups are dealt out.
        val_ppm, test_ppm: Shares of the pictures; the rest is for training.
        test_lock: Digest of the locked test set (`splits.digest_of_test`); None: not locked.
    """

    by: Belonging = "part"
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    val_ppm: Ppm = 0
    test_ppm: Ppm = 0
    test_lock: Sha256 | None = None


class Manifest(_Strict):
    """A whole dataset; its pictures are sorted by `sha256`, so that equal datasets have equal manifests."""

    kind: Literal["inspector-dataset"] = "inspector-dataset"
    v: Literal[1] = 1
    name: Name
    classes: Annotated[tuple[Name, ...], Field(max_length=MAX_CLASSES)]
    splits: Splits = Splits()
    images: Annotated[tuple[Image, ...], Field(max_length=MAX_IMAGES)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.classes)) != len(self.classes):
            raise ValueError("a class is named twice")
        hashes = [image.sha256 for image in self.images]
        if hashes != sorted(set(hashes)):
            raise ValueError("pictures are not sorted by their hash, or one is named twice")
        known = set(self.classes)
        for image in self.images:
            if any(box.class_name not in known for box in (*image.boxes, *image.proposals)):
                raise ValueError(f"{image.file}: a box has a class that is not in the list")
        return self

    def encode(self) -> bytes:
        """The bytes of the file; the same dataset always gives the same."""
        plain = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n"

    @classmethod
    def parse(cls, data: bytes, where: str) -> Manifest:
        """Read a manifest that anybody may have written.

        Raises:
            DatasetRefused: It is too large, no JSON, names something twice or does not fit docs/dataset.md.
        """
        try:
            return parse_document(cls, data, MAX_MANIFEST_BYTES)
        except ValueError as error:
            raise DatasetRefused(f"{where} is no manifest of a dataset: {error}", _ADVICE) from error


_ADVICE = "Take the file from your backup, or import anew; it is not meant to be edited by hand"
