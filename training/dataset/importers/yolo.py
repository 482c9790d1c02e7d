# SPDX-License-Identifier: AGPL-3.0-or-later
"""YOLO datasets: `data.yaml`, `images/`, `labels/` with one `class cx cy w h` line for each defect.

A line of three or more points (`class x1 y1 x2 y2 x3 y3 ...`, segmentation) becomes the box around them.
"""

from __future__ import annotations

import math
from pathlib import Path

import yaml

from training.dataset.incoming import (
    MAX_LIST_BYTES,
    SUFFIXES,
    Gathered,
    Incoming,
    RawBox,
    Request,
    pictures_below,
    read_label,
    short,
)
from training.dataset.manifest import MAX_BOXES, MAX_CLASSES, SPLITS, SplitName
from training.dataset.problems import Kind, Problems

_MAX_YAML_BYTES = 1024 * 1024


def gather(request: Request, problems: Problems) -> Gathered:
    """Read the pictures and labels that a `data.yaml` names."""
    path = request.source / "data.yaml" if request.source.is_dir() else request.source
    data = read_label(path, problems, _MAX_YAML_BYTES)
    content = {} if data is None else parse_yaml(data, path, problems)
    names = class_names(content.get("names"), path, problems) if content else ()
    base = path.parent
    if isinstance(content.get("path"), str):
        base = base / str(content["path"])
    found: list[Incoming] = []
    named: dict[Path, str] = {}
    trained_on = _places(content.get("train"))
    for split in SPLITS:
        for place in _places(content.get(split)):
            if split == "val" and place in trained_on:  # what trainers are given that want some validation
                words = f"val is {place}, as train: its pictures are for training only"
                problems.warn(Kind.LEAK, path, f"{words}; `inspector dataset split` divides them")
                continue
            for picture in _pictures(base, place, path, problems):
                if picture in named:
                    if named[picture] != split:
                        problems.error(Kind.LEAK, picture, f"stands in {named[picture]} and in {split}")
                    continue
                named[picture] = split
                found.append(_incoming(picture, base, split, names, request, problems))
    if content and not found:
        problems.error(Kind.SOURCE, path, "names no pictures that are there under train, val or test")
    _labels_without_pictures(found, problems)
    return Gathered(names, found)


def parse_yaml(data: bytes, where: Path, problems: Problems) -> dict[str, object]:
    """The top of a `data.yaml`; empty, and a problem, if it is none."""
    try:
        for token in yaml.scan(data):
            if isinstance(token, yaml.AliasToken):
                raise ValueError("aliases are not read")
        content = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problems.error(Kind.SOURCE, where, f"no YAML that is read here: {short(error)}")
        return {}
    if not isinstance(content, dict) or "names" not in content:
        problems.error(Kind.SOURCE, where, "no data.yaml: `names` is missing")
        return {}
    return {str(key): value for key, value in content.items()}


def class_names(names: object, where: Path, problems: Problems) -> tuple[str, ...]:
    """The names of the classes by number, from a list or from `0: name` lines."""
    if isinstance(names, dict) and all(type(key) is int for key in names):
        names = [names[key] for key in sorted(names)] if sorted(names) == list(range(len(names))) else None
    if not isinstance(names, list) or not 1 <= len(names) <= MAX_CLASSES:
        problems.error(Kind.SOURCE, where, "`names` must list the classes by number from 0 without a gap")
        return ()
    texts = tuple(str(name).strip() for name in names)
    if len(set(texts)) != len(texts) or not all(1 <= len(text) <= 200 for text in texts):
        problems.error(Kind.SOURCE, where, "`names` has a name twice, an empty or an overlong one")
        return ()
    return texts


def parse_labels(data: bytes, names: tuple[str, ...], where: object, problems: Problems) -> tuple[RawBox, ...]:
    """The boxes of a label file; what is wrong with a line is noted with its number."""
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        problems.error(Kind.LABEL_FILE, where, "no text")
        return ()
    boxes: list[RawBox] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if len(boxes) == MAX_BOXES:
            problems.error(Kind.LABEL_FILE, where, f"more than {MAX_BOXES} boxes")
            break
        box = _line(line, names, f"{where}:{number}", problems)
        if box is not None:
            boxes.append(box)
    return tuple(boxes)


