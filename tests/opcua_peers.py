# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real OPC UA clients with certificates, the real OPC UA process, and asyncua's client made patient."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.common.node import Node
from asyncua.crypto import security_policies
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from inspector.evidence.keys import create_key
from inspector.ipc import RunDirectory
from inspector.opcua import nodes
from inspector.opcua.certificates import CERTIFICATE, create_certificate, trust
from inspector.opcua.nodes import Right
from inspector.opcua.types import MACHINE_VISION, OWN
from inspector.opcua.users import NewUser, add_user
from inspector.store.writer import RecordWriter
from tests.api_station import FakeStation, make_station
from tests.store_station import make_writer, opening, part

SETTINGS = "[opcua]\nenabled = true\nport = 0\nresults = 20\nsessions = 12\nsubscriptions = 3\n"
INT32 = ua.VariantType.Int32
PATIENCE_S = 60.0
DAY = timedelta(days=1)
APPLICATION = "urn:test:client"
READER, OPERATOR = ("reader", "a password to read"), ("mes", "a password to operate")


@dataclass(frozen=True)
class ClientIdentity:
    """Key and certificate of a client, in files."""

    certificate: Path
    key: Path


def make_identity(folder: Path, name: str = "client", days: tuple[int, int] = (-1, 1)) -> ClientIdentity:
    """A self-signed client certificate, valid for these days from now."""
    key = rsa.generate_private_key(65_537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(APPLICATION)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = ClientIdentity(folder / f"{name}.der", folder / f"{name}.pem")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


def prepare(station: Path) -> ClientIdentity:
    """What `inspector opcua init`, `user add` and `trust` make; the identity that is trusted."""
    create_certificate(station, "st1", "127.0.0.1")
    add_user(station, NewUser(READER[0], Right.READ, READER[1]))
    add_user(station, NewUser(OPERATOR[0], Right.OPERATE, OPERATOR[1]))
    identity = make_identity(station)
    trust(station, identity.certificate)
    return identity


class OpcuaProcess:
    """The OPC UA process of a station directory, without a supervisor."""

    def __init__(self, station: Path) -> None:
        self.station = station
        self._log = station / "opcua.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "inspector.opcua.process", "--station", str(station)],
                stdin=subprocess.PIPE,
                stderr=log,
            )

    def __enter__(self) -> OpcuaProcess:
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait(self) -> None:
        """Wait until it listens."""
        give_up = time.monotonic() + PATIENCE_S
        while "OPC UA server at" not in self.log:
            assert self.process.poll() is None and time.monotonic() < give_up, self.log
            time.sleep(0.05)

    def end(self) -> int:
        """Ask it to end as the supervisor does, and return its exit code."""
        self.process.communicate(timeout=60)
        return self.process.returncode

    @property
    def log(self) -> str:
        """What it and its predecessors said."""
        return self._log.read_text()


def port_of(station: Path) -> int:
    """Where the server listens, waiting for it to say so."""
    give_up = time.monotonic() + PATIENCE_S
    while (port := RunDirectory(station).port_of("opcua")) is None:
        assert time.monotonic() < give_up, "no OPC UA server"
        time.sleep(0.05)
    return port


@dataclass
class Session:
    """A client that is logged in, with shorthands."""

    client: Client
    namespaces: list[str] = field(default_factory=list)

    def node(self, path: str) -> Node:
        """An instance by its path."""
        return self.client.get_node(ua.NodeId(path, self.namespaces.index(OWN)))

    def vision(self, number: int) -> ua.NodeId:
        """A node of OPC 40100-1."""
        return ua.NodeId(number, self.namespaces.index(MACHINE_VISION))

    async def value(self, path: str) -> Any:
        """The value of a variable."""
        return await self.node(path).read_value()

    async def call(self, path: str, *inputs: Any) -> Any:
        """Call a method of an object."""
        return await self.node(path.rpartition(".")[0]).call_method(self.node(path), *inputs)


