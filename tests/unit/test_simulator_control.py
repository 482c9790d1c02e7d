# SPDX-License-Identifier: AGPL-3.0-or-later
"""The client of the control channel against servers that misbehave."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.camera.simulator import SimulatorControl, SimulatorError


class Server:
    """Answers each line on each connection with the next of the replies; None closes the connection instead."""

    def __init__(self, replies: list[bytes | None]) -> None:
        self.asked: list[bytes] = []
        self._replies = list(replies)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while self._replies:
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    self.asked.append(line)
                    reply = self._replies.pop(0) if self._replies else None
                    if reply is None:
                        break
                    connection.sendall(reply)

    def close(self) -> None:
        self._thread.join(timeout=10)
        self._listener.close()
        assert not self._thread.is_alive()


@contextmanager
def serving(folder: Path, *replies: bytes | None, timeout_s: float = 5.0) -> Iterator[tuple[SimulatorControl, Server]]:
    server = Server(list(replies))
    endpoint = folder / "endpoint.json"
    endpoint.write_text(json.dumps({"port": server.port, "pid": 1}), encoding="utf-8")
    try:
        with SimulatorControl(endpoint, timeout_s) as client:
            yield client, server
    finally:
        server.close()


def test_commands_have_their_words(tmp_path: Path) -> None:
    pulsed = [b"OK t_ns=5 exposures=1\n", b"OK t_ns=7 exposures=1\n"]
    with serving(tmp_path, *pulsed, *[b"OK\n"] * 4, b"OK Line0=1\n") as (client, server):
        assert client.pulse(0, scene=3) == 5
        assert client.pulse(1, t_ns=7) == 7
        client.set_line(1, "Line0", False)
        client.fault(0, "late", n=2, ms=30)
        client.fault(0, "brightness", percent=20)
        client.fault(0, "defocus", radius=2)
        assert client.outputs(0) == {"Line0": True}
    assert server.asked == [
        b"PULSE 0 Line0 scene=3\n",
        b"PULSE 1 Line0 t_ns=7\n",
        b"LINE 1 Line0 0\n",
        b"FAULT 0 late n=2 ms=30\n",
        b"FAULT 0 brightness percent=20\n",
        b"FAULT 0 defocus radius=2\n",
        b"OUTPUTS 0\n",
    ]


def test_dead_connection_is_made_anew_once(tmp_path: Path) -> None:
    with serving(tmp_path, b"OK\n", None, b"OK\n") as (client, server):
        client.fault(0, "dark")
        client.fault(0, "dark")
    assert len(server.asked) == 3


def test_connection_that_is_closed_at_once_is_an_error(tmp_path: Path) -> None:
    with serving(tmp_path, None) as (client, _), pytest.raises(SimulatorError, match="closed before the reply"):
        client.status()


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400 Bad Request\n", b"OK Counter0\n", b"OK Counter0=x\n", b"\n"])
def test_stranger_at_the_port_is_named(tmp_path: Path, reply: bytes) -> None:
    with serving(tmp_path, reply) as (client, _), pytest.raises(SimulatorError, match="did not answer COUNTERS"):
        client.counters(0)


def test_refusal_carries_its_reason(tmp_path: Path) -> None:
    with serving(tmp_path, b"ERR no such fault\n") as (client, _):
        with pytest.raises(SimulatorError, match="refused FAULT 0 x: no such fault"):
            client.fault(0, "x")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"port": 0}', '{"port": "x"}', '{"port": 70000}', "\0"])
def test_broken_endpoint_file_is_an_error(tmp_path: Path, content: str) -> None:
    endpoint = tmp_path / "endpoint.json"
    endpoint.write_text(content, encoding="utf-8")
    with SimulatorControl(endpoint, timeout_s=0.05) as client, pytest.raises(SimulatorError, match="cannot be reached"):
        client.status()


def test_pulse_does_not_wait_for_a_camera_that_is_not_there(tmp_path: Path) -> None:
    with SimulatorControl(tmp_path / "missing.json", timeout_s=3600) as client:
        with pytest.raises(SimulatorError, match="cannot be reached"):
            client.pulse(0)


@given(st.binary(max_size=200).filter(lambda reply: b"\n" not in reply))
def test_no_reply_crashes_the_client(reply: bytes) -> None:
    left, right = socket.socketpair()
    with left, right, SimulatorControl(Path("unused")) as client:
        client._socket = left
        right.sendall(reply + b"\n")
        try:
            client.status()
        except SimulatorError:
            return
        assert reply == b"OK" or reply.startswith(b"OK ")
