# SPDX-License-Identifier: AGPL-3.0-or-later
"""A sender that never makes its owner wait: what a peer does not read is dropped with its connection."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import inspector.ipc.outbox as outbox_module
from inspector.ipc import EventKind, Hub, Outbox, RunDirectory


@pytest.fixture
def hubs(tmp_path: Path) -> Iterator[tuple[Hub, Hub]]:
    run = RunDirectory(tmp_path)
    run.create_secret()
    server, client = Hub(run, "station"), Hub(run, "line")
    server.listen()
    client.connect("station")
    event = client.receive(10)
    assert event is not None
    assert event.kind is EventKind.CONNECTED
    yield server, client
    client.close()
    server.close()


def test_messages_arrive_in_order_and_close_sends_the_rest(hubs: tuple[Hub, Hub]) -> None:
    server, client = hubs
    outbox = Outbox(client, "station")
    for number in range(50):
        assert outbox.put({"type": "n", "number": number})
    outbox.close()
    heard: list[int] = []
    deadline = time.monotonic() + 10
    while len(heard) < 50 and time.monotonic() < deadline:
        event = server.receive(1)
        if event is not None and event.kind is EventKind.MESSAGE:
            heard.append(event.message["number"])
    assert heard == list(range(50))


def test_nobody_there_is_no_error(hubs: tuple[Hub, Hub]) -> None:
    outbox = Outbox(hubs[1], "nobody")
    assert outbox.put({"type": "n"})
    outbox.close()


def test_a_full_outbox_drops_the_connection_and_does_not_wait(
    hubs: tuple[Hub, Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, client = hubs
    monkeypatch.setattr(outbox_module, "OUTBOX_SIZE", 8)
    go_on = threading.Event()

    def hang(peer: str, message: object) -> bool:
        return go_on.wait(10)

    monkeypatch.setattr(client, "send", hang)
    outbox = Outbox(client, "station")
    results = [outbox.put({"type": "n"}) for _ in range(12)]
    assert results.count(False) == 1
    event = client.receive(10)
    assert event is not None
    assert event.kind is EventKind.LOST
    go_on.set()
    outbox.close()
