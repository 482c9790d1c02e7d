# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents for maintenance: the line's inputs and outputs, the features of a camera, forced outputs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from inspector.api.schema import Command, Count, Document, Line, Remark, Sha256


class IoPointNow(Document):
    """One input or output, with its raw value.

    `raw` is null while nobody knows it, and always with `kind` "event", of which only the moment is known. `on` is the
    level as the station takes it, after polarity and before debouncing; null for what is no bit. `since_us` is when the
    value was first seen so; `edges` counts changes since the line process began, `last_edge_us` is the last of them.
    `forceable`: a person may force it in manual mode.
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
    forceable: bool = False
    forced: bool = False


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


class ManualBegin(Command):
    """Body of POST /v1/manual/begin: who, and what for."""

    operator: Line | None = None
    reason: Remark


class ManualStep(Command):
    """Body of the other commands of manual mode: who."""

    operator: Line | None = None


class ManualForce(Command):
    """Body of POST /v1/manual/force: an output by the name of its point, its level, and for how long at most."""

    operator: Line | None = None
    output: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$")]
    on: bool = True
    for_ms: Annotated[int, Field(ge=1, le=60_000)] = 1_000


class ManualDone(Document):
    """Number of the record."""

    seq: int


class OutputForced(Document):
    """The output is forced; `seq` is the number of the record. Who holds it says so with `/v1/manual/keep`."""

    seq: int
    output: str
    on: bool
    for_ms: Count


class OutputsHeld(Document):
    """Names of the outputs that are, or were, forced."""

    outputs: tuple[str, ...]
