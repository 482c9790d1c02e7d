# SPDX-License-Identifier: AGPL-3.0-or-later
"""Labelled pictures to judge: a split of a dataset, folders of pictures and YOLO labels, or rendered parts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from inspector.errors import ConfigError, DatasetRefused
from inspector.part import ImageArray, PixelFormat
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Image, Manifest
from training.dataset.picture import decode
from training.dataset.problems import Problems
from training.dataset.splits import find_leaks
from training.evaluation.boxes import Box

_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}


@dataclass(frozen=True)
class LabelledPicture:
    """A picture whose truth is known.

    Attributes:
        name: For people.
        pixels: `(h, w) uint8` grey or `(h, w, 3) uint8` BGR.
        defects: Class and box in px of each.
        part: What it shows; pictures of one part have the same. None: nobody knows, it counts as a part of its own.
        camera: Whose picture it is; None: not known.
        serial: What its DataMatrix says, if that is known.
    """

    name: str
    pixels: ImageArray
    defects: tuple[tuple[str, Box], ...]
    part: str | None = None
    camera: str | None = None
    serial: str | None = None

    @property
    def pixel_format(self) -> PixelFormat:
        """As the station would get it."""
        return PixelFormat.MONO8 if self.pixels.ndim == 2 else PixelFormat.BGR8


@dataclass(frozen=True)
class Source:
    """Pictures to judge.

    Attributes:
        told: What they are, for people.
        total: How many there are.
        facts: What reports name them by: digest of the manifest, split, lock, seed.
        notes: What the reader of a report has to know about them.
        iterate: Gives the pictures.
    """

    told: str
    total: int
    facts: dict[str, object]
    notes: list[str] = field(default_factory=list)
    _pictures: Iterator[LabelledPicture] = field(default_factory=lambda: iter(()))

    def __iter__(self) -> Iterator[LabelledPicture]:
        return self._pictures


def synthetic(count: int, seed: int) -> Source:
    """`count` good and `count` bad rendered parts of a batch, alternating."""
    facts: dict[str, object] = {"kind": "synthetic", "seed": seed}
    notes = ["Rendered parts show what the chain can measure; they say nothing about parts of any real line."]
    return Source(f"synthetic parts of batch {seed}", 2 * count, facts, notes, _rendered(count, seed))


def _rendered(count: int, seed: int) -> Iterator[LabelledPicture]:
    from training.synth import render_part

    for index in range(2 * count):
        part = render_part(seed, index, good=index % 2 == 0)
        defects = tuple((defect.name, defect.box) for defect in part.defects)
        name = f"{seed}-{index}"
        yield LabelledPicture(name, part.image, defects, part=name, serial=part.serial)


def folders(images: Path, labels: Path | None, good: Path | None, classes: tuple[str, ...]) -> Source:
    """Pictures of folders with YOLO labels, in the order of their names.

    Args:
        images: Folder of pictures.
        labels: Folder of `.txt` files with the same stems; a picture without one, or with an empty one, is a good
            part. None: every picture is a good part.
        good: Further folder of good parts.
        classes: Names by class number.

    Raises:
        ConfigError: A folder has no pictures; later, a picture or label cannot be read.
    """
    chosen = [(path, labels) for path in _pictures_in(images)]
    chosen += [(path, None) for path in _pictures_in(good)] if good is not None else []
    facts: dict[str, object] = {"kind": "folder", "folder": str(images)}
    notes = ["A folder has no list of hashes: nothing proves that it is the same tomorrow. A dataset does."]
    told = f"pictures of {images}" + (f" and {good}" if good is not None else "")
    return Source(told, len(chosen), facts, notes, (_of_folder(path, where, classes) for path, where in chosen))


def _pictures_in(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in _IMAGE_SUFFIXES)
    if not paths:
        raise ConfigError(f"{folder} holds no pictures", f"Supported: {' '.join(sorted(_IMAGE_SUFFIXES))}")
    return paths


def _of_folder(path: Path, labels: Path | None, classes: tuple[str, ...]) -> LabelledPicture:
    pixels = _pixels(path.read_bytes())
    if pixels is None:
        raise ConfigError(f"{path} is not a picture that OpenCV can read", "Remove or replace the file")
    height, width = pixels.shape[:2]
    label = labels / f"{path.stem}.txt" if labels else None
    lines = label.read_text(encoding="ascii").splitlines() if label and label.is_file() else []
    defects = tuple(parse_label(line, classes, width, height, path) for line in lines if line.strip())
    return LabelledPicture(path.name, pixels, defects)


def _pixels(data: bytes) -> ImageArray | None:
    """Grey or BGR pixels; grey that is stored as colour becomes grey, as the station's cameras give it."""
    pixels = decode(data)
    if pixels is None or pixels.dtype != np.uint8 or (pixels.ndim == 3 and pixels.shape[2] != 3):
        return None
    if pixels.ndim == 3 and bool((pixels[:, :, :1] == pixels[:, :, 1:]).all()):
        return np.ascontiguousarray(pixels[:, :, 0])
    return pixels


