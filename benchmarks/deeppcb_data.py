# SPDX-License-Identifier: AGPL-3.0-or-later
"""DeepPCB divided for the whole path: what is trained and tested on, and what only the line sees.

The published training boards stay what they are. Of the published test boards, each with its defect-free template,
half are the locked test set, a fifth is for choosing limits - for that good boards are needed - and the rest comes
down the line: no training, choice or test has seen it when the station judges it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Image

Role = Literal["train", "val", "test", "line"]
TEST_SHARE, VAL_SHARE = 0.5, 0.2
TRAIN_VAL_EVERY = 10
"""Where the layout has no validation boards, every tenth training board is one, as in the copy that has them."""


def roles(images: Iterable[Image]) -> dict[str, Role]:
    """Part -> what it is for. Both pictures of a part, board and template, have one role."""
    published: dict[str, str] = {str(image.part): image.split for image in images}
    tested = sorted((part for part, split in published.items() if split == "test"), key=_order)
    trained = sorted(part for part, split in published.items() if split == "train")
    found: dict[str, Role] = {part: "val" for part, split in published.items() if split == "val"}
    for number, part in enumerate(trained):
        found[part] = "val" if "val" not in published.values() and number % TRAIN_VAL_EVERY == 9 else "train"
    first, second = round(len(tested) * TEST_SHARE), round(len(tested) * (TEST_SHARE + VAL_SHARE))
    for number, part in enumerate(tested):
        found[part] = "test" if number < first else "val" if number < second else "line"
    return found


def _order(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()


def stage(published: Path, own: Path, line: Path, whole_test: Path) -> dict[str, int]:
    """Write three folders of pictures, each complete or not at all.

    Args:
        published: Dataset with the published split.
        own: Becomes a folder in DeepPCB's YOLO layout: our split, without what the line sees.
        line: Becomes what a simulated camera plays: pictures and `labels.json`.
        whole_test: Becomes `images`, `labels` and `good` of the whole published test set.

    Returns:
        How many pictures have which role.
    """
    folder = DatasetFolder(published)
    manifest = folder.load()
    role_of = roles(manifest.images)
    classes = list(manifest.classes)
    counts: dict[str, int] = {}
    for target in (own, line, whole_test):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
    played = []
    for image in manifest.images:
        source, role = published / image.file, role_of[str(image.part)]
        counts[role] = counts.get(role, 0) + 1
        name = f"{image.part}{source.suffix}"
        if image.split == "test":
            _labelled(whole_test, "images" if image.boxes else "good", "labels", name, source, image, classes)
        if role == "line":
            file = f"{image.part}-{'board' if image.boxes else 'template'}{source.suffix}"
            shutil.copyfile(source, line / file)
            played.append(_truth(file, image))
        elif image.boxes:
            _labelled(own, f"images/{role}", f"labels/{role}", name, source, image, classes)
        else:
            _copy(source, own / "templates" / role / name)
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(classes))
    (own / "data.yaml").write_text(f"train: images/train\nval: images/val\ntest: images/test\nnames:\n{names}", "utf-8")
    document = {"licence": "DeepPCB: research use only", "parts": sorted(played, key=lambda one: str(one["file"]))}
    (line / "labels.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return dict(sorted(counts.items()))


def _truth(file: str, image: Image) -> dict[str, object]:
    """What is on a picture, as `labels.json` of the demonstration's pictures says it."""
    boxes = [(box.class_name, [box.x, box.y, box.x + box.w, box.y + box.h]) for box in image.boxes]
    defects = [{"class": name, "box_px": box} for name, box in boxes]
    return {"file": file, "good": not boxes, "serial": "", "defects": defects, "pixels": image.pixels_sha256}


def _labelled(
    folder: Path, pictures: str, labels: str, name: str, source: Path, image: Image, classes: list[str]
) -> None:
    _copy(source, folder / pictures / name)
    if not image.boxes:
        return
    width, height = image.width, image.height
    lines = []
    for box in image.boxes:
        centre = f"{(box.x + box.w / 2) / width:.9f} {(box.y + box.h / 2) / height:.9f}"
        lines.append(f"{classes.index(box.class_name)} {centre} {box.w / width:.9f} {box.h / height:.9f}\n")
    target = folder / labels / Path(name).with_suffix(".txt").name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(lines), "ascii")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def draw_truth(to_label: Path, dataset: Path, line: Path) -> int:
    """Stand in for the person at LabelMe: draw the true boxes on exported pictures, and take the tick off.

    Args:
        to_label: What `inspector dataset export --labelme` wrote.
        dataset: The dataset it came from.
        line: What the camera played, with its truth.

    Returns:
        How many pictures were labelled.
    """
    played = json.loads((line / "labels.json").read_bytes())["parts"]
    truth: dict[str, Mapping[str, object]] = {part["pixels"]: part for part in played}
    by_file = {image.sha256: image for image in DatasetFolder(dataset).load().images}
    done = 0
    for path in sorted(to_label.rglob("*")):
        if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".bmp"):
            continue
        image = by_file[hashlib.sha256(path.read_bytes()).hexdigest()]
        part = truth[image.pixels_sha256]
        _write_shapes(path, image, part["defects"])
        done += 1
    return done


def _write_shapes(picture: Path, image: Image, defects: object) -> None:
    shapes = [
        {
            "label": defect["class"],
            "points": [defect["box_px"][:2], defect["box_px"][2:]],
            "group_id": None,
            "description": "",
            "shape_type": "rectangle",
            "flags": {},
        }
        for defect in (defects if isinstance(defects, list) else [])
    ]
    path = picture.with_suffix(".json")
    document = json.loads(path.read_bytes()) if path.is_file() else {"version": "5.5.0", "imageData": None}
    document |= {"flags": {"unlabelled": False}, "shapes": shapes, "imagePath": picture.name}
    document |= {"imageHeight": image.height, "imageWidth": image.width}
    path.write_text(json.dumps(document, indent=2), "utf-8")
