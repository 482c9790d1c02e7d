# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all endpoints have in common: who asks, how long the station may take, and that its answer fits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Header
from pydantic import ValidationError

from inspector.errors import Refused

log = logging.getLogger(__name__)

T = TypeVar("T")

OPEN_WITHIN_S = 15.0
"""For a command that writes a record."""
ASK_WITHIN_S = 3.0
"""For a question that the station answers at once."""

Session = Annotated[str, Header(alias="Inspector-Session", max_length=100)]
"""Token of who is logged in, at a station with users."""


def checked(validate: Callable[[object], T], answer: dict[str, object]) -> T:
    """The station's answer as its type.

    Raises:
        Refused: It does not fit.
    """
    try:
        return validate(answer)
    except ValidationError as error:
        log.error("the station's answer does not fit the schema: %s", error)
        raise Refused(
            "STATION_ANSWER", "the station's answer does not fit the schema", "Station and api differ: reinstall"
        ) from error


def operator(typed: str | None) -> dict[str, object]:
    """Who was typed; nobody where the session says who it is."""
    return {} if typed is None else {"operator": typed}