def parse_label(line: str, classes: tuple[str, ...], width: int, height: int, path: Path) -> tuple[str, Box]:
    """Class and box in px of a line `class cx cy w h`. Raises `ConfigError` if it is none; `path` is for its words."""
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


def split_of_dataset(folder: DatasetFolder, split: str, classes: tuple[str, ...], by: str = "part") -> Source:
    """The labelled pictures of one split, part by part.

    Args:
        folder: The dataset.
        split: `train`, `val` or `test`.
        classes: What the model knows.
        by: What is counted, `part` or `picture`.

    Raises:
        DatasetRefused: It is damaged, leaks from one split into another, or has nothing to judge there; later, a
            picture is not the one that the manifest names.
    """
    manifest, problems = folder.load(), Problems()
    find_leaks(manifest.images, manifest.splits, problems)
    if problems.errors:
        first = next(one for one in problems.in_order() if one.fatal)
        raise DatasetRefused(
            f"{folder.path} leaks: {first.where} {first.what}", "See `inspector dataset check`, and divide it anew"
        )
    there = [image for image in manifest.images if image.split == split]
    chosen = sorted((image for image in there if image.state != "unlabelled"), key=_place)
    if not chosen:
        raise DatasetRefused(
            f"{folder.path} has no labelled pictures in {split}", "Divide it with `inspector dataset split`"
        )
    facts: dict[str, object] = {
        "kind": "dataset",
        "name": manifest.name,
        "manifest_sha256": folder.digest(),
        "split": split,
        "divided_by": manifest.splits.by,
    }
    told = f"dataset {manifest.name}, split {split}"
    notes = _notes(manifest, there, split, classes)
    mixed = _mixed(there)
    if mixed and by == "part":
        notes.append(
            f"{mixed} parts have pictures with and without defects: each counts as one bad part. Where a good and a bad"
            " piece have the same part number, count with --count-by picture."
        )
    return Source(told, len(chosen), facts, notes, stored_pictures(folder.path, chosen))


def _place(image: Image) -> tuple[str, str]:
    return image.part or "", image.sha256


def stored_pictures(folder: Path, images: list[Image]) -> Iterator[LabelledPicture]:
    """Pictures of a dataset, in the order given.

    Args:
        folder: Of the dataset.
        images: What its manifest says of them.

    Raises:
        DatasetRefused: While reading: one is missing, or is not the file that the manifest names.
    """
    for image in images:
        path = folder / image.file
        try:
            data = path.read_bytes()
        except OSError as error:
            raise DatasetRefused(f"{path} cannot be read: {error.strerror}", "Take it from your backup") from error
        pixels = _pixels(data)
        if pixels is None or hashlib.sha256(data).hexdigest() != image.sha256:
            raise DatasetRefused(f"{path} is not the file that the manifest names", "Take it from your backup")
        boxes = tuple((box.class_name, (box.x, box.y, box.x + box.w, box.y + box.h)) for box in image.boxes)
        name = f"{image.source.file} ({image.sha256[:8]})"
        yield LabelledPicture(name, pixels, boxes, part=image.part, camera=image.source.camera)


def _notes(manifest: Manifest, there: list[Image], split: str, classes: tuple[str, ...]) -> list[str]:
    notes = []
    left = sum(image.state == "unlabelled" for image in there)
    if left:
        notes.append(f"{left} pictures of this split have no labels yet and were left out.")
    if split != "test":
        notes.append(f"These are figures on {split}, which the model or its limits were fitted to: they flatter.")
    unknown = sorted({box.class_name for image in there for box in image.boxes} - set(classes))
    if unknown:
        notes.append(f"The model does not know these labelled classes: {', '.join(unknown)}.")
    chosen = Counter(image.stratum for image in there)
    picked = sum(number for stratum, number in chosen.items() if stratum not in (None, "random"))
    if picked:
        notes.append(
            f"{picked} pictures were picked from a station's store because they were hard or reviewed:"
            " rates on them are not those of the line."
        )
    return notes


def _mixed(images: list[Image]) -> int:
    states: dict[str, set[str]] = {}
    for image in images:
        if image.part is not None and image.state != "unlabelled":
            states.setdefault(image.part, set()).add(image.state)
    return sum(len(found) > 1 for found in states.values())
