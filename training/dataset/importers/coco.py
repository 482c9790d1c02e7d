# SPDX-License-Identifier: AGPL-3.0-or-later
"""COCO: one JSON file with `images`, `annotations` (`bbox` = left, top, width, height in pixels) and `categories`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from training.dataset.importers.documents import numbers, objects, read_json
from training.dataset.incoming import MAX_LIST_BYTES, Gathered, Incoming, RawBox, Request, inside, short
from training.dataset.manifest import MAX_BOXES
from training.dataset.problems import Kind, Problems


def gather(request: Request, problems: Problems) -> Gathered:
    """Read a COCO file and name the pictures that it lists, below `--images` or the file's own folder."""
    path = request.source
    content = read_json(path, problems, MAX_LIST_BYTES)
    if content is None:
        return Gathered((), ())
    folder = request.images or path.parent
    classes = _by_id(objects(content, "categories", path, problems), "name", f"{path}, categories", problems)
    files = _by_id(objects(content, "images", path, problems), "file_name", f"{path}, images", problems)
    boxes = _boxes(objects(content, "annotations", path, problems), classes, files, path, problems)
    found, names = [], set()
    for number, name in files.items():
        picture = inside(folder, name)
        if picture is None or not picture.is_file():
            problems.error(Kind.MISSING_PICTURE, path, f"lists {short(name)}, which is not below {folder}")
            continue
        if picture in names:
            problems.error(Kind.NAME_CLASH, path, f"lists {short(name)} twice")
            continue
        names.add(picture)
        mine = tuple(boxes.get(number, ()))
        if not mine and not request.no_label_is_good:
            problems.warn(Kind.MISSING_LABEL, name, f"no annotation in {path.name}: taken as unlabelled")
        found.append(Incoming(picture, name, "labelled" if mine else request.unseen(), mine, f"{path.name}: {name}"))
    if len(set(classes.values())) != len(classes):
        problems.error(Kind.UNKNOWN_CLASS, path, "a name of a category is there twice")
    return Gathered(tuple(dict.fromkeys(classes.values())), found)


def _by_id(entries: list[Mapping[str, object]], field: str, where: str, problems: Problems) -> dict[int, str]:
    found: dict[int, str] = {}
    for place, entry in enumerate(entries):
        number, name = entry.get("id"), entry.get(field)
        if type(number) is not int or not isinstance(name, str) or not name:
            problems.error(Kind.LABEL_FILE, f"{where}[{place}]", f"`id` or `{field}` is missing")
        elif number in found:
            problems.error(Kind.NAME_CLASH, f"{where}[{place}]", f"id {number} is there twice")
        else:
            found[number] = name
    return found


def _boxes(
    entries: list[Mapping[str, object]], classes: dict[int, str], files: dict[int, str], path: Path, problems: Problems
) -> dict[int, list[RawBox]]:
    found: dict[int, list[RawBox]] = {}
    for place, entry in enumerate(entries):
        where = f"{path}, annotations[{place}]"
        image, category, box = entry.get("image_id"), entry.get("category_id"), numbers(entry.get("bbox"), 4)
        if type(image) is not int or image not in files:
            problems.error(Kind.MISSING_PICTURE, where, f"of image {short(image)}, which is not in the list")
        elif type(category) is not int or category not in classes:
            problems.error(Kind.UNKNOWN_CLASS, where, f"category {short(category)} is not in the list")
        elif box is None:
            problems.error(Kind.LABEL_FILE, where, "`bbox` is not four numbers")
        elif len(found.setdefault(image, [])) == MAX_BOXES:
            problems.error(Kind.LABEL_FILE, where, f"more than {MAX_BOXES} boxes in one picture")
        else:
            found[image].append(RawBox(classes[category], box[0], box[1], box[2], box[3]))
    return found
