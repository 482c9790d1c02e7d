# SPDX-License-Identifier: AGPL-3.0-or-later
"""LabelMe: one JSON file beside each picture. A shape becomes the box around it; a file without shapes says good.

Our export marks what only a model has seen with the flag `unlabelled`, a box to tick in LabelMe. Shapes become labels
when a person has taken the tick away: LabelMe keeps it, whatever else is changed and saved.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from training.dataset.importers.documents import numbers, objects, read_json
from training.dataset.incoming import Gathered, Incoming, RawBox, Request, inside, pictures_below, short
from training.dataset.manifest import MAX_BOXES
from training.dataset.problems import Kind, Problems

UNLABELLED = "unlabelled"
"""Flag of a file that our export wrote with proposals only: nobody has looked at it while it is set."""
MARK = "inspector"
"""Key of what our export says of proposals: `proposed_by`, the model, and `shapes`, their digest. LabelMe keeps it."""
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
        if _untouched(content, boxes, name, problems):
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


def _untouched(content: Mapping[str, object], boxes: Iterable[RawBox], name: str, problems: Problems) -> bool:
    """Whether nobody has said that they looked at it; a proposal never becomes a label by what is missing in a file."""
    flags, mark = content.get("flags"), content.get(MARK)
    flag = flags.get(UNLABELLED) if isinstance(flags, dict) else None
    if not isinstance(mark, dict):
        return flag is True
    if flag is True:
        if mark.get("shapes") != shapes_digest(boxes):
            what = f"its shapes were changed, but its flag `{UNLABELLED}` is still set: taken as not looked at"
            problems.warn(Kind.LABEL_FILE, name, f"{what}. Take the tick away in LabelMe, and import again")
        return True
    if flag is not False:
        what = f"holds proposals, but its flag `{UNLABELLED}` is gone: taken as not looked at"
        problems.warn(Kind.LABEL_FILE, name, f'{what}. Where a person has seen it, write "{UNLABELLED}": false')
        return True
    return False


def shapes_digest(boxes: Iterable[RawBox]) -> str:
    """What shapes are compared by: SHA-256 of their labels and places in 1/16 px, in any order, 64 hex digits."""
    plain = []
    for box in boxes:
        places = (box.x, box.y, box.x + box.w, box.y + box.h)
        plain.append([box.class_name, *(round(16 * place) for place in places if math.isfinite(place))])
    return hashlib.sha256(json.dumps(sorted(plain, key=str)).encode("ascii")).hexdigest()


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
