# SPDX-License-Identifier: AGPL-3.0-or-later
"""The endpoints. Everything that judges or decides is in the station; here are only addresses, types and limits."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request, Response, WebSocket, WebSocketDisconnect
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp

from inspector.api.command_schema import (
    BypassStart,
    BypassStarted,
    BypassStop,
    BypassStopped,
    ChallengeStart,
    ChallengeStarted,
    LoggedIn,
    LoggedOut,
    Login,
    PasswordChange,
    ShiftClose,
    ShiftClosed,
    ShiftOpen,
    ShiftOpened,
    ShiftResumed,
    ShiftStatement,
    Statement,
    StopReset,
    StopWasReset,
)
from inspector.api.commands import OPEN_WITHIN_S, Session, checked, operator
from inspector.api.equipment import Equipment
from inspector.api.feed import Feed, Listener, TooSlow, event_text
from inspector.api.guard import Guard, error_body
from inspector.api.history import History
from inspector.api.history_routes import Seq, add_history
from inspector.api.job_routes import Workplace, add_jobs
from inspector.api.link import StationLink
from inspector.api.maintenance_routes import add_maintenance
from inspector.api.model_routes import add_models
from inspector.api.part_schema import PartReviewed, ReviewPart
from inspector.api.people_routes import add_people
from inspector.api.recipe_routes import add_recipes
from inspector.api.schema import EventName, Problem, Status
from inspector.api.settings_routes import add_settings
from inspector.api.shift_routes import add_alarms, add_handover
from inspector.api.trend_routes import add_trends
from inspector.errors import InspectorError, Overloaded, RequestInvalid

log = logging.getLogger(__name__)

API_VERSION = "1"
STATUS_WITHIN_S = 3.0
CLOSE_WITHIN_S = 30.0
"""Beyond the deadlines of the parts that are still on the belt: the images are stored, the seal is made."""
SEND_WITHIN_S = 10.0
"""A listener that takes nothing for this long is cut off."""

HTTP_STATUS = {
    "REQUEST_INVALID": 422,
    "NOT_FOUND": 404,
    "OVERLOADED": 429,
    "STATION_AWAY": 503,
    "STATION_TIMEOUT": 504,
    "ACCESS_DENIED": 403,
    "LOGIN_NEEDED": 401,
    "LOGIN_REFUSED": 401,
    "ROLE_REFUSED": 403,
    "DISK_FULL": 507,
    "STORE": 503,
    "EVIDENCE": 503,
}
"""Every other refusal of the station is 409: the command does not fit what the station is doing."""

ERRORS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        400: "the body is no JSON",
        401: "no token of this run; nobody is logged in, or person and secret do not fit",
        403: "foreign Host or Origin; the role may not, or a rule that separates duties is against it",
        404: "not there",
        408: "the body did not arrive in time",
        409: "the station refuses: the command does not fit its state",
        413: "the body is larger than 64 KiB",
        422: "the request does not fit the schema",
        429: "too much at once: again in a second",
        503: "the station is away",
        504: "the station did not answer in time",
        507: "the disk is full",
    }.items()
}


class Described(FastAPI):
    """Says in its OpenAPI document that every request needs the token, which the guard in front of it checks."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        document = super().openapi()
        words = "the text of run/api-token in the station directory; in the header only, never in the URL"
        scheme = {"type": "http", "scheme": "bearer", "description": words}
        document["components"]["securitySchemes"] = {"token": scheme}
        document["security"] = [{"token": []}]
        return document


def create_app(
    link: StationLink,
    feed: Feed,
    history: History,
    place: Workplace,
    token: str,
    hosts: frozenset[str],
    drain_s: float,
) -> ASGIApp:
    """The application behind its guard.

    Args:
        link: Connection to the station; started and closed by the caller.
        feed: Where the link publishes its events.
        history: Records and images on the disk.
        place: Where jobs are done.
        token: The token of this run.
        hosts: Allowed `Host` values, "name:port".
        drain_s: How long the last part may be on the belt.
    """
    return Guard(build_app(link, feed, history, place, drain_s), token, hosts)


