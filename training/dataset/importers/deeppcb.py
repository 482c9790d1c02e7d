# SPDX-License-Identifier: AGPL-3.0-or-later
"""DeepPCB: pairs of a tested board and its defect-free template, which is a good part.

Two layouts are read: the authors' own (`group*/NNNNN/*_test.jpg`, `*_temp.jpg`, labels `x1 y1 x2 y2 type` in
`NNNNN_not/`, lists `trainval.txt` and `test.txt`), and a YOLO dataset with `templates/<split>/` beside it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from training.dataset.importers import yolo
from training.dataset.incoming import Gathered, Incoming, RawBox, Request, pictures_below, read_label, short
from training.dataset.manifest import MAX_BOXES, SPLITS, SplitName
from training.dataset.problems import Kind, Problems

CLASSES = ("open", "short", "mousebite", "spur", "copper", "pin-hole")
"""By the type of the labels, from 1; type 0 is background and does not appear."""
_MAX_LIST_BYTES = 16 * 1024 * 1024


def gather(request: Request, problems: Problems) -> Gathered:
    """Read the folder of either layout."""
    folder = request.source
    if (folder / "data.yaml").is_file():
        return _with_templates(request, problems)
    base = folder / "PCBData" if (folder / "PCBData").is_dir() else folder
    lists: dict[str, SplitName] = {"trainval.txt": "train", "test.txt": "test"}
    found: list[Incoming] = []
    for name, split in lists.items():
        path = base / name
        data = read_label(path, problems, _MAX_LIST_BYTES) if path.is_file() else b""
        for number, line in enumerate((data or b"").decode("utf-8", "replace").splitlines(), 1):
            if line.strip():
                found += _pair(base, line, split, f"{path}:{number}", problems)
    if not found:
        problems.error(Kind.SOURCE, folder, "holds no DeepPCB: neither trainval.txt nor test.txt nor data.yaml")
    return Gathered(CLASSES, found)


def _pair(base: Path, line: str, split: SplitName, where: str, problems: Problems) -> list[Incoming]:
    words = line.split()
    steps = [word.replace("\\", "/") for word in words]
    if len(words) != 2 or any(".." in step.split("/") or step.startswith("/") or "\0" in step for step in steps):
        problems.error(Kind.SOURCE, where, f"not a picture and its labels: {short(line)}")
        return []
    named, label = base / steps[0], base / steps[1]
    part = named.stem
    pair = [named.with_name(f"{part}_{kind}.jpg") for kind in ("test", "temp")]
    missing = [path for path in (*pair, label) if not path.is_file()]
    for path in missing:
        problems.error(Kind.MISSING_PICTURE if path in pair else Kind.LABEL_FILE, where, f"{path.name} is not there")
    if missing:
        return []
    boxes = parse_labels(read_label(label, problems) or b"", label, problems)
    tested, template = (path.relative_to(base).as_posix() for path in pair)
    common = {"split": split, "part": part, "lot": part[:5]}
    return [
        replace(Incoming(pair[0], tested, "labelled" if boxes else "good", boxes, str(label)), **common),  # type: ignore[arg-type]
        replace(Incoming(pair[1], template, "good"), **common),  # type: ignore[arg-type]
    ]


def parse_labels(data: bytes, where: object, problems: Problems) -> tuple[RawBox, ...]:
    """The boxes of a label file, `x1 y1 x2 y2 type` or with commas, in pixels."""
    boxes: list[RawBox] = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip():
            continue
        if len(boxes) == MAX_BOXES:
            problems.error(Kind.LABEL_FILE, where, f"more than {MAX_BOXES} boxes")
            break
        try:
            x1, y1, x2, y2, kind = (int(word) for word in line.replace(",", " ").split())
        except ValueError:
            problems.error(Kind.LABEL_FILE, f"{where}:{number}", f"not `x1 y1 x2 y2 type`: {short(line)}")
            continue
        if not 1 <= kind <= len(CLASSES):
            problems.error(Kind.UNKNOWN_CLASS, f"{where}:{number}", f"type {kind}, and there are {len(CLASSES)}")
        elif max(abs(x1), abs(y1), abs(x2), abs(y2)) > 1_000_000:
            problems.error(Kind.BOX_OUTSIDE, f"{where}:{number}", f"absurd: {short(line)}")
        else:
            boxes.append(RawBox(CLASSES[kind - 1], x1, y1, x2 - x1, y2 - y1))
    return tuple(boxes)


def _with_templates(request: Request, problems: Problems) -> Gathered:
    gathered = yolo.gather(request, problems)
    found = [replace(one, part=one.path.stem, lot=one.path.stem[:5]) for one in gathered.pictures]
    for split in SPLITS:
        folder = request.source / "templates" / split
        for path in pictures_below(folder) if folder.is_dir() else []:
            name = path.relative_to(request.source).as_posix()
            found.append(Incoming(path, name, "good", split=split, part=path.stem, lot=path.stem[:5]))
    return Gathered(gathered.classes, found)
