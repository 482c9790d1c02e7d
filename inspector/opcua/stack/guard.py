# SPDX-License-Identifier: AGPL-3.0-or-later
"""What asyncua's server leaves open, closed: who may connect, what may be asked, and how much of it.

asyncua 2.1.0 looks at a client's certificate only when a session is made, and then at the one that the client names,
which need not be the one that it has the key of; it accepts sessions without security whatever the endpoints say; it
keeps what a peer sends until it makes a message, and sessions that were never used; and anybody may register as a
server. So the certificate is checked here when the channel is opened, a channel without security may ask for the
endpoints and nothing else, each connection has one session, and the bytes that wait are bounded. More in `sessions`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from asyncua import Server, ua
from asyncua.common.connection import TransportLimits
from asyncua.common.utils import ServiceError
from asyncua.crypto.permission_rules import User
from asyncua.crypto.security_policies import SecurityPolicyFactory, SecurityPolicyNone
from asyncua.server.binary_server_asyncio import BinaryServer, OPCUAProtocol
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession
from asyncua.server.uaprocessor import UaProcessor
from asyncua.ua.ua_binary import uatcp_to_binary

from inspector.errors import AccessDenied
from inspector.opcua.sparing import SparingLog
from inspector.opcua.stack.sessions import Call, GuardedSession, GuardedSubscriptions, Login

log = logging.getLogger(__name__)
sparing = SparingLog(log)

CHUNK_BYTES = 65_535
LEAST_BUFFER_BYTES = 8_192
"""What OPC UA (OPC 10000-6) wants of every client."""
MESSAGE_BYTES = 1 << 20
WAITING_BYTES = 4 * CHUNK_BYTES
ACTIVATE_WITHIN_S = 10.0
SESSION_AT_MOST_MS = 120_000.0

LIMITS = TransportLimits(
    max_recv_buffer=CHUNK_BYTES, max_send_buffer=CHUNK_BYTES, max_chunk_count=20, max_message_size=MESSAGE_BYTES
)

_OPEN_SERVICES = ("GetEndpoints", "FindServers", "CloseSecureChannel")
_SERVICES = (
    *_OPEN_SERVICES,
    "CreateSession",
    "ActivateSession",
    "CloseSession",
    "Read",
    "Write",
    "Browse",
    "TranslateBrowsePathsToNodeIds",
    "RegisterNodes",
    "UnregisterNodes",
    "CreateSubscription",
    "ModifySubscription",
    "DeleteSubscriptions",
    "CreateMonitoredItems",
    "ModifyMonitoredItems",
    "DeleteMonitoredItems",
    "SetMonitoringMode",
    "SetPublishingMode",
    "Publish",
    "Republish",
    "Call",
)


def _requests(names: tuple[str, ...]) -> frozenset[ua.NodeId]:
    return frozenset(ua.NodeId(getattr(ua.ObjectIds, f"{name}Request_Encoding_DefaultBinary")) for name in names)


WITHOUT_SECURITY = _requests(_OPEN_SERVICES)
ANSWERED = _requests(_SERVICES)
(CREATE_SESSION,) = _requests(("CreateSession",))


Admit = Callable[[bytes | None], None]
"""Looks at the certificate (DER) of a client; raises AccessDenied."""
Authenticate = Callable[[str | None, str | None], Login | None]


class Gatekeeper:
    """The user manager that asyncua asks."""

    def __init__(self, authenticate: Authenticate) -> None:
        self._authenticate = authenticate

    def get_user(
        self, iserver: InternalServer, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> Login | None:
        """The user behind a name and password, None to refuse."""
        return self._authenticate(username, password)


class GuardedServer(Server):
    """A server whose every connection is a guarded one.

    Args:
        admit: Asked for each channel.
        authenticate: Asked for each session.
        sessions: Connections and sessions at most.
        subscriptions: Subscriptions at most, of all sessions together.
    """

    def __init__(self, admit: Admit, authenticate: Authenticate, sessions: int, subscriptions: int) -> None:
        super().__init__(iserver=_Inner(authenticate, sessions, subscriptions))
        self._admit = admit
        self.limits = LIMITS

    def answer_calls(self, call: Call) -> None:
        """Hand method calls to `call` from now on."""
        inner: Any = self.iserver
        inner.call = call

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The address is taken, or not of this machine.
        """
        await self._setup_server_nodes()
        self._policies[:] = [_Factory(policy, self._admit) for policy in self._policies]
        await self.iserver.start()
        host, port = self._get_bind_socket_info()
        self.bserver = _Listener(self.iserver, host or "", port or 0, self.limits)
        self.bserver.set_policies(self._policies)
        try:
            await self.bserver.start()
        except OSError:
            await self.iserver.stop()
            raise


