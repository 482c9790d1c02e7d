# SPDX-License-Identifier: AGPL-3.0-or-later
"""The keys under which a record may exist only once: parts, outcomes, gaps, receipts and erasures."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from inspector.errors import FormatInvalid

Key = tuple[str | int, str | int]

FILE_KEY_DIGITS = 16
"""Digits of an image's digest that table `image_file` keeps; who looks there compares the record."""

FILE_PLACE_BITS = 16
"""Image-stored records whose numbers differ in these lowest bits only are near each other in table `image_file`."""

_FIND = {
    "part": "SELECT seq FROM part_key WHERE line_boot = ? AND part_seq = ?",
    "outcome": "SELECT seq FROM outcome_key WHERE line_boot = ? AND part_seq = ?",
    "gap": "SELECT seq FROM gap_key WHERE line_boot = ? AND part_seq = ?",
    "receipt": "SELECT seq FROM receipt_key WHERE document = ? AND ledger = ?",
    "image-erased": "SELECT seq FROM erased_key WHERE part = ? AND camera = ?",
}
_NOTE = {
    "part": "INSERT INTO part_key (line_boot, part_seq, seq) VALUES (?, ?, ?)",
    "outcome": "INSERT INTO outcome_key (line_boot, part_seq, seq) VALUES (?, ?, ?)",
    "gap": "INSERT INTO gap_key (line_boot, part_seq, seq) VALUES (?, ?, ?)",
    "receipt": "INSERT INTO receipt_key (document, ledger, seq) VALUES (?, ?, ?)",
    "image-erased": "INSERT INTO erased_key (part, camera, seq) VALUES (?, ?, ?)",
}
_FIELDS = {
    "part": (("key", "line_boot"), ("key", "part_seq")),
    "outcome": (("key", "line_boot"), ("key", "part_seq")),
    "gap": (("key", "line_boot"), ("key", "gap_seq")),
    "receipt": (("seal",), ("ledger", "origin")),
    "image-erased": (("part",), ("camera",)),
}


def unique_key(kind: str, fields: Mapping[str, object]) -> Key | None:
    """The key of a record that is about to be written, or None for types that have none.

    Raises:
        FormatInvalid: The fields do not hold it.
    """
    paths = _FIELDS.get(kind)
    return None if paths is None else (_value(fields, paths[0]), _value(fields, paths[1]))


def find(connection: sqlite3.Connection, kind: str, key: Key) -> int | None:
    """Number of the record with this key, or None."""
    row = connection.execute(_FIND[kind], key).fetchone()
    return None if row is None else int(row[0])


def note(connection: sqlite3.Connection, kind: str, key: Key, seq: int) -> None:
    """Enter the key of a record that was just inserted."""
    connection.execute(_NOTE[kind], (*key, seq))


def _value(fields: Mapping[str, object], path: tuple[str, ...]) -> str | int:
    # The schema has not been checked yet: the value must at least be fit for a query.
    value: object = fields
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, str) and value.isascii():
        return value
    if isinstance(value, int) and 0 <= value < 2**53:
        return value
    raise FormatInvalid(f"The key field {path[-1]} is {ascii(value)[:60]}")
