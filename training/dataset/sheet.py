# SPDX-License-Identifier: AGPL-3.0-or-later
"""A contact sheet: small pictures of a dataset with their boxes, and in words what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from inspector.durable import write_durable
from inspector.errors import DatasetRefused
from inspector.part import ImageArray
from training.dataset.manifest import Box, Image, Manifest
from training.dataset.picture import decode
from training.dataset.statistics import states

TILE_PX = 200
_TEXT_PX = 22
_GAP_PX = 8
_HEAD_PX = 44
_COLOURS = {"labelled": (40, 40, 200), "good": (60, 150, 40), "unlabelled": (0, 150, 230)}  # blue, green, red
_PROPOSED = (200, 120, 0)
_INK, _PAPER = (30, 30, 30), 245


def chosen(manifest: Manifest, limit: int) -> list[Image]:
    """At most `limit` pictures: those without labels first, then of each state in turn, in an order of their hashes."""
    queues = {
        state: [image for image in manifest.images if image.state == state]
        for state in ("unlabelled", "labelled", "good")
    }
    found: list[Image] = []
    while len(found) < limit and any(queues.values()):
        for queue in queues.values():
            if queue and len(found) < limit:
                found.append(queue.pop(0))
    return found


def draw(folder: Path, manifest: Manifest, *, limit: int = 60, columns: int = 6) -> ImageArray:
    """The sheet, `(h, w, 3) uint8`, blue first.

    Args:
        folder: Of the dataset.
        manifest: Its manifest.
        limit: At most so many pictures.
        columns: In a row.

    Raises:
        DatasetRefused: A picture is not what the manifest says.
    """
    images = chosen(manifest, limit)
    return draw_tiles(folder, images, [words(one) for one in images], title(manifest, len(images)), columns)


def draw_tiles(folder: Path, images: Sequence[Image], below: Sequence[str], head: str, columns: int = 6) -> ImageArray:
    """These pictures with words of ASCII below each and above all; raises as `draw`."""
    rows = max(1, -(-len(images) // columns))
    high, wide = TILE_PX + _TEXT_PX + _GAP_PX, TILE_PX + _GAP_PX
    shape = (_HEAD_PX + rows * high + _GAP_PX, columns * wide + _GAP_PX, 3)
    sheet = np.full(shape, _PAPER, np.uint8)
    cv2.putText(sheet, head, (_GAP_PX, 29), cv2.FONT_HERSHEY_SIMPLEX, 0.6, _INK, 1, cv2.LINE_AA)
    for number, image in enumerate(images):
        y, x = _HEAD_PX + number // columns * high, _GAP_PX + number % columns * wide
        sheet[y : y + TILE_PX, x : x + TILE_PX] = _tile(folder, image)
        cv2.rectangle(sheet, (x - 2, y - 2), (x + TILE_PX + 1, y + TILE_PX + 1), _COLOURS[image.state], 2)
        place = (x, y + TILE_PX + 16)
        cv2.putText(sheet, below[number], place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, _INK, 1, cv2.LINE_AA)
    return sheet


def title(manifest: Manifest, shown: int) -> str:
    """The head of the sheet; OpenCV writes ASCII only."""
    found, total = states(manifest.images), len(manifest.images)
    name = manifest.name.encode("ascii", "replace").decode("ascii")[:40]
    of = f"{total} images" if shown == total else f"{shown} of {total} images"
    still = f"{found['unlabelled']} image{'' if found['unlabelled'] == 1 else 's'} unlabelled"
    return f"{name}: {of} - {found['labelled']} labelled, {found['good']} good, {still}"


def words(image: Image) -> str:
    """What stands below a picture."""
    what: str = image.state
    named = ", ".join(sorted({box.class_name for box in (*image.boxes, *image.proposals)}))
    if named:
        what = named if image.boxes else f"unlabelled: {named}?"
    split = "" if image.split == "none" else f" [{image.split}]"
    return f"{what[: 28 - len(split)]}{split}".encode("ascii", "replace").decode("ascii")


def _tile(folder: Path, image: Image) -> ImageArray:
    try:
        data = (folder / image.file).read_bytes()
    except OSError as error:
        raise DatasetRefused(f"{image.file} cannot be read: {error.strerror}", _ADVICE) from error
    pixels = decode(data)
    if pixels is None or hashlib.sha256(data).hexdigest() != image.sha256:
        raise DatasetRefused(f"{image.file} is not the picture that the manifest names", _ADVICE)
    if pixels.ndim == 2:
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR), np.uint8)
    scale = TILE_PX / max(image.width, image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    for boxes, colour in ((image.proposals, _PROPOSED), (image.boxes, _COLOURS["labelled"])):
        for box in boxes:
            cv2.rectangle(small, *_corners(box, scale), colour, 1)
    tile = np.full((TILE_PX, TILE_PX, 3), _PAPER, np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile


_ADVICE = "Run `inspector dataset check`"


def _corners(box: Box, scale: float) -> tuple[tuple[int, int], tuple[int, int]]:
    first = (round(box.x * scale), round(box.y * scale))
    return first, (round((box.x + box.w) * scale), round((box.y + box.h) * scale))


def write(path: Path, sheet: ImageArray) -> None:
    """Write the sheet as JPEG or PNG, by the suffix.

    Raises:
        DatasetRefused: It cannot be written.
    """
    try:
        done, data = cv2.imencode(path.suffix, sheet)
        if done:
            write_durable(path, data.tobytes())
            return
    except (cv2.error, OSError) as error:
        raise DatasetRefused(
            f"{path} cannot be written: {error}", "Name a .jpg or .png in a folder that exists"
        ) from error
    raise DatasetRefused(f"{path} cannot be written", "Name a .jpg or .png")
