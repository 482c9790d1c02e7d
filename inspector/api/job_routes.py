# SPDX-License-Identifier: AGPL-3.0-or-later
"""Endpoints of replay, verification and export. The station says who may; the work is done beside it."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated

from fastapi import FastAPI, Path, Response
from fastapi.responses import FileResponse

from inspector.api.commands import Session
from inspector.api.exports import Exports, file_name
from inspector.api.history import History
from inspector.api.history_routes import Seq
from inspector.api.job_schema import Export, ExportList, ExportProof, ExportShift, Job, JobList, Verify
from inspector.api.jobs import Jobs, Work
from inspector.api.link import StationLink

ASK_WITHIN_S = 5.0
RECORD_WITHIN_S = 60.0
REPLAY_LIMIT_S = 180.0
VERIFY_LIMIT_S = 6 * 3_600.0
EXPORT_LIMIT_S = 2 * 3_600.0
BYTES = "application/octet-stream"

JobId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


@dataclass(frozen=True)
class Workplace:
    """Where jobs are done.

    Attributes:
        station: Station directory.
        ledger: Folder of the log.
        jobs: Runs the commands; closed by the caller.
        exports: Where files go.
    """

    station: FilePath
    ledger: FilePath
    jobs: Jobs
    exports: Exports

    @property
    def here(self) -> tuple[str, ...]:
        """Options of every command."""
        return "--station", str(self.station), "--json", "--watched"

    @property
    def log(self) -> tuple[str, ...]:
        """The option that names the log, where there is one."""
        return ("--ledger", str(self.ledger)) if self.ledger.is_dir() else ()


def add_jobs(app: FastAPI, link: StationLink, history: History, place: Workplace) -> None:
    """Add them.

    Args:
        app: The application.
        link: Asks the station whether a session may.
        history: Says whether there is such a part.
        place: Where the work is done.
    """

    async def allowed(command: str, session: str) -> dict[str, object]:
        return await link.call(command, {}, "", ASK_WITHIN_S, session)

    def recorded(ticket: object, what: str, about: str, file: FilePath) -> None:
        """In the thread of the job: no file is given out that the station has not recorded."""
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        told = {"what": what, "about": about, "sha256": digest, "size": file.stat().st_size, "ticket": ticket}
        asyncio.run(link.call("export-made", told, "api", RECORD_WITHIN_S))

    @app.post("/v1/parts/{seq}/replay")
    async def replay(seq: Seq, session: Session = "") -> Job:
        """Judge a recorded part again from its stored pictures, beside inspection."""
        await allowed("replay", session)
        await asyncio.to_thread(history.part, seq)
        command = ("replay", "--record", str(seq), *place.here)
        return place.jobs.start(Work("replay", f"record {seq}", [command], REPLAY_LIMIT_S))

    @app.post("/v1/verify")
    async def verify(body: Verify, session: Session = "") -> Job:
        """Check one shift, or everything, as `inspector verify` does."""
        await allowed("verify", session)
        images = _images(body.images)
        if body.shift is None:
            command = ("verify", *place.here, *place.log, *images)
            return place.jobs.start(Work("verify", "everything", [command], VERIFY_LIMIT_S))
        scratch = await asyncio.to_thread(place.exports.scratch)
        bundle = str(scratch / "shift.zip")
        take = ("export", "bundle", *place.here, *place.log, *images, "--shift", str(body.shift), "-o", bundle)
        check = ("verify", "--json", "--watched", bundle)
        return place.jobs.start(Work("verify", f"shift {body.shift}", [take, check], VERIFY_LIMIT_S, scratch))

    @app.post("/v1/export")
    async def export(body: Export, session: Session = "") -> Job:
        """Write a bundle of a shift or a lot, or the proof of a serial, for somebody else to check."""
        ticket = (await allowed("export", session)).get("ticket", "")
        scratch = await asyncio.to_thread(place.exports.scratch)
        if isinstance(body, ExportProof):
            what, about, file = (
                "proof",
                f"serial {body.serial}",
                scratch / file_name("part", body.serial, ".proof.json"),
            )
            command = ("export", "proof", *place.here, *place.log, "-o", str(file), "--", body.serial)
        else:
            which = ("shift", str(body.shift)) if isinstance(body, ExportShift) else ("lot", body.lot)
            what, about, file = "bundle", " ".join(which), scratch / file_name(*which, ".zip")
            take = ("export", "bundle", *place.here, *place.log, *_images(body.images))
            command = (*take, f"--{which[0]}={which[1]}", "-o", str(file))

        def finish(document: dict[str, object]) -> dict[str, object]:
            recorded(ticket, what, about, file)
            kept = place.exports.keep(file)
            missing = document.get("images_missing", 0)
            return {"name": kept.name, "size": kept.size, "images_missing": missing, "exit_code": document["exit_code"]}

        return place.jobs.start(Work("export", about, [command], EXPORT_LIMIT_S, scratch, finish))

    @app.get("/v1/jobs")
    async def all_jobs() -> JobList:
        """The jobs of this run of the api, newest first."""
        return JobList(jobs=place.jobs.known())

    @app.get("/v1/jobs/{number}")
    async def job(number: JobId) -> Job:
        """A job as it is now."""
        return place.jobs.get(number)

    @app.delete("/v1/jobs/{number}")
    async def stop(number: JobId, session: Session = "") -> Job:
        """End a job."""
        await allowed(place.jobs.get(number).kind, session)
        return place.jobs.stop(number)

    @app.get("/v1/exports")
    def files() -> ExportList:
        """The files that were exported, newest first."""
        return ExportList(exports=place.exports.files())

    @app.get("/v1/exports/{name}", response_class=Response, responses={200: {"content": {BYTES: {}}}})
    async def file(name: Annotated[str, Path(max_length=120)], session: Session = "") -> Response:
        """An exported file."""
        await allowed("export", session)
        path = await asyncio.to_thread(place.exports.file, name)
        return FileResponse(path, media_type=BYTES, filename=name)


def _images(wanted: bool) -> tuple[str, ...]:
    return () if wanted else ("--no-images",)
