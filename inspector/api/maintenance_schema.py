# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents for maintenance: the line's inputs and outputs, the features of a camera."""

from __future__ import annotations

from typing import Literal

from inspector.api.schema import Count, Document, Sha256


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


class CameraFeature(Document):
    """One feature of a camera (GenICam, SFNC), as it is now.

    `path` has its categories from the outermost. `readable` is false for commands, for registers, and for what nobody
    can read now; a `value` that is null all the same could not be read. `selected_by` names the selectors that a value
    depends on: it is that of their present setting. `file_value` is what the camera's features file asks for, null if
    that says nothing; `differs` says whether the camera has another value, null where they cannot be compared.
    """

    name: str
    path: tuple[str, ...] = ()
    display_name: str
    kind: Literal["integer", "float", "boolean", "choice", "text", "command", "other"]
    access: Literal["none", "read", "write", "both"]
    visibility: Literal["beginner", "expert", "guru"]
    unit: str = ""
    value: str | None = None
    readable: bool
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()
    tooltip: str = ""
    selected_by: tuple[str, ...] = ()
    file_value: str | None = None
    differs: bool | None = None


class CameraFeatures(Document):
    """All features of a camera; they are read only: `settings_digest` names the file that sets them."""

    camera: str
    settings_digest: Sha256
    features: tuple[CameraFeature, ...]
