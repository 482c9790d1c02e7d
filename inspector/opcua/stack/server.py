# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OPC UA server as the rest of the station's code sees it: write a variable, fire an event, answer a method."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asyncua import ua
from asyncua.common.event_objects import BaseEvent, TransitionEvent
from asyncua.crypto.permission_rules import UserRole

from inspector.errors import ConfigError, FormatInvalid
from inspector.opcua import nodes
from inspector.opcua.certificates import Identity
from inspector.opcua.nodes import EVENTS, METHODS, Method, Right
from inspector.opcua.sparing import SparingLog
from inspector.opcua.stack.guard import Admit, GuardedServer
from inspector.opcua.stack.sessions import ANONYMOUS, Login
from inspector.opcua.stack.space import Space
from inspector.opcua.states import Transition
from inspector.opcua.types import Field, core, own

log = logging.getLogger(__name__)
sparing = SparingLog(log)

POLICIES = (
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
)
_SERVER = core(2253)
_EVENTS = {event.name: event for event in EVENTS}

Answer = Callable[[str, Mapping[str, object], str], Awaitable[Mapping[str, object]]]
"""Answers a method: its path, its inputs, who calls; returns its outputs."""
Authenticate = Callable[[str, str], Right | None]
"""The right of a user name with a password, None to refuse."""


@dataclass(frozen=True)
class Listening:
    """Where the server listens and whom it serves.

    Attributes:
        identity: Address and certificate.
        port: TCP port; 0 takes a free one.
        name: Of the station.
        software: Version of the station's software.
        anonymous: Whether a trusted client may read without a user.
        sessions: At most.
        subscriptions: At most.
    """

    identity: Identity
    port: int
    name: str
    software: str
    anonymous: bool
    sessions: int
    subscriptions: int


@dataclass(frozen=True)
class EventWords:
    """What every event says: to people, and how grave it is (1 to 1000)."""

    message: str
    severity: int = 100


