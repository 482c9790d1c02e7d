# SPDX-License-Identifier: AGPL-3.0-or-later
"""Gets the pictures ready: examines what `--data` names, and writes what is chosen of it for the trainer."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

from inspector.errors import ConfigError, DatasetRefused, TrainingFailed
from training.dataset.check import check
from training.dataset.folder import DatasetFolder
from training.dataset.importers.yolo import parse_yaml
from training.dataset.manifest import Manifest
from training.dataset.picture import decode
from training.dataset.problems import Problems
from training.train.choose import Chosen, choose
from training.train.runfile import Data
from training.train.spec import Settings
from training.train.tiles import View

Progress = Callable[[str, int, int], None]
ROOM_BYTES = {"n": 200_000_000, "s": 700_000_000, "m": 1_500_000_000}
"""What a run writes beside the pictures, at most: weights and optimizer (26 MB of nano), last and best, twice over."""
_ROOM_PER_WEIGHT = 30
"""The same by the size of half-precision weights to start from."""
_SHOWN = 5


@dataclass(frozen=True)
class Dataset:
    """A dataset: SHA-256 of its manifest, its folder, what is in it, and what somebody should look at, in words."""

    sha256: str
    folder: Path
    manifest: Manifest
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class YoloFile:
    """A YOLO dataset: SHA-256 over it, and its `data.yaml`."""

    sha256: str
    yaml: Path


Source = Dataset | YoloFile
"""What `--data` names."""


def examine_source(data: Path, progress: Progress) -> Source:
    """Read and examine what is to be trained on.

    Raises:
        ConfigError: There is no such file or folder, or the `data.yaml` asks for something that is not done here.
        DatasetRefused: The check of the dataset finds faults: a changed picture, the same part in two splits.
    """
    if data.is_dir():
        return _examine_dataset(DatasetFolder(data), progress)
    if not data.is_file():
        raise ConfigError(f"There is no dataset {data}", "Name the folder of a dataset, or a data.yaml")
    content = data.read_bytes()
    problems = Problems()
    parsed = parse_yaml(content, data, problems)
    if problems.errors:
        raise ConfigError(f"{data} cannot be used: {problems.found[0].what}", "See docs/qa-engineer.md, Your own parts")
    for key in ("download", "path"):
        if key in parsed:
            raise ConfigError(f"{data} has `{key}`", "Leave it out: pictures are looked for beside the file")
    return YoloFile(_digest(data, content, parsed), data)


def _examine_dataset(folder: DatasetFolder, progress: Progress) -> Dataset:
    problems = Problems()
    manifest, digest = folder.load(), folder.digest()
    check(folder, problems, progress)
    if problems.errors:
        told = "; ".join(f"{one.where}: {one.what}" for one in problems.in_order()[:_SHOWN])
        more = f"; and {problems.errors - _SHOWN} more" if problems.errors > _SHOWN else ""
        raise DatasetRefused(
            f"{folder.path} is not fit for training: {told}{more}",
            f"See all with `inspector dataset check --dataset {folder.path}`, and mend them",
        )
    warnings = tuple(f"{number} x {kind}" for kind, number in problems.by_kind().items())
    return Dataset(digest, folder.path, manifest, warnings)


def _digest(path: Path, content: bytes, parsed: dict[str, object]) -> str:
    """SHA-256 over a `data.yaml` and every picture and label that it names, in the order of their names."""
    files: set[Path] = set()
    for split in ("train", "val"):
        value = parsed.get(split)
        for place in value if isinstance(value, list) else [value]:
            pictures = path.parent / str(place)
            if pictures.is_file():  # a list of pictures: where they lie is not looked up
                files.add(pictures)
            labels = Path("labels".join(str(pictures).rsplit("images", 1)))
            for folder in {pictures, labels}:
                files |= {one for one in folder.rglob("*") if one.is_file() and one.suffix not in (".cache", ".npy")}
    digest = hashlib.sha256(content)
    for file in sorted(files):
        digest.update(f"\n{file.parent.name}/{file.name} ".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def room_for(settings: Settings, base: Path | None) -> int:
    """How many bytes a run writes beside the pictures, at most."""
    return ROOM_BYTES[settings.size] if base is None else _ROOM_PER_WEIGHT * base.stat().st_size


def lay_out(
    source: Source, settings: Settings, work: Path, room_bytes: int, progress: Progress
) -> tuple[Path, Data, Chosen | None]:
    """Write what is trained on into `work`, which is emptied before.

    Args:
        source: What was examined.
        settings: Of the run.
        work: Folder to write.
        room_bytes: What the run needs on the disk beside.
        progress: Receives how many pictures are written.

    Returns:
        The `data.yaml` for the trainer, what `run.json` says of it, and what was chosen; None of a YOLO dataset, which
        is read where it lies.

    Raises:
        DatasetRefused: There is nothing to train on, or a picture was changed meanwhile.
        TrainingFailed: The disk has no room.
    """
    if isinstance(source, YoloFile):
        _require_room(work.parent, room_bytes)
        return source.yaml, Data(kind="yolo", sha256=source.sha256), None
    chosen = choose(source.manifest, settings)
    shutil.rmtree(work, ignore_errors=True)
    pixels = sum(view.w * view.h * view.image.channels for view in (*chosen.train, *chosen.val))
    _require_room(work.parent, room_bytes + pixels)
    numbers = {name: number for number, name in enumerate(source.manifest.classes)}
    done, total = 0, len(chosen.train) + len(chosen.val)
    shown: list[str] = []
    for split, views, showings in (
        ("train", chosen.train, chosen.showings),
        ("val", chosen.val, (1,) * len(chosen.val)),
    ):
        for view, times in zip(views, showings, strict=True):
            name = _write(source.folder, view, work, split, numbers)
            if split == "train":
                shown += [f"./images/train/{name}"] * times
            done += 1
            progress("pictures written", done, total)
    # The trainer takes a picture as often as a list names it.
    (work / "train.txt").write_text("".join(f"{line}\n" for line in shown), encoding="ascii")
    names = "".join(f"  {number}: {json.dumps(name)}\n" for name, number in numbers.items())
    path = work / "data.yaml"
    path.write_text(f"train: train.txt\nval: images/val\nnames:\n{names}", encoding="ascii")
    data = Data(
        kind="dataset",
        sha256=source.sha256,
        train=len(chosen.train),
        val=len(chosen.val),
        good=chosen.good_taken,
        repeated=sum(chosen.showings) - len(chosen.train),
    )
    return path, data, chosen


def _require_room(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise TrainingFailed(
            f"The disk of {folder} has {free // 1_000_000} MB free; training may need {needed // 1_000_000} MB",
            "Make room, or choose --out on another disk",
        )


def _write(folder: Path, view: View, work: Path, split: str, numbers: dict[str, int]) -> str:
    """One picture and its label; returns the picture's name."""
    data = (folder / view.image.file).read_bytes()
    if hashlib.sha256(data).hexdigest() != view.image.sha256:
        raise DatasetRefused(f"{view.image.file} was changed", "Run `inspector dataset check`")
    name = view.name + (Path(view.image.file).suffix if view.whole else ".png")
    if not view.whole:
        pixels = decode(data)
        if pixels is None:
            raise DatasetRefused(f"{view.image.file} cannot be decoded", "Run `inspector dataset check`")
        _, encoded = cv2.imencode(".png", pixels[view.y : view.y + view.h, view.x : view.x + view.w])
        data = encoded.tobytes()
    lines = "".join(
        f"{numbers[box.class_name]} {(box.x + box.w / 2) / view.w:.6f} {(box.y + box.h / 2) / view.h:.6f} "
        f"{box.w / view.w:.6f} {box.h / view.h:.6f}\n"
        for box in view.boxes
    )
    for path, content in (
        (work / "images" / split / name, data),
        (work / "labels" / split / f"{view.name}.txt", lines.encode("ascii")),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return name
