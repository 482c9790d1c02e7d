# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is shown to the trainer: whole pictures, or tiles cut from large ones, with the boxes that belong to each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from training.dataset.manifest import Box, Image, box_of

LEAST_VISIBLE = 0.5
"""A box that a tile cuts is kept, clipped, if so much of its area is in the tile."""


@dataclass(frozen=True, slots=True)
class View:
    """A picture or a part of it.

    Attributes:
        image: the picture.
        x, y, w, h: what of it, in pixels.
        boxes: defects, relative to `x` and `y`.
        fragment: shows a piece of a defect without a box for it, so that it is no example of a good surface.
    """

    image: Image
    x: int
    y: int
    w: int
    h: int
    boxes: tuple[Box, ...]
    fragment: bool = False

    @property
    def whole(self) -> bool:
        """Whether it is the whole picture."""
        return (self.w, self.h) == (self.image.width, self.image.height)

    @property
    def name(self) -> str:
        """Name of its file, without suffix."""
        stem = self.image.sha256[:16]
        return stem if self.whole else f"{stem}-{self.x}-{self.y}"


def starts(length: int, edge: int, overlap: int) -> list[int]:
    """Where tiles begin along one side: as few as cover it with at least `overlap`, evenly spread.

    Args:
        length: of the side, in pixels.
        edge: of a tile.
        overlap: of two neighbours, less than `edge`.
    """
    if length <= edge:
        return [0]
    count = -(-(length - overlap) // (edge - overlap))
    return [round(number * (length - edge) / (count - 1)) for number in range(count)]


def views_of(image: Image, edge: int | None, overlap: int) -> Iterator[View]:
    """The picture, or its tiles.

    A box that lies in a tile is kept; one that is cut is clipped and kept if at least half of it is to be seen, or if
    no other tile shows more of it: no defect is lost. What is dropped makes the tile a `fragment`.
    """
    if edge is None or (image.width <= edge and image.height <= edge):
        yield View(image, 0, 0, image.width, image.height, image.boxes)
        return
    wide, high = min(edge, image.width), min(edge, image.height)
    places = list(product(starts(image.height, edge, overlap), starts(image.width, edge, overlap)))
    shares = [[_share(box, x, y, wide, high) for y, x in places] for box in image.boxes]
    best = [row.index(max(row)) for row in shares]
    for number, (y, x) in enumerate(places):
        kept, fragment = [], False
        for box, row, most in zip(image.boxes, shares, best, strict=True):
            if row[number] >= LEAST_VISIBLE or most == number:
                kept.append(_clipped(box, x, y, wide, high))
            elif row[number] > 0:
                fragment = True
        yield View(image, x, y, wide, high, tuple(kept), fragment)


def _share(box: Box, x: int, y: int, w: int, h: int) -> float:
    across = min(box.x + box.w, x + w) - max(box.x, x)
    down = min(box.y + box.h, y + h) - max(box.y, y)
    return max(across, 0.0) * max(down, 0.0) / (box.w * box.h)


def _clipped(box: Box, x: int, y: int, w: int, h: int) -> Box:
    left, top = max(box.x - x, 0.0), max(box.y - y, 0.0)
    right, bottom = min(box.x + box.w - x, float(w)), min(box.y + box.h - y, float(h))
    return box_of(box.class_name, left, top, right - left, bottom - top)


def all_views(images: Sequence[Image], edge: int | None, overlap: int) -> list[View]:
    """The views of many pictures, in their order."""
    return [view for image in images for view in views_of(image, edge, overlap)]
