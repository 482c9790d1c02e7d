# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads JSON files of datasets, trainings, baselines and releases, which anybody may have written."""

from __future__ import annotations

import json
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


def parse_document(model: type[M], data: bytes, longest: int) -> M:
    """Read a file strictly: one value to a key, no NaN, nothing that the model does not know.

    Args:
        model: What it must be.
        data: The file.
        longest: So many bytes it may have.

    Raises:
        ValueError: It is something else; the message says what and where in it.
    """
    if len(data) > longest:
        raise ValueError(f"it has {len(data)} bytes, more than {longest}")
    try:
        json.loads(data, object_pairs_hook=_once, parse_constant=_no_constant)  # pydantic takes the last of two
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "the whole file"
        raise ValueError(f"{place}: {first['msg']}") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