def _line(line: str, names: tuple[str, ...], where: str, problems: Problems) -> RawBox | None:
    words = line.split()
    try:
        index, numbers = int(words[0]), [float(word) for word in words[1:]]
    except ValueError:
        problems.error(Kind.LABEL_FILE, where, f"not `class cx cy w h`: {short(line)}")
        return None
    if not all(math.isfinite(number) for number in numbers) or not (
        len(numbers) == 4 or (len(numbers) >= 6 and len(numbers) % 2 == 0)
    ):
        problems.error(Kind.LABEL_FILE, where, f"not `class cx cy w h`: {short(line)}")
        return None
    if not 0 <= index < len(names):
        problems.error(Kind.UNKNOWN_CLASS, where, f"class {index}, and there are {len(names)}")
        return None
    if len(numbers) == 4:
        cx, cy, w, h = numbers
        return RawBox(names[index], cx - w / 2, cy - h / 2, w, h, relative=True)
    xs, ys = numbers[::2], numbers[1::2]
    return RawBox(names[index], min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys), relative=True)


def _places(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [str(one) for one in values if isinstance(one, str) and one]


def _pictures(base: Path, place: str, where: Path, problems: Problems) -> list[Path]:
    """The pictures of a folder, or those that a text file lists."""
    path = base / place
    try:
        if path.is_dir():
            return pictures_below(path)
        if path.suffix == ".txt" and path.is_file():
            data = read_label(path, problems, MAX_LIST_BYTES) or b""
            lines = data.decode("utf-8", "replace").splitlines()
            listed = [path.parent / line.strip() for line in lines if Path(line.strip()).suffix.lower() in SUFFIXES]
            for missing in [one for one in listed if not one.is_file()]:
                problems.error(Kind.MISSING_PICTURE, path, f"lists {missing.name}, which is not there")
            return [one for one in listed if one.is_file()]
    except (OSError, ValueError):  # a name that no file can have
        pass
    problems.error(Kind.SOURCE, where, f"names {short(place)}, which is no folder and no list")
    return []


def label_of(picture: Path) -> Path:
    """`labels/` beside the last `images/` in the path; beside the picture where there is none."""
    steps = list(picture.parts)
    for index in range(len(steps) - 2, -1, -1):
        if steps[index] == "images":
            steps[index] = "labels"
            break
    return Path(*steps).with_suffix(".txt")


def _incoming(
    picture: Path, base: Path, split: SplitName, names: tuple[str, ...], request: Request, problems: Problems
) -> Incoming:
    name = picture.relative_to(base).as_posix() if picture.is_relative_to(base) else str(picture)
    label = label_of(picture)
    if not label.is_file():
        if not request.no_label_is_good:
            problems.warn(Kind.MISSING_LABEL, label, f"no label file for {name}: taken as unlabelled")
        return Incoming(picture, name, request.unseen(), split=split)
    data = read_label(label, problems)
    boxes = () if data is None else parse_labels(data, names, label, problems)
    return Incoming(picture, name, "labelled" if boxes else "good", boxes, str(label), split=split)


def _labels_without_pictures(found: list[Incoming], problems: Problems) -> None:
    pictures: dict[Path, Path] = {}
    for one in found:
        label = label_of(one.path)
        if label in pictures:
            problems.error(Kind.NAME_CLASH, one.path, f"shares its label file with {pictures[label].name}")
        pictures[label] = one.path
    for folder in sorted({label.parent for label in pictures}):
        if folder.is_dir() and folder.name != "images":
            for label in sorted(folder.glob("*.txt")):
                if label not in pictures and label.name != "classes.txt":
                    problems.error(Kind.MISSING_PICTURE, label, "labels without a picture of this name")
