# SPDX-License-Identifier: AGPL-3.0-or-later
"""Nested values as one table: path of a value -> the value as JSON. So records compare settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

Flat = dict[str, str]
"""Path of a value -> the value as JSON."""


def flatten(value: object, prefix: str = "") -> Flat:
    """Every value of nested tables and lists under its path, such as `cameras.0.name`."""
    if isinstance(value, Mapping):
        pairs = [(str(key), inner) for key, inner in value.items()]
    elif isinstance(value, list | tuple):
        pairs = [(str(number), inner) for number, inner in enumerate(value)]
    else:
        return {prefix: json.dumps(value, ensure_ascii=False, default=str)}
    found: Flat = {}
    for key, inner in pairs:
        found |= flatten(inner, f"{prefix}.{key}" if prefix else key)
    return found


def value_at(flat: Mapping[str, str], name: str) -> object:
    """A single value, or a list of values; None if there is none.

    Raises:
        ValueError: What stands there is no JSON.
    """
    if name in flat:
        return json.loads(flat[name])
    found: list[object] = []
    while (place := f"{name}.{len(found)}") in flat:
        found.append(json.loads(flat[place]))
    return found or None
