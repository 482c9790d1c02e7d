# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real OPC UA conversations, mangled thousands of times."""

from __future__ import annotations

import asyncio
import random
import select
import socket
import threading
from collections.abc import Iterator

import psutil
import pytest
from asyncua import Client
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from inspector.opcua import nodes
from inspector.opcua.certificates import CERTIFICATE
from tests.opcua_peers import APPLICATION, OPERATOR, Served, Session, port_of, run_with, serving, throw


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("opcua")) as one:
        yield one


class Tap:
    """Passes one connection on to the server, and keeps what the client said."""

    def __init__(self, port: int) -> None:
        self.said: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._target = port
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            ends = {client: server, server: client}
            while True:
                readable, _, _ = select.select(list(ends), [], [], 60)
                for end in readable:
                    data = end.recv(65_536)
                    if not data:
                        return
                    if end is client:
                        self.said.append(data)
                    ends[end].sendall(data)


@pytest.mark.long
def test_mangled_conversations_do_not_end_it(served: Served) -> None:
    """Real conversations, with bytes changed, left out, doubled and cut, on an encrypted channel and without one."""

    async def whole(port: int) -> None:
        client = Client(f"opc.tcp://127.0.0.1:{port}/inspector", timeout=60)
        await client.connect_and_get_server_endpoints()

    async def secure(port: int) -> None:
        client = Client(f"opc.tcp://127.0.0.1:{port}/inspector", timeout=60)
        client.application_uri = APPLICATION
        certificate = served.station / CERTIFICATE
        identity = served.identity
        await client.set_security(
            SecurityPolicyBasic256Sha256, identity.certificate, identity.key, server_certificate=certificate
        )
        client.set_user(OPERATOR[0])
        client.set_password(OPERATOR[1])
        async with client:
            await client.get_namespace_array()

    conversations = []
    for talk in (whole, secure):
        with Tap(port_of(served.station)) as tap:
            asyncio.run(talk(tap.port))
        conversations.append(tap.said)
    dice, process = random.Random(11), psutil.Process(served.process.process.pid)
    before = process.memory_info().rss
    for _ in range(3_000):
        throw(port_of(served.station), mangled(dice, b"".join(dice.choice(conversations))))
    assert process.memory_info().rss - before < 50_000_000

    async def body(session: Session) -> None:
        assert await session.value(f"{nodes.MACHINE}.CurrentState") is not None

    run_with(served, body)
    assert "Traceback" not in served.process.log


def mangled(dice: random.Random, data: bytes) -> bytes:
    """The same with a few things wrong."""
    for _ in range(dice.randrange(1, 4)):
        place, length = dice.randrange(len(data)), dice.randrange(1, 40)
        before, piece, after = data[:place], data[place : place + length], data[place + length :]
        data = dice.choice([before + dice.randbytes(len(piece)) + after, before + after, before + 2 * piece + after])
        data = data[: dice.randrange(1, len(data) + 1)] if data and dice.random() < 0.2 else data or b"x"
    return data
