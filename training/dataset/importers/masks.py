# SPDX-License-Identifier: AGPL-3.0-or-later
"""Masks: a picture of the same size for each picture, in which defects are not black; each spot becomes a box.

`images/NAME.*` with `masks/NAME.png` or `masks/NAME_mask.png`. With one class every value that is not 0 is it; with
several the value is the number of the class, from 1.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from inspector.part import ImageArray
from training.dataset.incoming import Gathered, Incoming, RawBox, Request, pictures_below, read_label
from training.dataset.manifest import MAX_BOXES
from training.dataset.picture import MAX_FILE_BYTES, Flaw, decode, examine
from training.dataset.problems import Kind, Problems

MIN_AREA_PX = 4
"""Smaller spots are leftovers of drawing and scaling."""


def gather(request: Request, problems: Problems) -> Gathered:
    """Read the pictures of `images/` and their masks."""
    folder, masks = request.source / "images", request.source / "masks"
    classes = request.classes or ("defect",)
    if not folder.is_dir() or not masks.is_dir():
        problems.error(Kind.SOURCE, request.source, "has no folders `images` and `masks`")
        return Gathered(classes, ())
    found: list[Incoming] = []
    used: dict[Path, Path] = {}
    for picture in pictures_below(folder):
        name = picture.relative_to(folder)
        candidates = [masks / name.with_name(f"{name.stem}{end}.png") for end in ("", "_mask")]
        mask = next((path for path in candidates if path.is_file()), None)
        shown = picture.relative_to(request.source).as_posix()
        if mask is None:
            if not request.no_label_is_good:
                problems.warn(Kind.MISSING_LABEL, shown, "no mask: taken as unlabelled")
            found.append(Incoming(picture, shown, request.unseen()))
            continue
        if mask in used:
            problems.error(Kind.NAME_CLASH, picture, f"shares its mask with {used[mask].name}")
        used[mask] = picture
        boxes = _boxes(mask, picture, classes, problems)
        found.append(Incoming(picture, shown, "labelled" if boxes else "good", boxes, str(mask)))
    for path in pictures_below(masks):
        if path not in used:
            problems.error(Kind.MISSING_PICTURE, path, "a mask without a picture of this name")
    return Gathered(classes, found)


def _boxes(mask: Path, picture: Path, classes: tuple[str, ...], problems: Problems) -> tuple[RawBox, ...]:
    data = read_label(mask, problems, MAX_FILE_BYTES) or b""
    facts = examine(data)
    if isinstance(facts, Flaw):
        problems.error(facts.kind, mask, facts.what)
        return ()
    pixels = decode(data)
    if pixels is None or facts.channels != 1:
        problems.error(Kind.CHANNELS, mask, "a mask has one channel")
        return ()
    values = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])
    try:
        shown = examine(picture.read_bytes())
    except OSError as error:
        problems.error(Kind.BROKEN_PICTURE, picture, f"cannot be read: {error.strerror}")
        return ()
    if isinstance(shown, Flaw):
        return ()  # told when the picture itself is examined
    if (shown.width, shown.height) != (facts.width, facts.height):
        what = f"has {facts.width} x {facts.height} px, its picture {shown.width} x {shown.height}"
        problems.error(Kind.LABEL_FILE, mask, what)
        return ()
    return boxes_of(values, classes, mask, problems)


def boxes_of(values: ImageArray, classes: tuple[str, ...], where: object, problems: Problems) -> tuple[RawBox, ...]:
    """The box around each connected spot (8 neighbours) of each class, `(h, w) uint8`."""
    boxes: list[RawBox] = []
    present = [int(value) for value in np.flatnonzero(np.bincount(values.ravel(), minlength=256)) if value]
    if len(classes) > 1 and present and present[-1] > len(classes):
        problems.error(Kind.UNKNOWN_CLASS, where, f"value {present[-1]}, and there are {len(classes)} classes")
        return ()
    spots = [(classes[0], values > 0)] if len(classes) == 1 else [(classes[v - 1], values == v) for v in present]
    for name, spot in spots:
        _, _, stats, _ = cv2.connectedComponentsWithStats(spot.astype(np.uint8), connectivity=8)
        for x, y, w, h, area in stats[1:].tolist():
            if area >= MIN_AREA_PX:
                boxes.append(RawBox(name, x, y, w, h))
    if len(boxes) > MAX_BOXES:
        problems.error(Kind.LABEL_FILE, where, f"more than {MAX_BOXES} spots")
        return ()
    return tuple(boxes)
