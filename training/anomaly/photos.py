# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads folders of photos. What cannot be used is listed with its reason, and the others are used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from inspector.errors import DatasetRefused
from inspector.part import ImageArray
from training.dataset.incoming import SUFFIXES
from training.dataset.picture import MAX_FILE_BYTES, Facts, decode, examine
from training.evaluation.markup import clean

LEAST_GOOD = 20
"""With fewer good photos nobody can say where good parts end."""
MOST_GOOD = 200
MOST_NEW = 500
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that can be compared.

    Attributes:
        name: Of its file, fit to be shown.
        path: Its file.
        facts: Its hashes, size and channels.
        pixels: Scaled as the network sees it, `(h, w)` or `(h, w, 3) uint8`.
    """

    name: str
    path: Path
    facts: Facts
    pixels: ImageArray


@dataclass(frozen=True, slots=True)
class Left:
    """A file that is not used, or is used with a remark, and why."""

    folder: str
    name: str
    why: str


@dataclass(slots=True)
class Photos:
    """Both folders.

    Attributes:
        good: Photos of good parts.
        new: Photos to look at.
        left: Files that are left out.
        remarks: Files that are used, and something is odd about them.
    """

    good: list[Photo] = field(default_factory=list)
    new: list[Photo] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)
    remarks: list[Left] = field(default_factory=list)


def read_photos(
    good: Path, new: Path, fit: Callable[[ImageArray], ImageArray], progress: Progress | None = None
) -> Photos:
    """Read both folders, without those below them.

    Args:
        good: Photos of good parts only.
        new: Photos to look at.
        fit: Scales a picture as the network sees it.
        progress: Told of what is done.

    Raises:
        DatasetRefused: A folder cannot be read, holds too many photos, or too few of them can be used.
    """
    found = Photos()
    files = {"good": _files(good, MOST_GOOD), "new": _files(new, MOST_NEW)}
    total = sum(len(paths) for paths in files.values())
    done = 0
    for folder, paths in files.items():
        kept = found.good if folder == "good" else found.new
        for path in paths:
            photo = _read(path, fit)
            if isinstance(photo, Photo):
                kept.append(photo)
            else:
                found.left.append(Left(folder, clean(path.name), photo))
            done += 1
            if progress is not None:
                progress("photos", done, total)
    _without_copies(found)
    _of_one_kind(found)
    if len(found.good) < LEAST_GOOD:
        raise DatasetRefused(
            f"{good} holds {_photos(len(found.good))} of good parts that can be used; {LEAST_GOOD} are needed"
            + _reasons([one for one in found.left if one.folder == "good"]),
            "Take 50 and more, of different parts, with the same camera, light and place as the new ones",
        )
    if not found.new:
        raise DatasetRefused(
            f"{new} holds no photo that can be used" + _reasons([one for one in found.left if one.folder == "new"]),
            "Supported: PNG, JPEG and BMP, of the size and colour of the good ones",
        )
    return found


def _photos(count: int) -> str:
    return f"{count} photo{'' if count == 1 else 's'}"


def _reasons(left: list[Left]) -> str:
    return "".join(f"; {one.name}: {one.why}" for one in left[:5]) + (f"; and {len(left) - 5} more" if left[5:] else "")


def _files(folder: Path, most: int) -> list[Path]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    except OSError as error:
        raise DatasetRefused(f"{folder} cannot be read: {error.strerror}", "Name a folder of photos") from error
    if len(paths) > most:
        raise DatasetRefused(
            f"{folder} holds {len(paths)} photos; at most {most} are compared in one go", "Move some of them elsewhere"
        )
    return paths


def _read(path: Path, fit: Callable[[ImageArray], ImageArray]) -> Photo | str:
    """The photo, or why it cannot be used."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    facts = examine(data)
    if not isinstance(facts, Facts):
        return facts.what
    pixels = decode(data)
    if pixels is None or pixels.shape[:2] != (facts.height, facts.width):
        return "cannot be decoded"
    if facts.channels == 1 and pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[:, :, 0])
    return Photo(clean(path.name), path, facts, fit(pixels))


def _without_copies(found: Photos) -> None:
    """A good photo that is there twice would vouch for itself; one that is in both folders says nothing new."""
    seen: dict[str, str] = {}
    kept: list[Photo] = []
    for photo in found.good:
        first = seen.setdefault(photo.facts.pixels_sha256, photo.name)
        if first == photo.name and all(one.name != photo.name for one in kept):
            kept.append(photo)
        else:
            found.left.append(Left("good", photo.name, f"shows the same pixels as {first}"))
    found.good[:] = kept
    for photo in found.new:
        twin = seen.get(photo.facts.pixels_sha256)
        if twin is not None:
            why = f"is the good photo {twin}: it is compared with itself and looks good"
            found.remarks.append(Left("new", photo.name, why))


def _of_one_kind(found: Photos) -> None:
    """All have the size and the colour of most of the good ones."""
    kinds = Counter(_kind(photo) for photo in found.good)
    if not kinds:
        return
    usual = kinds.most_common(1)[0][0]
    for folder, photos in (("good", found.good), ("new", found.new)):
        for photo in [one for one in photos if _kind(one) != usual]:
            found.left.append(Left(folder, photo.name, f"{_told(_kind(photo))}; most good photos: {_told(usual)}"))
        photos[:] = [one for one in photos if _kind(one) == usual]
    names = {photo.name for photo in found.new}
    found.remarks[:] = [one for one in found.remarks if one.name in names]


def _kind(photo: Photo) -> tuple[int, int, int]:
    return photo.facts.width, photo.facts.height, photo.facts.channels


def _told(kind: tuple[int, int, int]) -> str:
    wide, high, channels = kind
    return f"{wide} x {high} px {'grey' if channels == 1 else 'colour'}"
