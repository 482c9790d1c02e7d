# SPDX-License-Identifier: AGPL-3.0-or-later
"""The witness over HTTP (c2sp.org/tlog-witness); submission and monitoring prefix are the same."""

from __future__ import annotations

import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from inspector.errors import StoreError
from ledger_anchor.web.limits import Bucket, Limits
from ledger_anchor.witness.request import LONGEST_REQUEST
from ledger_anchor.witness.witness import Answer, Witness

log = logging.getLogger(__name__)


def witness_app(witness: Witness, requests_per_minute: int) -> Starlette:
    """The application.

    Args:
        witness: Answers.
        requests_per_minute: Of one address.
    """

    async def add_checkpoint(request: Request) -> Response:
        body = await request.body()
        return _response(await run_in_threadpool(witness.add_checkpoint, body))

    async def checkpoint(request: Request) -> Response:
        return _response(await run_in_threadpool(witness.checkpoint, request.path_params["origin_hash"]))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hash}/checkpoint", checkpoint, methods=["GET"]),
        ],
        middleware=[Middleware(Limits, LONGEST_REQUEST, Bucket(requests_per_minute))],
        exception_handlers={StoreError: _store_error},
    )


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type=answer.content_type)


async def _store_error(_request: Request, error: Exception) -> Response:
    log.error("nothing was cosigned: %s", error)
    return PlainTextResponse("the witness cannot use its state now\n", 503)