@contextlib.asynccontextmanager
async def connected(
    station: Path,
    identity: ClientIdentity,
    user: tuple[str, str] | None = OPERATOR,
    policy: type[security_policies.SecurityPolicy] = security_policies.SecurityPolicyBasic256Sha256,
) -> AsyncIterator[Session]:
    """A session over an encrypted channel."""
    client = Client(f"opc.tcp://127.0.0.1:{port_of(station)}/inspector", timeout=PATIENCE_S)
    client.application_uri = APPLICATION
    client.session_timeout = 60_000
    await client.set_security(policy, identity.certificate, identity.key, server_certificate=station / CERTIFICATE)
    if user is not None:
        client.set_user(user[0])
        client.set_password(user[1])
    async with client:
        await client.load_data_type_definitions()
        yield Session(client, await client.get_namespace_array())


async def eventually(condition: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for something that has to come."""
    give_up = time.monotonic() + PATIENCE_S
    while not await condition():
        assert time.monotonic() < give_up, f"{what}: not within {PATIENCE_S:.0f} s"
        await asyncio.sleep(0.05)


async def shows(session: Session, **wanted: Any) -> None:
    """Wait until variables of the vision system have these values; an identifier is compared by its Id.

    On a computer that stalls the station seems to be silent, and then they have none for a moment.
    """

    async def all_of_them() -> bool:
        try:
            found = {name: await session.value(f"{nodes.SYSTEM}.{name}") for name in wanted}
        except ua.uaerrors.BadNoCommunication:
            return False
        return {name: getattr(value, "Id", value) for name, value in found.items()} == wanted

    await eventually(all_of_them, str(wanted))


class Events:
    """Notes the events of a subscription."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def event_notification(self, event: Any) -> None:
        """Called by asyncua."""
        self.heard.append(event)

    def of(self, kind: ua.NodeId) -> list[Any]:
        """Events of this type."""
        return [event for event in list(self.heard) if event.EventType == kind]


def throw(port: int, data: bytes) -> bytes:
    """Send bytes and no more, and return what comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as peer:
        answer = b""
        with contextlib.suppress(ConnectionError):  # it closes in the middle of what it does not want
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            while chunk := peer.recv(4096):
                answer += chunk
        return answer


@dataclass
class Served:
    """A scripted station, its records, and a real OPC UA process."""

    station: Path
    identity: ClientIdentity
    fake: FakeStation
    writer: RecordWriter
    process: OpcuaProcess


@contextlib.contextmanager
def serving(station: Path) -> Iterator[Served]:
    """A scripted station with two records of a shift, and its server; ends in order."""
    run = make_station(station, SETTINGS)
    (station / "keys").mkdir()
    key = create_key(station / "keys/station.key", "a long passphrase", station / "keys/station.pub")
    writer, identity, fake = make_writer(station, key), prepare(station), FakeStation(run)
    writer.append("shift-open", opening(writer)).result(30)
    writer.append("part", part(1)).result(30)
    try:
        with OpcuaProcess(station) as process:
            yield Served(station, identity, fake, writer, process)
            assert process.end() == 0
            assert "Traceback" not in process.log
    finally:
        fake.close()
        writer.close()


def run_with(served: Served, body: Any, user: tuple[str, str] | None = OPERATOR) -> None:
    """One session, from beginning to end."""

    async def whole() -> None:
        async with connected(served.station, served.identity, user) as session:
            await body(session)

    asyncio.run(whole())


async def state_of(session: Session, machine: str) -> str:
    return str((await session.value(f"{machine}.CurrentState")).Text)


async def wait_state(session: Session, machine: str, name: str) -> None:
    async def there() -> bool:
        try:
            return await state_of(session, machine) == name
        except ua.UaStatusCodeError:
            return False  # the machine is in no state

    await eventually(there, name)


def null(kind: str) -> ua.Variant:
    """An empty identifier; a client has to have been connected, which makes these classes."""
    return ua.Variant(getattr(ua, f"{kind}DataType")())
