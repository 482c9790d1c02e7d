# SPDX-License-Identifier: AGPL-3.0-or-later
"""LabelMe: one JSON file beside each picture. A shape becomes the box around it; a file without shapes says good."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from training.dataset.importers.documents import numbers, objects, read_json
from training.dataset.incoming import Gathered, Incoming, RawBox, Request, inside, pictures_below, short
from training.dataset.manifest import MAX_BOXES
from training.dataset.problems import Kind, Problems

UNLABELLED = "unlabelled"
"""Flag of a file that our export wrote with proposals only: nobody has looked at it while it is set."""
_MAX_BYTES = 256 * 1024 * 1024  # LabelMe may put the picture itself into its file


def gather(request: Request, problems: Problems) -> Gathered:
    """Read all files below a folder; pictures without one are unlabelled."""
    folder = request.source
    if not folder.is_dir():
        problems.error(Kind.SOURCE, folder, "is no folder")
        return Gathered(None, ())
    found: dict[Path, Incoming] = {}
    for path in sorted(folder.rglob("*.json")):
        content = read_json(path, problems, _MAX_BYTES)
        if content is None:
            continue
        named = content.get("imagePath")
        picture = inside(path.parent, named) if isinstance(named, str) and named else None
        if picture is not None and not picture.is_relative_to(folder.resolve()):
            picture = None
        if picture is None or not picture.is_file():
            problems.error(Kind.MISSING_PICTURE, path, f"its picture {short(named)} is not there")
            continue
        if picture in found:
            problems.error(Kind.NAME_CLASH, path, f"a second file of labels for {picture.name}")
            continue
        name = picture.relative_to(folder.resolve()).as_posix()
        boxes = parse_shapes(content, path, problems)
        flags = content.get("flags")
        if isinstance(flags, dict) and flags.get(UNLABELLED) is True:
            found[picture] = Incoming(picture, name, "unlabelled", label=str(path), proposals=boxes)
        else:
            found[picture] = Incoming(picture, name, "labelled" if boxes else "good", boxes, str(path))
    for picture in pictures_below(folder):
        if picture.resolve() not in found:
            name = picture.relative_to(folder).as_posix()
            if not request.no_label_is_good:
                problems.warn(Kind.MISSING_LABEL, name, "no file of LabelMe: taken as unlabelled")
            found[picture.resolve()] = Incoming(picture, name, request.unseen())
    if not found:
        problems.error(Kind.SOURCE, folder, "holds no pictures")
    return Gathered(None, list(found.values()))


def parse_shapes(content: Mapping[str, object], where: Path, problems: Problems) -> tuple[RawBox, ...]:
    """The boxes around the shapes of a file, in pixels."""
    boxes = []
    shapes = objects(content, "shapes", where, problems)
    if len(shapes) > MAX_BOXES:
        problems.error(Kind.LABEL_FILE, where, f"more than {MAX_BOXES} shapes")
        return ()
    for number, shape in enumerate(shapes, 1):
        label, kind = shape.get("label"), shape.get("shape_type", "polygon")
        points = shape.get("points")
        pairs = [numbers(point, 2) for point in points] if isinstance(points, list) else []
        places = [(pair[0], pair[1]) for pair in pairs if pair is not None]
        if not isinstance(label, str) or not label or len(places) != len(pairs) or len(places) < 2:
            problems.error(Kind.LABEL_FILE, f"{where}, shape {number}", "has no label, or no two points")
            continue
        if kind == "circle":  # its centre, and a point on it
            (x, y), edge = places[0], places[1]
            r = math.dist((x, y), edge)
            places = [(x - r, y - r), (x + r, y + r)]
        xs, ys = [x for x, _ in places], [y for _, y in places]
        boxes.append(RawBox(label, min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))
    return tuple(boxes)