class OpcUaServer:
    """An OPC UA server with the station's address space. Everything runs on one event loop.

    Args:
        listening: Where, and as whom.
        admit: Looks at each client's certificate (DER, or None); raises AccessDenied.
        authenticate: Looks at each user name and password.
        answer: Answers methods.
    """

    def __init__(self, listening: Listening, admit: Admit, authenticate: Authenticate, answer: Answer) -> None:
        self._listening = listening
        self._authenticate = authenticate
        self._answer = answer
        self._server = GuardedServer(admit, self._login, listening.sessions, listening.subscriptions)
        self._space = Space(self._server)
        self._methods: dict[tuple[ua.NodeId, ua.NodeId], Method] = {}

    async def start(self, results: int) -> int:
        """Make the address space, then listen.

        Args:
            results: Number of result variables.

        Returns:
            The TCP port.

        Raises:
            ConfigError: The server cannot listen there.
        """
        listening, server = self._listening, self._server
        server.set_server_name(listening.name)
        server.application_type = ua.ApplicationType.Server
        server.product_uri = "urn:inspector-station"
        server.manufacturer_name = "Inspector"
        await server.init()
        await server.set_application_uri(listening.identity.application_uri)
        await server.set_build_info(
            server.product_uri, server.manufacturer_name, "inspector-station", listening.software, "", datetime.now(UTC)
        )
        server.set_endpoint(f"opc.tcp://{listening.identity.host}:{listening.port}/inspector")
        server.set_security_policy(list(POLICIES))
        tokens: list[type] = [ua.UserNameIdentityToken]
        server.set_identity_tokens([*tokens, ua.AnonymousIdentityToken] if listening.anonymous else tokens)
        await self._load_identity()
        await self._space.build(results)
        for method in METHODS:
            owner = self._space.node_id(own(nodes.parent_of(method.path)))
            self._methods[owner, self._space.node_id(own(method.path))] = method
        server.answer_calls(self._call)
        try:
            await server.start()
        except OSError as error:
            raise ConfigError(
                f"the OPC UA server cannot listen on {listening.identity.host} port {listening.port}: {error.strerror}",
                "Set opcua.port to a free port, opcua.host to an address of this machine",
            ) from error
        return 0 if server.bserver is None else server.bserver.port

    async def _load_identity(self) -> None:
        try:
            await self._server.load_certificate(self._listening.identity.certificate, "der")
            await self._server.load_private_key(self._listening.identity.key, format="pem")
        except (ValueError, TypeError) as error:
            raise ConfigError(
                f"{self._listening.identity.key} or the certificate beside it is damaged",
                "Make both with `inspector opcua init`",
            ) from error

    async def stop(self) -> None:
        """Close every connection."""
        await self._server.stop()

    async def write(self, path: str, value: object) -> None:
        """Set a variable."""
        await self._space.write(path, value)

    async def write_gone(self, path: str) -> None:
        """Say that a variable has no value, because the station does not answer."""
        await self._space.write(path, None, ua.StatusCodes.BadNoCommunication)

    async def write_inactive(self, path: str) -> None:
        """Say that a state machine is in no state now."""
        await self._space.write(path, None, ua.StatusCodes.BadStateNotActive)

    async def fire(
        self,
        name: str,
        fields: Mapping[str, object],
        words: EventWords,
        when: datetime,
        source: str = nodes.SYSTEM,
        transition: Transition | None = None,
    ) -> None:
        """Tell subscribers of an event, on the object it comes from, on the vision system and on the server."""
        event: Any = BaseEvent() if transition is None else TransitionEvent()
        kind = _EVENTS[name]
        event.EventType = self._space.node_id(kind.id)
        event.EventId = uuid.uuid4().bytes
        event.SourceNode, event.SourceName = self._space.node_id(own(source)), source.rpartition(".")[2]
        event.Time, event.ReceiveTime = when, datetime.now(UTC)
        event.LocalTime = ua.TimeZoneDataType(Offset=ua.Int16(0), DaylightSavingInOffset=False)
        event.Message, event.Severity = ua.LocalizedText(words.message), words.severity
        told = [(field, fields.get(field.name)) for field in kind.fields]
        for field, value in [*told, *(_transition_fields(transition) if transition is not None else [])]:
            variant = self._space.values.variant(field, value)
            event.add_property(field.name, variant.Value, variant.VariantType)
        for place in {own(source), own(nodes.SYSTEM), _SERVER}:
            event.emitting_node = self._space.node_id(place)
            await self._server.iserver.subscription_service.trigger_event(event)

    def _login(self, name: str | None, password: str | None) -> Login | None:
        if name is None:
            return ANONYMOUS if self._listening.anonymous else None
        right = self._authenticate(name, password or "")
        return None if right is None else Login(UserRole.User, name, right)

    async def _call(self, request: ua.CallMethodRequest, login: Login) -> ua.CallMethodResult:
        method = self._methods.get((request.ObjectId, request.MethodId))
        given = request.InputArguments or []
        if method is None:
            return _refusal(ua.StatusCodes.BadMethodInvalid)
        if login.right is None or (method.right is Right.OPERATE and login.right is not Right.OPERATE):
            sparing.warning("%s may not call %s", login.name, method.name)
            return _refusal(ua.StatusCodes.BadUserAccessDenied)
        if len(given) != len(method.inputs):
            few = len(given) < len(method.inputs)
            return _refusal(ua.StatusCodes.BadArgumentsMissing if few else ua.StatusCodes.BadTooManyArguments)
        values = self._space.values
        try:
            inputs = {field.name: values.plain(field, each) for field, each in zip(method.inputs, given, strict=True)}
        except FormatInvalid as error:
            sparing.warning("%s called %s with something that does not fit: %s", login.name, method.name, error)
            return _refusal(ua.StatusCodes.BadInvalidArgument)
        outputs = await self._answer(method.path, inputs, str(login.name))
        made = [values.variant(field, outputs[field.name]) for field in method.outputs]
        return ua.CallMethodResult(OutputArguments=made, InputArgumentResults=[ua.StatusCode() for _ in given])


def _refusal(code: int) -> ua.CallMethodResult:
    return ua.CallMethodResult(StatusCode=ua.StatusCode(ua.UInt32(code)))


def _transition_fields(transition: Transition) -> list[tuple[Field, object]]:
    found: list[tuple[Field, object]] = []
    named = (("Transition", transition), ("FromState", transition.source), ("ToState", transition.target))
    for name, each in named:
        found.append((Field(name, "LocalizedText"), each.name))
        found.append((Field(f"{name}/Id", "NodeId"), each.id))
    return found
