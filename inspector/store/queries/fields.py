# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fields of records that nobody has checked: what is missing, or of another kind, is told with the record's number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from inspector.errors import EvidenceError
from inspector.store.read import StoredRecord

Fields = Mapping[str, object]


def text(fields: Fields, *path: str) -> str:
    """The text at this path; a damaged record is told of.

    Raises:
        EvidenceError: There is none.
    """
    value = fields.get(path[0]) if len(path) == 1 else _at(fields, path)
    if not isinstance(value, str):
        raise _damaged(fields, path)
    return value


def optional_text(fields: Fields, name: str) -> str | None:
    """The text of a field that may be null; raises as `text`."""
    return None if fields.get(name) is None else text(fields, name)


def whole(fields: Fields, *path: str) -> int:
    """The integer at this path.

    Raises:
        EvidenceError: There is none.
    """
    value = fields.get(path[0]) if len(path) == 1 else _at(fields, path)
    if not isinstance(value, int):
        raise _damaged(fields, path)
    return value


def mapping(fields: Fields, *path: str) -> Fields:
    """The object at this path.

    Raises:
        EvidenceError: There is none.
    """
    value = _at(fields, path)
    if not isinstance(value, Mapping):
        raise _damaged(fields, path)
    return value


def items(fields: Fields, *path: str) -> list[Fields]:
    """The list of objects at this path.

    Raises:
        EvidenceError: There is none.
    """
    value = _at(fields, path)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _damaged(fields, path)
    return value


def words(fields: Fields, *path: str) -> list[str]:
    """The list of texts at this path.

    Raises:
        EvidenceError: There is none.
    """
    value = _at(fields, path)
    if not isinstance(value, list):
        raise _damaged(fields, path)
    return [str(one) for one in value]


def serial_of(part: Fields) -> str | None:
    """The serial of a part record, or None."""
    return None if part.get("serial") is None else text(part, "serial", "text")


def key_of(part: Fields) -> tuple[str, int]:
    """`line_boot` and `part_seq` of a part or outcome record."""
    return text(part, "key", "line_boot"), whole(part, "key", "part_seq")


def classes_of(part: Fields) -> list[str]:
    """The classes of all findings in a part record, each once, sorted."""
    return sorted({text(one, "class") for view in items(part, "views") for one in items(view, "detections")})


def time_of(record: StoredRecord) -> int:
    """When a record was made, UTC, microseconds."""
    return whole(record.fields, "t_us")


def utc(t_us: int) -> str:
    """A time for people and tables: `2026-11-21T19:30:00.123+00:00`."""
    return datetime.fromtimestamp(t_us / 1e6, UTC).isoformat(timespec="milliseconds")


def _at(fields: Fields, path: tuple[str, ...]) -> object:
    value = fields.get(path[0])
    for name in path[1:]:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _damaged(fields: Fields, path: tuple[str, ...]) -> EvidenceError:
    where = f"Record {fields['seq']}" if "seq" in fields else "A record"
    return EvidenceError(f"{where} is damaged: {'.'.join(path)}", "Run `inspector verify`")
