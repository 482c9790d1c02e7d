# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes a dataset for others: as a YOLO dataset for the trainer, and for LabelMe to label in.

Pictures are copied, never linked: the trainer rewrites files that it takes for damaged.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from inspector.errors import DatasetRefused
from training.dataset.importers.labelme import MARK, UNLABELLED, shapes_digest
from training.dataset.incoming import RawBox
from training.dataset.manifest import SPLITS, Box, Image, Manifest, Proposal

Progress = Callable[[str, int, int], None]


def to_yolo(folder: Path, manifest: Manifest, out: Path, progress: Progress | None = None) -> dict[str, int]:
    """Write `images/<split>`, `labels/<split>` and `data.yaml`; good parts have empty label files.

    `data.yaml` has no `path`: relative ones are looked up elsewhere by the trainer. Pictures without labels and those
    in no split are left out.

    Returns:
        Pictures written by split, and how many were left out.

    Raises:
        DatasetRefused: There are no pictures for training or validation, `out` exists, or a picture was changed.
    """
    usable = [image for image in manifest.images if image.split != "none" and image.state != "unlabelled"]
    numbers: dict[str, int] = {name: sum(image.split == name for image in usable) for name in SPLITS}
    for name in ("train", "val"):
        if not numbers[name]:
            raise DatasetRefused(
                f"The dataset has no labelled pictures in {name}", "Divide it with `inspector dataset split`"
            )
    classes = {name: number for number, name in enumerate(manifest.classes)}

    def files(image: Image, name: str) -> Iterable[tuple[str, bytes]]:
        lines = (_yolo_line(box, classes, image) for box in image.boxes)
        yield f"labels/{image.split}/{Path(name).stem}.txt", "".join(lines).encode("ascii")

    names = "".join(f"  {number}: {json.dumps(name)}\n" for name, number in classes.items())
    test = "test: images/test\n" if numbers["test"] else ""
    yaml = f"train: images/train\nval: images/val\n{test}names:\n{names}"
    _write(folder, usable, out, lambda image: f"images/{image.split}/", files, {"data.yaml": yaml.encode()}, progress)
    return {**numbers, "left_out": len(manifest.images) - len(usable)}


def _yolo_line(box: Box, classes: dict[str, int], image: Image) -> str:
    cx, cy = (box.x + box.w / 2) / image.width, (box.y + box.h / 2) / image.height
    return f"{classes[box.class_name]} {cx:.6f} {cy:.6f} {box.w / image.width:.6f} {box.h / image.height:.6f}\n"


def to_labelme(
    folder: Path, manifest: Manifest, out: Path, *, only_unlabelled: bool = False, progress: Progress | None = None
) -> dict[str, int]:
    """Write pictures with LabelMe's files; one that nobody labelled has none, or proposals and the flag `unlabelled`.

    One in which a model found nothing has a file without shapes and that flag, so that a person says good by a click.

    Returns:
        How many pictures, and how many of them have proposals.

    Raises:
        DatasetRefused: There is nothing to write, `out` exists, or a picture was changed.
    """
    images = [one for one in manifest.images if one.state == "unlabelled" or not only_unlabelled]
    if not images:
        raise DatasetRefused("There is no picture to label", "Leave --only-unlabelled out to see all of them")

    def files(image: Image, name: str) -> Iterable[tuple[str, bytes]]:
        if image.state != "unlabelled" or image.proposals or image.proposed_by is not None:
            yield f"{Path(name).stem}.json", _labelme(image, name)

    _write(folder, images, out, lambda image: "", files, {}, progress)
    return {"images": len(images), "proposed": sum(one.state == "unlabelled" and bool(one.proposals) for one in images)}


def _labelme(image: Image, name: str) -> bytes:
    unlabelled = image.state == "unlabelled"
    boxes: tuple[Box, ...] = image.proposals if unlabelled else image.boxes
    shapes: list[dict[str, object]] = [
        {
            "label": box.class_name,
            "points": [[box.x, box.y], [box.x + box.w, box.y + box.h]],
            "group_id": None,
            "description": _told(box),
            "shape_type": "rectangle",
            "flags": {},
        }
        for box in boxes
    ]
    document: dict[str, object] = {
        "version": "5.5.0",
        "flags": {UNLABELLED: unlabelled},
        "shapes": shapes,
        "imagePath": name,
        "imageData": None,
        "imageHeight": image.height,
        "imageWidth": image.width,
    }
    if unlabelled:
        raw = [RawBox(box.class_name, box.x, box.y, box.w, box.h) for box in boxes]
        document[MARK] = {"proposed_by": image.proposed_by, "shapes": shapes_digest(raw)}
    return json.dumps(document, indent=2).encode("ascii")


def _told(box: Box) -> str:
    """What LabelMe shows beside a shape: that a model proposed it, and how sure it was."""
    if not isinstance(box, Proposal):
        return ""
    return "proposed" if box.score_ppm is None else f"proposed, score {box.score_ppm / 1_000_000:.2f}"


def _write(
    folder: Path,
    images: list[Image],
    out: Path,
    place: Callable[[Image], str],
    files: Callable[[Image, str], Iterable[tuple[str, bytes]]],
    more: dict[str, bytes],
    progress: Progress | None,
) -> None:
    """Everything into a folder beside, which then gets its name."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DatasetRefused(f"{out} is there and not empty", "Choose a new folder; nothing is ever overwritten")
    beside = out.with_name(f".{out.name}.{secrets.token_hex(6)}.tmp")
    try:
        beside.mkdir(parents=True)
        for number, image in enumerate(images, 1):
            data = (folder / image.file).read_bytes()
            if hashlib.sha256(data).hexdigest() != image.sha256:
                raise DatasetRefused(f"{image.file} was changed", "Run `inspector dataset check`")
            name = f"{image.sha256[:16]}{Path(image.file).suffix}"
            for path, content in [(place(image) + name, data), *files(image, name)]:
                (beside / path).parent.mkdir(parents=True, exist_ok=True)
                (beside / path).write_bytes(content)
            if progress is not None:
                progress("written", number, len(images))
        for path, content in more.items():
            (beside / path).write_bytes(content)
        if out.is_dir():
            out.rmdir()
        beside.rename(out)
    except OSError as error:
        raise DatasetRefused(f"{out} cannot be written: {error}", "Check the disk and the permissions") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
