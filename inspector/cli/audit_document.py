# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answers as JSON: every dataclass by its fields, every record as its hash and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date

from inspector.store.read import StoredRecord


def as_document(value: object) -> object:
    """The value as something that `json` can write."""
    if isinstance(value, StoredRecord):
        return {"hash": value.hash, "record": value.fields}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: as_document(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): as_document(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [as_document(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
