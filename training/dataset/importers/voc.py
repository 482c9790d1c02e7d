# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pascal VOC: one XML file for each picture, with `object`s that have a `name` and a `bndbox`."""

from __future__ import annotations

import math
from pathlib import Path
from xml.parsers import expat

from training.dataset.incoming import Gathered, Incoming, RawBox, Request, inside, pictures_below, read_label, short
from training.dataset.manifest import MAX_BOXES
from training.dataset.problems import Kind, Problems

_MAX_DEPTH = 16
_MAX_ELEMENTS = 100_000
_EDGES = ("xmin", "ymin", "xmax", "ymax")


def gather(request: Request, problems: Problems) -> Gathered:
    """Read all XML files below a folder; pictures are found by their names below it, or below `--images`."""
    folder = request.images or request.source
    pictures = pictures_below(folder) if folder.is_dir() else []
    by_name: dict[str, list[Path]] = {}
    for picture in pictures:
        by_name.setdefault(picture.name, []).append(picture)
        by_name.setdefault(picture.stem, []).append(picture)
    found: dict[Path, Incoming] = {}
    for path in sorted(request.source.rglob("*.xml")):
        data = read_label(path, problems)
        read = None if data is None else parse_voc(data, path, problems)
        if read is None:
            continue
        named, boxes = read
        shown = _picture(folder, path, named, by_name, problems)
        if shown is None:
            continue
        if shown in found:
            problems.error(Kind.NAME_CLASH, path, f"a second file of labels for {shown.name}")
            continue
        found[shown] = Incoming(
            shown, shown.relative_to(folder).as_posix(), "labelled" if boxes else "good", boxes, str(path)
        )
    if not found:
        problems.error(Kind.SOURCE, request.source, "holds no Pascal VOC file whose picture is there")
    labelled = {path.resolve() for path in found}
    for picture in pictures:
        if picture.resolve() not in labelled:
            name = picture.relative_to(folder).as_posix()
            if not request.no_label_is_good:
                problems.warn(Kind.MISSING_LABEL, name, "no XML file: taken as unlabelled")
            found[picture] = Incoming(picture, name, request.unseen())
    return Gathered(None, list(found.values()))


def _picture(folder: Path, path: Path, named: str, by_name: dict[str, list[Path]], problems: Problems) -> Path | None:
    """By the name that the file says, else by its own."""
    last = named.replace("\\", "/").split("/")[-1]
    beside = inside(path.parent, last) if last else None
    candidates = by_name.get(last) or by_name.get(path.stem) or []
    if beside is not None and beside.is_file() and beside in [one.resolve() for one in candidates]:
        candidates = [one for one in candidates if one.resolve() == beside]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        problems.error(Kind.NAME_CLASH, path, f"{len(candidates)} pictures could be {short(last)}")
    else:
        problems.error(Kind.MISSING_PICTURE, path, f"its picture {short(last)} is not below {folder}")
    return None


def parse_voc(data: bytes, where: Path, problems: Problems) -> tuple[str, tuple[RawBox, ...]] | None:
    """Name of the picture and its boxes; document types, and so entities, are refused."""
    reader = _Reader()
    try:
        reader.read(data)
    except (expat.ExpatError, ValueError) as error:
        problems.error(Kind.LABEL_FILE, where, f"no XML that is read here: {short(error)}")
        return None
    if reader.root != "annotation":
        problems.error(Kind.LABEL_FILE, where, "no Pascal VOC file: its root is not `annotation`")
        return None
    boxes = []
    for number, fields in enumerate(reader.objects, 1):
        name = fields.get("name", "")
        try:
            left, top, right, bottom = (float(fields[edge]) for edge in _EDGES)
        except (KeyError, ValueError):
            problems.error(Kind.LABEL_FILE, where, f"object {number} has no `bndbox` of four numbers")
            continue
        if not name or not all(math.isfinite(value) for value in (left, top, right, bottom)):
            problems.error(Kind.LABEL_FILE, where, f"object {number} has no name or no finite box")
            continue
        boxes.append(RawBox(name, left, top, right - left, bottom - top))
    return reader.filename, tuple(boxes)


class _Reader:
    """Collects what is needed of the file while it is read; nothing is built that could grow."""

    def __init__(self) -> None:
        self.root = ""
        self.filename = ""
        self.objects: list[dict[str, str]] = []
        self._steps: list[str] = []
        self._text: list[str] = []
        self._elements = 0

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.Parse(data, True)

    def _doctype(self, *_: object) -> None:
        raise ValueError("document types are not read")

    def _start(self, name: str, _: object) -> None:
        self._elements += 1
        if self._elements > _MAX_ELEMENTS or len(self._steps) == _MAX_DEPTH:
            raise ValueError("too many elements, or too deep")
        self._steps.append(name)
        self._text.clear()
        if len(self._steps) == 1:
            self.root = name
        if self._steps == ["annotation", "object"]:
            if len(self.objects) == MAX_BOXES:
                raise ValueError(f"more than {MAX_BOXES} objects")
            self.objects.append({})

    def _end(self, name: str) -> None:
        text = "".join(self._text).strip()
        self._text.clear()
        if self._steps == ["annotation", "filename"]:
            self.filename = text
        elif self._steps[:2] == ["annotation", "object"] and (
            (len(self._steps) == 3 and name == "name")
            or (len(self._steps) == 4 and self._steps[2] == "bndbox" and name in _EDGES)
        ):
            self.objects[-1][name] = text  # parts of an object have names of their own, deeper down
        self._steps.pop()
