# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sample frames of synthetic parts, their truth, and a model package trained on such parts.

Everything here was rendered and trained by the scripts in `training`; `docs/qa-engineer.md` has the commands.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SampleDefect:
    """A labelled defect: class name and box `(x1, y1, x2, y2)` in frame pixels."""

    class_name: str
    box_px: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class SampleLabel:
    """Truth about one frame: its file name, whether the part is good, the serial of its DataMatrix, defects."""

    file: str
    good: bool
    serial: str
    defects: tuple[SampleDefect, ...]


def _folder(name: str) -> Path:
    place = files(__name__).joinpath(name)
    if not isinstance(place, Path):
        raise FileNotFoundError(f"{name} lies inside an archive; install the package unpacked (pip does)")
    return place


def images_dir() -> Path:
    """Folder of the sample frames: 640 x 640, 8-bit mono JPEG, with `labels.json` beside them."""
    return _folder("images")


def model_dir() -> Path:
    """Directory of the model package for these parts."""
    return _folder("model")


def recipe_file() -> Path:
    """The recipe for these parts."""
    return _folder("recipes") / "disc.toml"


def challenge_file() -> Path:
    """Some of these parts as registered challenge parts."""
    return _folder("challenge.toml")


def bundle_dir() -> Path:
    """Folder of a sample audit bundle, `sample.zip`, and the policy of somebody who checks it, `policy.toml`."""
    return _folder("bundle")


def labels(folder: Path | None = None) -> tuple[SampleLabel, ...]:
    """Truth about the frames in `folder` (default: the samples), in the order they are played.

    Raises:
        FileNotFoundError: if the folder has no `labels.json`.
        ValueError: if it is not what `inspector synth --layout samples` writes.
    """
    path = (folder or images_dir()) / "labels.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return tuple(_label(part) for part in content["parts"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a list of labelled parts: {error}") from error


def _label(part: dict[str, object]) -> SampleLabel:
    file, good, serial, defects = part["file"], part["good"], part["serial"], part["defects"]
    if not (isinstance(file, str) and isinstance(good, bool) and isinstance(serial, str)):
        raise TypeError(f"wrong types in {part!r}")
    if Path(file).name != file:
        raise ValueError(f"{file!r} is not a plain file name")
    if not isinstance(defects, list):
        raise TypeError(f"defects of {file} are no list")
    found = []
    for defect in defects:
        x1, y1, x2, y2 = (float(v) for v in defect["box_px"])
        found.append(SampleDefect(str(defect["class"]), (x1, y1, x2, y2)))
    return SampleLabel(file, good, serial, tuple(found))
