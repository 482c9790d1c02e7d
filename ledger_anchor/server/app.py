# SPDX-License-Identifier: AGPL-3.0-or-later
"""The endpoints of a log: `POST /add` and `GET /progress` for stations, the files of the log for everybody."""

from __future__ import annotations

import asyncio
import logging
import queue
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from inspector.config.base import explain
from inspector.errors import FormatInvalid, InspectorError, LedgerInconsistent
from ledger_anchor.log.admission import Claim
from ledger_anchor.log.directory import DirectoryLog, Submission
from ledger_anchor.server.messages import LONGEST_BODY, Added, AddRequest, AddResponse, Progress
from ledger_anchor.server.tokens import station_of
from ledger_anchor.server.writer import BatchWriter
from ledger_anchor.web.limits import Bucket, Limits

log = logging.getLogger(__name__)

_TILE = re.compile(r"tile/(?:entries|[0-9]|[1-5][0-9]|6[0-3])/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[1-9][0-9]{0,2})?")
_FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
_NOW = {"cache-control": "no-cache"}


def log_app(
    directory: Path,
    ledger: DirectoryLog,
    writer: BatchWriter,
    tokens: Callable[[], dict[str, str]],
    requests_per_minute: int,
) -> Starlette:
    """The application.

    Args:
        directory: The log's folder.
        ledger: The log, for what may be asked beside its writer.
        writer: Adds to it.
        tokens: Hash of each station's token, as of now.
        requests_per_minute: Of one address.
    """

    def station(request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        name = station_of(tokens(), token) if scheme == "Bearer" else None
        if name is None:
            raise HTTPException(401, "no token of a station of this log", {"www-authenticate": "Bearer"})
        return name

    async def add(request: Request) -> Response:
        name = await run_in_threadpool(station, request)
        submissions = await run_in_threadpool(_read, await request.body(), name)
        try:
            waiting = writer.submit(submissions)
        except queue.Full:
            raise HTTPException(503, "the log has too much to do; try again later", {"retry-after": "5"}) from None
        answers = await asyncio.wrap_future(waiting)
        return _json(AddResponse(answers=[Added.of(answer) for answer in answers]).model_dump(exclude_defaults=True))

    async def progress(request: Request) -> Response:
        name = await run_in_threadpool(station, request)
        return _json(Progress(station=name, head_count=ledger.head_count(name)).model_dump())

    async def checkpoint(_request: Request) -> Response:
        return Response(ledger.checkpoint, media_type="text/plain; charset=utf-8", headers=_NOW)

    async def key(_request: Request) -> Response:
        data = await run_in_threadpool((directory / "log.vkey").read_bytes)
        return Response(data, media_type="text/plain; charset=utf-8", headers=_NOW)

    async def tile(request: Request) -> Response:
        path = request.url.path.lstrip("/")
        if not _TILE.fullmatch(path):
            raise HTTPException(404, "no tile of a log has this name")
        try:
            data = await run_in_threadpool((directory / path).read_bytes)
        except OSError:
            raise HTTPException(404, "the log is not that long, or the tile is full by now") from None
        return Response(data, media_type="application/octet-stream", headers=_FOREVER)

    return Starlette(
        routes=[
            Route("/add", add, methods=["POST"]),
            Route("/progress", progress, methods=["GET"]),
            Route("/checkpoint", checkpoint, methods=["GET"]),
            Route("/log.vkey", key, methods=["GET"]),
            Route("/tile/{rest:path}", tile, methods=["GET"]),
        ],
        middleware=[Middleware(Limits, LONGEST_BODY, Bucket(requests_per_minute))],
        exception_handlers={InspectorError: _failed, HTTPException: _refused},
    )


def _read(body: bytes, station: str) -> list[Submission]:
    """The documents of a request, all of the station of its token.

    Raises:
        HTTPException: They are not.
    """
    try:
        request = AddRequest.model_validate_json(body)
        submissions = [entry.submission() for entry in request.entries]
        names = {Claim.of(submission.document).station for submission in submissions}
    except ValidationError as error:
        raise HTTPException(422, explain(error)) from error
    except FormatInvalid as error:
        raise HTTPException(422, str(error)) from error
    if names != {station}:
        raise HTTPException(403, f"the token is that of {station}, a document is not")
    return submissions


def _json(document: Mapping[str, object]) -> Response:
    return JSONResponse(document, headers={"cache-control": "no-store"})


async def _refused(_request: Request, error: Exception) -> Response:
    refusal = cast(HTTPException, error)
    problem = {"code": "REQUEST_INVALID", "message": refusal.detail, "advice": ""}
    return JSONResponse(problem, refusal.status_code, refusal.headers)


async def _failed(_request: Request, error: Exception) -> Response:
    """An error that holds for the whole batch."""
    failure = cast(InspectorError, error)
    log.error("nothing was given a receipt: %s", failure)
    status = 500 if isinstance(failure, LedgerInconsistent) else 503
    return JSONResponse({"code": failure.code, "message": failure.message, "advice": failure.advice}, status)
