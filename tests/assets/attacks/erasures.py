# SPDX-License-Identifier: Apache-2.0
"""A bundle of one shift whose image was erased in a later one: what its proof of that can be made to say."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from inspector.evidence import merkle
from tests.assets.attacks.bundle import Pieces
from tests.assets.attacks.history import Changes, History, Json, spell
from tests.assets.attacks.keeping import erasing
from tests.assets.attacks.outsider import only
from tests.assets.attacks.table import attack


def told(**lies: Any) -> History:
    """Shift 3 has an image, shift 4 erases it and is sealed."""
    history = History(Changes(steps={"shift 3": lambda history: erasing(history, **lies)})).tell()
    history.close_shift()
    return history


def line(history: History, kind: str = "image-erased", shift: int = 4) -> Json:
    """The records of a type in a shift, proven under its seal."""
    records = [data for data in history.records if json.loads(data)["shift"] == shift]
    leaves = [merkle.leaf_hash(data) for data in records]
    chosen = [at for at, data in enumerate(records) if json.loads(data)["type"] == kind]
    spans = merkle.subset_spans(chosen, len(leaves))
    hashes = merkle.prove(spans, lambda start, end: merkle.root(leaves[start:end]))
    return {
        "shift": shift,
        "records": [records[at].decode("utf-8") for at in chosen],
        "hashes": [node.hex() for node in hashes],
    }


def bundle(change: Callable[[Json], object] = lambda fields: None, kind: str = "image-erased", **lies: Any) -> bytes:
    """The bundle of shift 3, with a line that may be changed, as a zip file."""
    return pieces(change, kind, **lies).zip()


def pieces(change: Callable[[Json], object] = lambda fields: None, kind: str = "image-erased", **lies: Any) -> Pieces:
    """The same, not yet put together."""
    history = told(**lies)
    fields = line(history, kind)
    change(fields)
    made = only(3, history=history)
    made.files["erasures.jsonl"] = spell(fields) + b"\n"
    return made


def with_lines(pieces: Pieces, lines: bytes) -> bytes:
    """The zip file with these lines."""
    pieces.files["erasures.jsonl"] = lines
    return pieces.zip()


def edited(old: str, new: str) -> Callable[[Json], object]:
    """The record of the line says something else."""

    def change(fields: Json) -> None:
        assert old in fields["records"][0]
        fields["records"] = [fields["records"][0].replace(old, new)]

    return change


@attack("PROOF-02")
def erasure_edited() -> bytes:
    """The proof of the erasure is real, its reason was changed."""
    return bundle(edited("old enough", "old enough."))


@attack("PROOF-02")
def erasure_with_another_hash() -> bytes:
    """A hash of the proof is another one."""
    return bundle(lambda fields: fields["hashes"].__setitem__(0, "e" * 64))


@attack("PROOF-02")
def erasure_with_a_hash_more() -> bytes:
    """There is a hash more than the proof takes."""
    return bundle(lambda fields: fields["hashes"].append("e" * 64))


@attack("PROOF-02")
def erasure_under_no_seal() -> bytes:
    """The proof names a shift that has no seal."""
    return bundle(lambda fields: fields.__setitem__("shift", 5))


@attack("PROOF-03")
def erasure_with_another_number() -> bytes:
    """The erasure carries the number of a record of the bundle."""

    def change(fields: Json) -> None:
        record = json.loads(fields["records"][0])
        fields["records"] = [spell({**record, "seq": 40}).decode("utf-8")]

    return bundle(change)


@attack("PROOF-03")
def erasure_of_another_shift() -> bytes:
    """An erasure that was sealed says that it belongs to another shift than its seal."""
    history = told(shift=9)
    return with_lines(only(3, history=history), spell(line_of_sealed(history)) + b"\n")


def line_of_sealed(history: History) -> Json:
    """The erasure by its place under the seal of shift 4, whatever shift it says."""
    first = next(at for at, data in enumerate(history.records) if b'"type":"image-erased"' in data)
    seal = json.loads(history.seals[3].data)
    records = history.records[seal["first"] - 1 : seal["first"] - 1 + seal["count"]]
    leaves, at = [merkle.leaf_hash(data) for data in records], first - seal["first"] + 1
    hashes = merkle.prove(merkle.subset_spans([at], len(leaves)), lambda start, end: merkle.root(leaves[start:end]))
    return {"shift": 4, "records": [records[at].decode("utf-8")], "hashes": [node.hex() for node in hashes]}


@attack("BUNDLE-02")
def erasure_that_is_none() -> bytes:
    """In the place of the erasure stands another record of the shift, well proven."""
    return bundle(kind="shift-open")


@attack("FORMAT-03")
def erasure_of_another_station() -> bytes:
    """The erasure is a record of another station."""
    return bundle(edited('"line-4"', '"line-5"'))


@attack("FORMAT-01")
def erasure_spelled_otherwise() -> bytes:
    """The erasure has a blank more."""
    return bundle(edited('{"', '{ "'))


@attack("FORMAT-02")
def erasure_with_more() -> bytes:
    """The line has a field more."""
    return bundle(lambda fields: fields.__setitem__("approved", True))


@attack("IMAGE-04")
def erasure_of_an_image_elsewhere() -> bytes:
    """A well proven erasure of a part that is not of the bundle."""
    return bundle(part="a" * 64)


@attack("IMAGE-06")
def erasure_later_and_yet_too_early() -> bytes:
    """The image was erased in a later shift, before its day was over."""
    return bundle(days=0.5)


@attack("BUNDLE-02")
def erasures_empty() -> bytes:
    """The member for erasures is there, and empty."""
    return with_lines(only(3), b"")


@attack("IMAGE-02", exit_code=1)
def erasure_left_out() -> bytes:
    """The bundle ends before the erasure and does not carry it: the image may have been erased."""
    return only(3, history=told()).zip()