class _Inner(InternalServer):
    def __init__(self, authenticate: Authenticate, sessions: int, subscriptions: int) -> None:
        super().__init__(user_manager=Gatekeeper(authenticate))  # type: ignore[arg-type]
        self.call: Call | None = None
        self._sessions = sessions
        self.allow_remote_admin = False
        self.max_connections = sessions
        self.max_subscriptions = subscriptions
        self.max_pending_activation_seconds = ACTIVATE_WITHIN_S
        self.max_session_timeout_ms = SESSION_AT_MOST_MS
        self.max_pending_messages_per_connection = 100
        self.max_unacked_messages_per_subscription = 100
        self.max_monitored_item_queue_size = 1_000
        self.max_lifetime_count = 3_000
        self.max_keep_alive_count = 1_000
        self.subscription_service = GuardedSubscriptions(self.aspace, iserver=self)
        self.isession.subscription_service = self.subscription_service
        InternalSession.max_connections = sessions

    def create_session(self, name: str, user: User | None = None, external: bool = False) -> InternalSession:
        # Sessions with subscriptions outlive their connection by up to two minutes.
        if len(self._external_sessions) >= 2 * self._sessions:
            raise ServiceError(ua.StatusCodes.BadTooManySessions)
        return GuardedSession(self, self.aspace, self.subscription_service, name, user=Login(), external=external)

    def register_server(self, server: Any, conf: Any = None) -> None:
        raise ServiceError(ua.StatusCodes.BadServiceUnsupported)


class _Factory(SecurityPolicyFactory):
    def __init__(self, like: Any, admit: Admit) -> None:
        super().__init__(like.cls, like.mode, like.certificate, like.private_key)
        self._admit = admit

    def create(self, peer_certificate: bytes | None) -> Any:
        self._admit(peer_certificate)
        return super().create(peer_certificate)


class _Processor(UaProcessor):
    async def process(self, header: Any, body: Any) -> Any:
        try:
            goes_on = await super().process(header, body)
        except AccessDenied:
            code = ua.StatusCodes.BadSecurityChecksFailed
            refusal = ua.ErrorMessage(ua.StatusCode(ua.UInt32(code)), ua.String("the certificate is not trusted"))
            answer: bytes = uatcp_to_binary(ua.MessageType.Error, refusal)  # type: ignore[arg-type]
            self._transport.write(answer)
            return False
        # A client that takes a few bytes at a time would have every answer cut into thousands of chunks.
        return goes_on and self._limits.max_send_buffer >= LEAST_BUFFER_BYTES

    async def _process_message(self, typeid: ua.NodeId, requesthdr: Any, seqhdr: Any, body: Any) -> Any:
        if isinstance(self._connection.security_policy, SecurityPolicyNone) and typeid not in WITHOUT_SECURITY:
            sparing.warning("%s asked for more than the endpoints without security", self.name)
            raise ServiceError(ua.StatusCodes.BadSecurityModeRejected)
        if typeid not in ANSWERED:
            raise ServiceError(ua.StatusCodes.BadServiceUnsupported)
        if typeid == CREATE_SESSION and self.session is not None:
            await self.session.close_session(True)  # asyncua would keep it, and never look at it again
        return await super()._process_message(typeid, requesthdr, seqhdr, body)


class _Protocol(OPCUAProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.processor is not None:
            self.processor = _Processor(self.iserver, self.transport, self.limits)
            self.processor.set_policies(self.policies)

    def data_received(self, data: bytes) -> None:
        if len(self._buffer) + len(data) > WAITING_BYTES:
            if self.transport is not None:
                self.transport.close()
            return
        super().data_received(data)


class _Listener(BinaryServer):
    def _make_protocol(self) -> OPCUAProtocol:
        return _Protocol(self.iserver, self._policies, self.clients, self.closing_tasks, self.limits)