def build_app(link: StationLink, feed: Feed, history: History, place: Workplace, drain_s: float) -> FastAPI:
    """The endpoints without their guard, which nothing may be served without; arguments as `create_app`."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        feed.bind(asyncio.get_running_loop())
        yield
        feed.bind(None)

    app = Described(
        title="Inspector station",
        version=API_VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        responses=ERRORS,
        dependencies=[Depends(_known_query)],
    )
    _handle_errors(app)
    _add_commands(app, link, drain_s + CLOSE_WITHIN_S)
    _add_login(app, link)
    add_recipes(app, link, history)
    _add_challenge(app, link)
    _add_bypass(app, link)
    add_people(app, link, history)
    add_history(app, link, history)
    _add_review(app, link)
    add_alarms(app, link, history)
    add_jobs(app, link, history, place)
    add_handover(app, link, history)
    add_trends(app, history)
    add_maintenance(app, link)
    add_models(app, link, history)
    add_settings(app, link, history)
    _add_events(app, link, feed)
    return app


def _known_query(connection: HTTPConnection) -> None:
    """Refuse a query that nobody reads, `?limt=5`: who sends it takes the answer for another than it is."""
    if not connection.query_params or connection.scope["type"] != "http":
        return
    published = connection.app.openapi()["paths"][connection.scope["route"].path_format]
    operation = published[connection.scope["method"].lower()]
    known = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
    if unknown := sorted(set(connection.query_params) - known):
        raise RequestInvalid(f"query: nobody here reads '{unknown[0][:40]}'", "See /openapi.json")
    given = [name for name, _ in connection.query_params.multi_items()]
    if twice := sorted({name for name in given if given.count(name) > 1}):
        raise RequestInvalid(f"query: '{twice[0]}' is given more than once", "Give it once: no answer is to both")


def _add_commands(app: FastAPI, link: StationLink, close_within_s: float) -> None:
    @app.get("/v1/status")
    async def status() -> Status:
        """What the station is doing, and if it is not Ready, why not and what to do."""
        return checked(Status.model_validate, await link.call("status", {}, "api", STATUS_WITHIN_S))

    @app.get("/v1/equipment")
    async def equipment() -> Equipment:
        """Cameras, their settings and limits, and the plant's counters, as they are now."""
        return checked(Equipment.model_validate, await link.call("equipment", {}, "api", STATUS_WITHIN_S))

    @app.post("/v1/shift/open")
    async def shift_open(body: ShiftOpen, session: Session = "") -> ShiftOpened:
        """Open a shift for a lot; the operator stands in the record as a salted commitment."""
        arguments = {"lot": body.lot, **operator(body.operator)}
        if body.customer:
            arguments["customer"] = body.customer
        if body.recipe is not None:
            arguments["recipe"] = body.recipe
        answer = await link.call("shift-open", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(ShiftOpened.model_validate, answer)

    @app.post("/v1/shift/close")
    async def shift_close(body: ShiftClose, session: Session = "") -> ShiftClosed:
        """Drain the belt, close the shift and seal it; at a station with users sign what `statement` has shown."""
        arguments = {**operator(body.operator), "note": body.note, "removed_by_hand": body.removed_by_hand}
        if body.statement is not None or body.secret is not None:
            arguments |= {"statement": body.statement or "", "secret": body.secret or ""}
        answer = await link.call("shift-close", arguments, body.operator or "", close_within_s, session)
        return checked(ShiftClosed.model_validate, answer)

    @app.post("/v1/shift/statement")
    async def shift_statement(body: ShiftStatement, session: Session = "") -> Statement:
        """Drain the belt and show what is to be signed; no part passes until it is, or the shift goes on."""
        arguments: dict[str, object] = {"note": body.note, "removed_by_hand": body.removed_by_hand}
        answer = await link.call("shift-statement", arguments, "", close_within_s, session)
        return checked(Statement.model_validate, answer)

    @app.post("/v1/shift/resume")
    async def shift_resume(session: Session = "") -> ShiftResumed:
        """Do not sign: the shift goes on."""
        answer = await link.call("shift-resume", {}, "", OPEN_WITHIN_S, session)
        return checked(ShiftResumed.model_validate, answer)

    @app.post("/v1/line/reset")
    async def line_reset(body: StopReset, session: Session = "") -> StopWasReset:
        """Let the line go on after a rule has stopped it; the record says who and why."""
        arguments = {**operator(body.operator), "reason": body.reason}
        answer = await link.call("reset-stop", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(StopWasReset.model_validate, answer)


def _add_login(app: FastAPI, link: StationLink) -> None:
    @app.post("/v1/login")
    async def login(body: Login) -> LoggedIn:
        """Log in at a station with users; every attempt is a record."""
        answer = await link.call("login", {"person": body.person, "secret": body.secret}, "", OPEN_WITHIN_S)
        return checked(LoggedIn.model_validate, answer)

    @app.post("/v1/logout")
    async def logout(session: Session = "") -> LoggedOut:
        """End the session."""
        return checked(LoggedOut.model_validate, await link.call("logout", {}, "", OPEN_WITHIN_S, session))

    @app.post("/v1/password")
    async def password(body: PasswordChange, session: Session = "") -> LoggedOut:
        """Another password of one's own."""
        arguments: dict[str, object] = {"secret": body.old, "password": body.new}
        answer = await link.call("password", arguments, "", OPEN_WITHIN_S, session)
        return checked(LoggedOut.model_validate, answer)


def _add_challenge(app: FastAPI, link: StationLink) -> None:
    @app.post("/v1/challenge/start")
    async def challenge_start(body: ChallengeStart, session: Session = "") -> ChallengeStarted:
        """Begin a challenge: the registered parts are to be put on the belt now."""
        arguments = operator(body.operator)
        answer = await link.call("challenge-start", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(ChallengeStarted.model_validate, answer)


def _add_bypass(app: FastAPI, link: StationLink) -> None:
    @app.post("/v1/bypass/start")
    async def bypass_start(body: BypassStart, session: Session = "") -> BypassStarted:
        """Begin a bypass that quality has signed a permit for."""
        arguments = {"permit": body.permit, **operator(body.operator)}
        answer = await link.call("bypass-start", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(BypassStarted.model_validate, answer)

    @app.post("/v1/bypass/stop")
    async def bypass_stop(body: BypassStop, session: Session = "") -> BypassStopped:
        """End the bypass before its time."""
        arguments = operator(body.operator)
        answer = await link.call("bypass-stop", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(BypassStopped.model_validate, answer)


def _add_review(app: FastAPI, link: StationLink) -> None:
    @app.post("/v1/parts/{seq}/review")
    async def review(seq: Seq, body: ReviewPart, session: Session = "") -> PartReviewed:
        """Say of a part that the verdict is right, that what was found is no defect, or that one is unsure."""
        arguments: dict[str, object] = {"part": seq, "finding": body.finding, "note": body.note}
        arguments |= {"class": body.class_name or "", **operator(body.operator)}
        answer = await link.call("review", arguments, body.operator or "", OPEN_WITHIN_S, session)
        return checked(PartReviewed.model_validate, answer)


def _add_events(app: FastAPI, link: StationLink, feed: Feed) -> None:
    @app.websocket("/v1/events")
    async def events(socket: WebSocket) -> None:
        """Events as they come; first the present state, then at least one message a second."""
        try:
            listener = feed.add()  # before the handshake is answered: from then on nothing is missed
        except Overloaded as error:
            await socket.accept()
            await socket.close(1013, str(error))
            return
        try:
            await _serve_listener(socket, link, listener)
        finally:
            feed.remove(listener)


async def _serve_listener(socket: WebSocket, link: StationLink, listener: Listener) -> None:
    await socket.accept()
    state = link.state()
    if state is None:
        listener.offer(EventName.STATION_AWAY, EventName.STATE, _away_text(link))
    else:
        listener.offer(EventName.STATE, EventName.STATE, event_text(EventName.STATE, state))
    sender = asyncio.create_task(_send_events(socket, listener))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass  # listeners have nothing to say
    except (WebSocketDisconnect, RuntimeError):
        log.debug("a listener is gone")
    finally:
        sender.cancel()
        await asyncio.gather(sender, return_exceptions=True)


def _away_text(link: StationLink) -> str:
    return event_text(EventName.STATION_AWAY, {"reason": link.away_reason()})


async def _send_events(socket: WebSocket, listener: Listener) -> None:
    try:
        while True:
            text = await listener.next()
            await asyncio.wait_for(socket.send_text(text), SEND_WITHIN_S)
    except (TooSlow, TimeoutError):
        log.warning("a listener does not keep up and is cut off")
        await socket.close(1013, "too slow: reconnect and ask for what was missed")
    except (WebSocketDisconnect, RuntimeError):
        log.debug("a listener left while it was being told something")


def _handle_errors(app: FastAPI) -> None:
    """Whatever goes wrong is answered as `{code, message, advice}`."""

    @app.exception_handler(InspectorError)
    async def ours(_request: Request, error: InspectorError) -> Response:
        status = HTTP_STATUS.get(error.code, 409)
        return Response(error_body(error), status, media_type="application/json")

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        return Response(
            error_body(RequestInvalid(f"{where}: {first['msg']}", "See /openapi.json")),
            422,
            media_type="application/json",
        )

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        problem = {"code": "NOT_FOUND" if error.status_code == 404 else "REQUEST_INVALID"}
        problem |= {
            "message": f"{request.method} {request.url.path}: {error.detail}",
            "advice": "See /openapi.json",
        }
        return JSONResponse(problem, error.status_code, headers=error.headers)

    @app.exception_handler(Exception)
    async def unforeseen(_request: Request, error: Exception) -> Response:
        log.error("the api failed", exc_info=error)
        problem = {
            "code": "INTERNAL",
            "message": "the api failed",
            "advice": "See logs/api.log in the station directory",
        }
        return JSONResponse(problem, 500)
