# SPDX-License-Identifier: AGPL-3.0-or-later
"""What importers give: pictures and labels as they were found, before anything is examined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from training.dataset.manifest import SplitName, State
from training.dataset.problems import Kind, Problems

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp"})
MAX_LABEL_BYTES = 16 * 1024 * 1024
MAX_LIST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RawBox:
    """A labelled box: left, top, width, height, in pixels or - `relative` - in shares of the picture's edges."""

    class_name: str
    x: float
    y: float
    w: float
    h: float
    relative: bool = False


@dataclass(frozen=True, slots=True)
class Incoming:
    """A picture with what its source says of it.

    Attributes:
        path: The file. name: What problems and the manifest call it.
        label: File of the labels, for problems; empty if there is none.
        state, boxes, proposals, split, part, lot, group, stratum, probability_ppm: As in the manifest.
        origin: Fields of `Source` that only a station knows.
    """

    path: Path
    name: str
    state: State
    boxes: tuple[RawBox, ...] = ()
    label: str = ""
    proposals: tuple[RawBox, ...] = ()
    split: SplitName = "none"
    part: str | None = None
    lot: str | None = None
    group: str | None = None
    stratum: str | None = None
    probability_ppm: int | None = None
    origin: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of an importer.

    Attributes:
        source: File or folder.
        images: Folder of the pictures, where it is not what the source says.
        classes: Names of classes, where the source has numbers only.
        no_label_is_good: A picture without any label is known to show no defect.
        seed, random_ppm, grey_low_ppm, grey_high_ppm, grey_count, diverse_count: Of a station's sampling.
    """

    source: Path
    images: Path | None = None
    classes: tuple[str, ...] = ()
    no_label_is_good: bool = False
    seed: int = 0
    random_ppm: int = 50_000
    grey_low_ppm: int = 200_000
    grey_high_ppm: int = 600_000
    grey_count: int = 50
    diverse_count: int = 50

    def unseen(self) -> State:
        """State of a picture without any label."""
        return "good" if self.no_label_is_good else "unlabelled"


@dataclass(frozen=True, slots=True)
class Gathered:
    """What an importer found.

    Attributes:
        classes: Names in the order of the source; classes of boxes that are not among them are unknown. None: the
            source has no list, and the classes are those of its boxes.
        pictures: In the order of their names.
    """

    classes: tuple[str, ...] | None
    pictures: Sequence[Incoming]


Importer = Callable[[Request, Problems], Gathered]


def pictures_below(folder: Path) -> list[Path]:
    """All files below a folder whose names end as those of pictures do, in order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def read_label(path: Path, problems: Problems, limit: int = MAX_LABEL_BYTES) -> bytes | None:
    """Read a label file; None, and a problem, if it cannot be read or is too large to be one."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except OSError as error:
        problems.error(Kind.LABEL_FILE, path, f"cannot be read: {error.strerror}")
        return None
    if len(data) > limit:
        problems.error(Kind.LABEL_FILE, path, f"more than {limit} bytes are no label file")
        return None
    return data


def inside(folder: Path, name: str) -> Path | None:
    """The file of this name below a folder; None if the name leads out of it, or is none."""
    try:
        path = (folder / name.replace("\\", "/")).resolve()
        return path if path.is_relative_to(folder.resolve()) else None
    except (OSError, ValueError, RuntimeError):
        return None


def short(text: object) -> str:
    """Foreign text as it may stand in a message."""
    return ascii(str(text)[:60])
