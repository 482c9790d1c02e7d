# SPDX-License-Identifier: AGPL-3.0-or-later
"""Local sockets: who may connect, what arrives, what happens when a peer goes."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.errors import ChannelError
from inspector.ipc import Event, EventKind, Hub, RunDirectory
from inspector.ipc.channel import open_channel
from inspector.ipc.rundir import write_private


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


def packed(message: dict[str, str]) -> bytes:
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body


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
    "garbage",
    [
        struct.pack(">I", 1 << 31),
        struct.pack(">I", 3) + b"{a}",
        struct.pack(">I", 2) + b"[]",
        packed({"type": "hello", "name": "line", "nonce": "", "proof": "prüf"}),
        packed({"type": "hello", "name": "\ud800", "nonce": "", "proof": "\ud800"}),
    ],
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


def test_who_waits_with_the_secret_of_the_last_run_is_let_in_by_the_next(
    make_hub: Callable[[str], Hub], run: RunDirectory
) -> None:
    client = make_hub("line")
    client.connect("station")
    run.create_secret()
    server = make_hub("station")
    server.listen()
    assert expect(server, EventKind.CONNECTED).peer == "line"


def test_after_a_run_nobody_is_kept_waiting(run: RunDirectory) -> None:
    run.remove_secret()
    with pytest.raises(ChannelError, match="no station runs"):
        Hub(run, "line")


def test_sending_to_nobody_says_so(make_hub: Callable[[str], Hub]) -> None:
    assert make_hub("station").send("line", {"type": "ack"}) is False


def test_no_run_no_secret(tmp_path: Path) -> None:
    with pytest.raises(ChannelError, match="no station runs"):
        RunDirectory(tmp_path).secret()


@pytest.mark.parametrize("nonce", ["\ud800", "ü"])
def test_a_stranger_on_an_old_port_does_not_keep_us_from_the_server(
    make_hub: Callable[[str], Hub], run: RunDirectory, nonce: str
) -> None:
    """The station has died and another program listens where it did: what it says must not end our connecting."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        run.publish("station", stranger.getsockname()[1])
        client = make_hub("line")
        client.connect("station")
        connection, _ = stranger.accept()
        with connection:
            connection.sendall(packed({"type": "challenge", "nonce": nonce}))
            connection.sendall(packed({"type": "welcome", "proof": nonce}))
            while connection.recv(4096):
                pass
    server = make_hub("station")
    server.listen()
    assert expect(server, EventKind.CONNECTED).peer == "line"


def test_a_peer_that_is_back_at_once_is_lost_first(make_hub: Callable[[str], Hub], run: RunDirectory) -> None:
    server = make_hub("station")
    server.listen()
    port = run.port_of("station")
    assert port is not None
    first = open_channel(port, "line", "station", run.secret())
    assert expect(server, EventKind.CONNECTED).peer == "line"
    second = open_channel(port, "line", "station", run.secret())
    events = [server.receive(10) for _ in range(2)]
    assert [event.kind for event in events if event] == [EventKind.LOST, EventKind.CONNECTED]
    assert server.receive(0.2) is None
    assert server.send("line", {"type": "ack"})
    assert second.receive() == {"type": "ack"}
    assert first.receive() is None
    second.close()
    assert expect(server, EventKind.LOST).peer == "line"
    first.close()


def test_a_reader_that_waits_for_room_does_not_report_a_peer_lost_that_is_back(
    make_hub: Callable[[str], Hub], run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspector.ipc.hub.INBOX_SIZE", 1)
    server = make_hub("station")
    server.listen()
    port = run.port_of("station")
    assert port is not None
    for _ in range(5):  # the inbox stays full, so that every reader waits, and they race when there is room
        open_channel(port, "line", "station", run.secret()).close()
    with contextlib.closing(open_channel(port, "line", "station", run.secret())):
        kinds = []
        while (event := server.receive(0.5)) is not None:
            kinds.append(event.kind)
        assert set(kinds[0::2]) == {EventKind.CONNECTED}
        assert set(kinds[1::2]) == {EventKind.LOST}
        assert (kinds[-1] is EventKind.CONNECTED) == ("line" in server.peers())


def test_a_private_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "full").touch()
    with pytest.raises(OSError):
        write_private(tmp_path / "secret", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
