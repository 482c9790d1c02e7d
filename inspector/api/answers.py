# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the parts of the client share: answers and commands as documents, questions as addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError

from inspector.errors import Refused, RequestInvalid

T = TypeVar("T", bound=BaseModel)


def parsed(model: type[T], body: bytes | str) -> T:
    """An answer as its document.

    Raises:
        Refused: It does not fit the schema.
    """
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Refused(
            "STATION_ANSWER", "the api's answer does not fit the schema", "Update this program or the station"
        ) from error


def query(asked: Mapping[str, object]) -> str:
    """The part of an address after the `?`; what is None is left out."""
    return urlencode({name: value for name, value in asked.items() if value is not None})


def command(model: type[T], **fields: object) -> T:
    """A command as its document.

    Raises:
        RequestInvalid: It does not fit the schema.
    """
    try:
        return model(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise RequestInvalid(f"{where}: {first['msg']}", "Type or scan it again") from error
