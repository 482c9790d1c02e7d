# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents for maintenance: the line's inputs and outputs."""

from __future__ import annotations

from typing import Literal

from inspector.api.schema import Count, Document


class IoPointNow(Document):
    """One input or output, with its raw value.

    `raw` is null while nobody knows it, and always with `kind` "event", of which only the moment is known. `on` is the
    level as the station takes it, after polarity and before debouncing; null for what is no bit. `since_us` is when the
    value was first seen so; `edges` counts changes since the line process began, `last_edge_us` is the last of them.
    """

    name: str
    direction: Literal["input", "output"]
    address: str
    kind: Literal["bit", "number", "event"]
    raw: int | None = None
    on: bool | None = None
    since_us: Count | None = None
    edges: Count
    last_edge_us: Count | None = None


class IoPoints(Document):
    """All inputs and outputs of the line, as they were at `t_us`."""

    backend: str = ""
    simulated: bool = False
    t_us: Count
    points: tuple[IoPointNow, ...]
