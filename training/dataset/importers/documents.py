# SPDX-License-Identifier: AGPL-3.0-or-later
"""JSON that anybody may have written: what is not there or of another kind is a problem with its place, no error."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path

from training.dataset.incoming import MAX_LABEL_BYTES, read_label, short
from training.dataset.problems import Kind, Problems


def read_json(path: Path, problems: Problems, limit: int = MAX_LABEL_BYTES) -> Mapping[str, object] | None:
    """A file that holds one JSON object; None, and a problem, if it does not."""
    data = read_label(path, problems, limit)
    if data is None:
        return None
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        problems.error(Kind.LABEL_FILE, path, f"no JSON: {short(error)}")
        return None
    if not isinstance(content, dict):
        problems.error(Kind.LABEL_FILE, path, "no JSON object")
        return None
    return content


def objects(content: Mapping[str, object], name: str, where: object, problems: Problems) -> list[Mapping[str, object]]:
    """A list of objects; empty, and a problem, if it is none."""
    found = content.get(name)
    if isinstance(found, list) and all(isinstance(one, dict) for one in found):
        return found
    problems.error(Kind.LABEL_FILE, where, f"`{name}` is no list of objects")
    return []


def numbers(value: object, count: int | None = None) -> list[float] | None:
    """A list of finite numbers, of this length if one is given; None if it is none."""
    if not isinstance(value, list) or (count is not None and len(value) != count):
        return None
    if not all(type(one) in (int, float) for one in value):
        return None
    try:
        found = [float(one) for one in value]
    except OverflowError:
        return None
    return found if all(math.isfinite(one) for one in found) else None
