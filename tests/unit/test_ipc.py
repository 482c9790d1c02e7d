# SPDX-License-Identifier: AGPL-3.0-or-later
"""Local sockets: who may connect, what arrives, what happens when a peer goes."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.errors import ChannelError
from inspector.ipc import Event, EventKind, Hub, RunDirectory
from inspector.ipc.channel import open_channel


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    directory = RunDirectory(tmp_path)
    directory.create_secret()
    return directory


@pytest.fixture
def make_hub(run: RunDirectory) -> Iterator[Callable[[str], Hub]]:
    hubs: list[Hub] = []

    def make(name: str) -> Hub:
        hubs.append(Hub(run, name))
        return hubs[-1]

    yield make
    for hub in hubs:
        hub.close()


def expect(hub: Hub, kind: EventKind) -> Event:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        event = hub.receive(0.5)
        if event is not None and event.kind is kind:
            return event
    raise AssertionError(f"no {kind} within 10 s")


def test_messages_go_both_ways(make_hub: Callable[[str], Hub]) -> None:
    server, client = make_hub("station"), make_hub("line")
    server.listen()
    client.connect("station")
    assert expect(server, EventKind.CONNECTED).peer == "line"
    expect(client, EventKind.CONNECTED)
    assert client.send("station", {"type": "trigger", "n": 1})
    assert expect(server, EventKind.MESSAGE).message == {"type": "trigger", "n": 1}
    assert server.send("line", {"type": "ack", "text": "ä" * 100_000})
    assert len(expect(client, EventKind.MESSAGE).message["text"]) == 100_000


def test_client_reconnects_to_a_new_server(make_hub: Callable[[str], Hub]) -> None:
    first, client = make_hub("station"), make_hub("line")
    first.listen()
    client.connect("station")
    expect(client, EventKind.CONNECTED)
    first.close()
    expect(client, EventKind.LOST)
    second = make_hub("station")
    second.listen()
    expect(client, EventKind.CONNECTED)
    assert second.receive(10) is not None


def test_wrong_secret_is_refused(make_hub: Callable[[str], Hub], run: RunDirectory) -> None:
    server = make_hub("station")
    server.listen()
    port = run.port_of("station")
    assert port is not None
    with pytest.raises(ChannelError):
        open_channel(port, "line", "station", b"guess").receive()
    assert server.receive(0.3) is None


@pytest.mark.parametrize(
    "garbage", [struct.pack(">I", 1 << 31), struct.pack(">I", 3) + b"{a}", struct.pack(">I", 2) + b"[]"]
)
def test_garbage_ends_the_connection_not_the_server(
    make_hub: Callable[[str], Hub], run: RunDirectory, garbage: bytes
) -> None:
    server = make_hub("station")
    server.listen()
    port = run.port_of("station")
    assert port is not None
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(garbage)
        while raw.recv(4096):
            pass
    client = make_hub("line")
    client.connect("station")
    assert expect(server, EventKind.CONNECTED).peer == "line"


def test_sending_to_nobody_says_so(make_hub: Callable[[str], Hub]) -> None:
    assert make_hub("station").send("line", {"type": "ack"}) is False


def test_no_run_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="no station runs"):
        RunDirectory(tmp_path).secret()
