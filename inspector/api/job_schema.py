# SPDX-License-Identifier: AGPL-3.0-or-later
"""Documents of the api about work that takes longer than an answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from inspector.api.schema import Command, Count, Document, Problem

ShiftNumber = Annotated[int, Field(ge=1, le=2**53 - 1)]
Whole = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
"""A serial or lot, as it was recorded."""


class JobState(StrEnum):
    """How far a job is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


class JobProgress(Document):
    """How much of a stage is done; `total` 0: not known."""

    stage: str
    done: Count
    total: Count


class Job(Document):
    """Work that takes longer than an answer; `result` is there when it is done, `error` when it failed.

    The result of a replay and of a verification is the document of `inspector replay --json` and `inspector verify
    --json`, with `exit_code` as the command had it; that of an export is `{name, size, about}`.
    """

    id: str
    kind: Literal["replay", "verify", "export"]
    about: str
    state: JobState
    started_us: int
    ended_us: int | None = None
    progress: JobProgress | None = None
    result: dict[str, object] | None = None
    error: Problem | None = None


class JobList(Document):
    """The jobs of this run of the api, newest first; what has ended is kept for a while."""

    jobs: tuple[Job, ...]


class Verify(Command):
    """Body of POST /v1/verify: one shift, or without it everything; with `images` the image files are read too."""

    shift: ShiftNumber | None = None
    images: bool = False


class ExportShift(Command):
    """Body of POST /v1/export: a bundle of one shift."""

    shift: ShiftNumber
    images: bool = True


class ExportLot(Command):
    """Body of POST /v1/export: a bundle from the first to the last shift of a lot."""

    lot: Whole
    images: bool = True


class ExportProof(Command):
    """Body of POST /v1/export: the proof of the parts with a serial."""

    serial: Whole


Export = ExportShift | ExportLot | ExportProof


class ExportedFile(Document):
    """A file that was exported."""

    name: str
    size: Count
    made_us: int


class ExportList(Document):
    """The files that are there, newest first."""

    exports: tuple[ExportedFile, ...]
