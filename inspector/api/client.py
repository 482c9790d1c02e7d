# SPDX-License-Identifier: AGPL-3.0-or-later
"""A typed client of the api for screens, the command line and integrators. No Qt, no OpenCV.

Whatever goes wrong is raised as one of our errors: `ApiAway` when the api process does not answer, else the error
that the api or the station named.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, TypeVar

import httpx
from pydantic import BaseModel
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from inspector.api.answers import command as _command
from inspector.api.answers import parsed, query
from inspector.api.command_schema import (
    BypassStart,
    BypassStarted,
    BypassStop,
    BypassStopped,
    ChallengeStart,
    ChallengeStarted,
    LoggedIn,
    Login,
    PasswordChange,
    ShiftClose,
    ShiftClosed,
    ShiftOpen,
    ShiftOpened,
    ShiftStatement,
    Statement,
    StopReset,
    StopWasReset,
)
from inspector.api.equipment import Equipment
from inspector.api.history_client import HistoryCalls
from inspector.api.maintenance_client import MaintenanceCalls
from inspector.api.part_schema import PartEvent, PartList, PartReviewed, ReviewPart
from inspector.api.people_client import PeopleCalls
from inspector.api.recipe_client import RecipeCalls
from inspector.api.schema import EventMessage, Status
from inspector.api.shift_client import AlarmCalls
from inspector.errors import ApiAway, InspectorError, Refused
from inspector.ipc import RunDirectory

HOST = "127.0.0.1"
TOKEN_FILE = "api-token"  # noqa: S105 - the name of the file
TIMEOUT_S = 5.0
OPEN_TIMEOUT_S = 20.0
CLOSE_TIMEOUT_S = 240.0
"""Longer than the api itself waits, so that its own words arrive."""
EVENT_BYTES = 8 << 20

T = TypeVar("T", bound=BaseModel)

logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes a line per request at INFO
logging.getLogger("websockets").setLevel(logging.WARNING)  # it writes headers at DEBUG


class ApiClient(HistoryCalls, PeopleCalls, AlarmCalls, MaintenanceCalls, RecipeCalls):
    """Commands and questions. May be used from several threads.

    Port and token are read again for every request: they change when the api process is started again.

    Args:
        station: The station directory, on this machine.
    """

    def __init__(self, station: Path) -> None:
        self._run = RunDirectory(station)
        self._http = httpx.Client(trust_env=False, timeout=TIMEOUT_S)
        self._session = ""
        self._sessions = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def status(self) -> Status:
        """The status document."""
        return parsed(Status, self._request("GET", "/v1/status"))

    def equipment(self) -> Equipment:
        """Devices and plant, for maintenance."""
        return parsed(Equipment, self._request("GET", "/v1/equipment"))

    def login(self, person: str, secret: str) -> LoggedIn:
        """Log in at a station with users; this client's commands are that person's from then on.

        Raises:
            LoginRefused: They do not fit, there were too many attempts, or the station has no users.
            RequestInvalid, StationTimeout, StationAway, ApiAway: As `open_shift`.
        """
        command = _command(Login, person=person, secret=secret)
        found = parsed(LoggedIn, self._request("POST", "/v1/login", command, OPEN_TIMEOUT_S))
        with self._sessions:
            self._session = found.session
        return found

    def logout(self, session: str = "") -> None:
        """End the session. Raises LoginNeeded if there is none, and as `open_shift`.

        Args:
            session: The one to end, where another may begin meanwhile: that one stays.
        """
        ended = session or self._session
        try:
            self._request("POST", "/v1/logout", None, OPEN_TIMEOUT_S, session=ended)
        finally:
            with self._sessions:
                if self._session == ended:
                    self._session = ""

    def change_password(self, old: str, new: str) -> None:
        """Another password of one's own. Raises as `login`."""
        self._request("POST", "/v1/password", _command(PasswordChange, old=old, new=new), OPEN_TIMEOUT_S)

    def open_shift(self, lot: str, operator: str | None = None, recipe: str | None = None) -> ShiftOpened:
        """Open a shift.

        Args:
            lot: Lot or order.
            operator: Staff id; None where somebody is logged in.
            recipe: Digest of the recipe that is taken to be in force; another one is refused.

        Raises:
            RequestInvalid: A text is empty, too long, or has characters that nobody can type.
            LoginNeeded, RoleRefused: The station has users; nobody is logged in, or the role may not.
            StationTimeout, StationAway, ApiAway: No answer; whether it was done shows in the status.
        """
        command = _command(ShiftOpen, lot=lot, operator=operator, recipe=recipe)
        return parsed(ShiftOpened, self._request("POST", "/v1/shift/open", command, OPEN_TIMEOUT_S))

    def close_shift(self, operator: str | None = None, note: str = "", removed_by_hand: int = 0) -> ShiftClosed:
        """Close the open shift; takes until the belt is drained and the seal is made. Raises as `open_shift`."""
        command = _command(ShiftClose, operator=operator, note=note, removed_by_hand=removed_by_hand)
        return parsed(ShiftClosed, self._request("POST", "/v1/shift/close", command, CLOSE_TIMEOUT_S))

    def shift_statement(self, note: str = "", removed_by_hand: int = 0) -> Statement:
        """At a station with users: drain the belt and show what is to be signed. Raises as `open_shift`."""
        command = _command(ShiftStatement, note=note, removed_by_hand=removed_by_hand)
        return parsed(Statement, self._request("POST", "/v1/shift/statement", command, CLOSE_TIMEOUT_S))

    def sign_shift(self, statement: str, secret: str) -> ShiftClosed:
        """Sign what `shift_statement` has shown; password or PIN once more. Raises as `login`."""
        command = _command(ShiftClose, statement=statement, secret=secret)
        return parsed(ShiftClosed, self._request("POST", "/v1/shift/close", command, CLOSE_TIMEOUT_S))

    def resume_shift(self) -> None:
        """Do not sign: the shift goes on. Raises as `open_shift`."""
        self._request("POST", "/v1/shift/resume", None, OPEN_TIMEOUT_S)

    def start_challenge(self, operator: str | None = None) -> ChallengeStarted:
        """Begin a challenge; the answer says which part to show first. Raises as `open_shift`."""
        command = _command(ChallengeStart, operator=operator)
        return parsed(ChallengeStarted, self._request("POST", "/v1/challenge/start", command, OPEN_TIMEOUT_S))

    def start_bypass(self, permit: str, operator: str | None = None) -> BypassStarted:
        """Begin a bypass under a signed permit. Raises as `open_shift`."""
        command = _command(BypassStart, permit=permit, operator=operator)
        return parsed(BypassStarted, self._request("POST", "/v1/bypass/start", command, OPEN_TIMEOUT_S))

    def stop_bypass(self, operator: str | None = None) -> BypassStopped:
        """End the bypass before its time. Raises as `open_shift`."""
        command = _command(BypassStop, operator=operator)
        return parsed(BypassStopped, self._request("POST", "/v1/bypass/stop", command, OPEN_TIMEOUT_S))

    def reset_stop(self, operator: str | None, reason: str) -> StopWasReset:
        """Let the line go on after a rule has stopped it. Raises as `open_shift`."""
        command = _command(StopReset, operator=operator, reason=reason)
        return parsed(StopWasReset, self._request("POST", "/v1/line/reset", command, OPEN_TIMEOUT_S))

    def parts(
        self,
        limit: int = 50,
        *,
        rejects: bool = False,
        class_name: str | None = None,
        unreviewed: bool = False,
        before: int | None = None,
    ) -> tuple[PartEvent, ...]:
        """The latest part records, newest first, each with the newest review.

        Args:
            limit: At most this many, 500 at most.
            rejects: Only production parts that nothing let through.
            class_name: Only parts on which this class was found.
            unreviewed: Only parts that nobody has reviewed.
            before: Only records before this one, to page on.
        """
        asked = {"limit": limit, "class": class_name, "before": before}
        asked |= {"only": "rejects" if rejects else None, "review": "open" if unreviewed else None}
        return parsed(PartList, self._request("GET", f"/v1/parts?{query(asked)}")).parts

    def review(
        self, part: int, finding: str, *, class_name: str | None = None, note: str = "", operator: str | None = None
    ) -> PartReviewed:
        """Say what one thinks of a part; this is one more record.

        Args:
            part: Number of its record.
            finding: agree, not-a-defect or unsure.
            class_name: Class of defect that it is about; None: the part as a whole.
            note: A remark.
            operator: Staff id; None where somebody is logged in.

        Raises:
            NotFound, ReviewRefused: There is no such part, or nobody is named, or it is a challenge part.
            LoginNeeded, RoleRefused, RequestInvalid, StationTimeout, StationAway, ApiAway: As `open_shift`.
        """
        command = _command(ReviewPart, finding=finding, class_name=class_name, note=note, operator=operator)
        return parsed(PartReviewed, self._request("POST", f"/v1/parts/{part}/review", command, OPEN_TIMEOUT_S))

    def image(self, digest: str) -> bytes:
        """A stored image, PNG."""
        return self._request("GET", f"/v1/images/{digest}")

    def preview(self, camera: str) -> bytes:
        """The latest JPEG of a camera."""
        return self._request("GET", f"/v1/preview/{camera}")

    @contextmanager
    def events(self) -> Iterator[EventStream]:
        """A new connection to the event stream, for a `with`.

        Raises:
            ApiAway: The api process does not answer.
        """
        port, token = self._endpoint()
        with ExitStack() as stack:
            try:
                opening = connect(
                    f"ws://{HOST}:{port}/v1/events",
                    additional_headers={"Authorization": f"Bearer {token}"},
                    compression=None,
                    proxy=None,
                    open_timeout=TIMEOUT_S,
                    close_timeout=1.0,
                    max_size=EVENT_BYTES,
                )
                connection = stack.enter_context(opening)
            except InvalidStatus as error:
                raise _error_of(bytes(error.response.body or b""), error.response.status_code) from error
            except (OSError, InvalidHandshake) as error:
                raise _away(error) from error
            yield EventStream(connection)

    def _endpoint(self) -> tuple[int, str]:
        port = self._run.port_of("api")
        try:
            token = (self._run.path / TOKEN_FILE).read_text(encoding="ascii")
        except OSError:
            token = ""
        if port is None or not token:
            raise ApiAway(f"no station runs in {self._run.station}", "Start it with `inspector run --station DIR`")
        return port, token

    def _request(
        self,
        method: str,
        path: str,
        command: BaseModel | None = None,
        timeout_s: float = TIMEOUT_S,
        *,
        session: str | None = None,
    ) -> bytes:
        port, headers = self._addressed(session)
        try:
            response = self._http.request(
                method,
                f"http://{HOST}:{port}{path}",
                headers=headers,
                content=None if command is None else command.model_dump_json().encode(),
                timeout=timeout_s,
            )
        except httpx.HTTPError as error:
            raise _away(error) from error
        if response.status_code != httpx.codes.OK:
            raise _error_of(response.content, response.status_code)
        return response.content

    def _download(self, path: str, target: BinaryIO) -> None:
        port, headers = self._addressed()
        try:
            with self._http.stream("GET", f"http://{HOST}:{port}{path}", headers=headers) as response:
                if response.status_code != httpx.codes.OK:
                    raise _error_of(response.read(), response.status_code)
                for block in response.iter_bytes():
                    target.write(block)
        except httpx.HTTPError as error:
            raise _away(error) from error

    def _addressed(self, session: str | None = None) -> tuple[int, dict[str, str]]:
        port, token = self._endpoint()
        session = self._session if session is None else session
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if session:
            headers["Inspector-Session"] = session
        return port, headers


class EventStream:
    """Events as they come, from one thread."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def receive(self, timeout_s: float) -> EventMessage | None:
        """The next event, or None after `timeout_s` seconds without one.

        Raises:
            ApiAway: The connection was lost.
            Refused: What came is no event.
        """
        try:
            text = self._connection.recv(timeout=timeout_s, decode=False)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise _away(error) from error
        return parsed(EventMessage, text)


def _away(error: Exception) -> ApiAway:
    return ApiAway(f"the api process does not answer: {error}", "It restarts by itself within seconds")


def _classes(root: type[InspectorError]) -> dict[str, type[InspectorError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _classes(child)
    return found


def _error_of(body: bytes, status: int) -> InspectorError:
    """The error that the answer names, as our own class where there is one."""
    try:
        document = json.loads(body)
        code, message = str(document["code"]), str(document["message"])
        advice = str(document.get("advice", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refused("HTTP", f"the api answered with HTTP status {status}", "See logs/api.log")
    known = _classes(InspectorError).get(code)
    if known is None or known is Refused:
        return Refused(code, message, advice)
    return known(message, advice)
