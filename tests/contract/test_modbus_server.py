# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may talk to the station as Modbus server, with real Modbus clients."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pymodbus import ModbusException
from pymodbus.client import ModbusTcpClient
from pymodbus.pdu import ModbusPDU

from inspector.clock import SystemClock
from inspector.config import ModbusSettings
from inspector.errors import LineLost
from inspector.line.modbus_server import ServerLink, plain_address
from inspector.line.register_map import MAP_VERSION, STATION_BLOCK, block_words
from inspector.scenario.plc_program import PlcProgram
from tests.plc_client import free_port

PATIENCE_S = 60.0
WORDS = PlcProgram().words()


class Station:
    """A link that is served in a thread, as the backend does it."""

    def __init__(self, stack: ExitStack, **settings: object) -> None:
        self.port = free_port()
        given = {"role": "server", "port": self.port, "heartbeat_lost_ms": 5_000, **settings}
        self.link = ServerLink(ModbusSettings.model_validate(given), SystemClock())
        self.losses: list[str] = []
        self.written: list[int] = []
        self._stop = threading.Event()
        self._stack = stack
        thread = threading.Thread(target=self._serve, name="server")
        thread.start()
        stack.callback(lambda: (self._stop.set(), thread.join()))

    def _serve(self) -> None:
        while not self._stop.is_set():
            try:
                if self.link.open():
                    self.written = self.link.read()
            except LineLost as error:
                self.losses.append(error.message)
                self.link.drop()
        self.link.close()

    def client(self) -> ModbusTcpClient:
        client = ModbusTcpClient("127.0.0.1", port=self.port, timeout=5, retries=0, reconnect_delay=0)
        self._stack.callback(client.close)
        deadline = time.monotonic() + PATIENCE_S
        while not client.connect():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return client

    def takes_a_client(self) -> None:
        """Somebody is the PLC now; the one before may not be forgotten yet."""
        deadline = time.monotonic() + PATIENCE_S
        while not writes(self.client()):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def lost(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not any(text in loss for loss in self.losses):
            assert time.monotonic() < deadline, f"{text!r} not in {self.losses}"
            time.sleep(0.01)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def write(client: ModbusTcpClient) -> ModbusPDU | None:
    """The PLC's block; None when there is no answer."""
    try:
        return client.write_registers(0, WORDS, device_id=1)
    except (ModbusException, OSError):
        return None


def writes(client: ModbusTcpClient) -> bool:
    answer = write(client)
    return answer is not None and not answer.isError()


def test_only_the_two_blocks_are_there(stack: ExitStack) -> None:
    station = Station(stack)
    client = station.client()
    assert writes(client)
    block = client.read_holding_registers(100, count=block_words(STATION_BLOCK), device_id=1)
    assert block.registers[8] == MAP_VERSION
    for answer, code in (
        (client.write_registers(100, [0], device_id=1), 2),
        (client.write_registers(0, WORDS[:-1], device_id=1), 2),
        (client.read_holding_registers(0, count=1, device_id=1), 2),
        (client.write_register(0, 1, device_id=1), 1),
        (client.write_coil(0, True, device_id=1), 1),
        (client.read_coils(0, count=1, device_id=1), 1),
        (client.mask_write_register(address=0, device_id=1), 1),
        (client.diag_query_data(b"\0\1", device_id=1), 1),
        (client.read_device_information(device_id=1), 1),
        (client.write_registers(0, WORDS, device_id=2), 11),
        (client.read_holding_registers(100, count=1, device_id=0), 11),
    ):
        assert (answer.isError(), answer.exception_code) == (True, code)
    assert writes(client)
    assert station.losses == []


def test_a_second_connection_is_refused_while_the_first_one_writes(stack: ExitStack) -> None:
    station = Station(stack)
    first = station.client()
    assert writes(first)
    second = station.client()  # the operating system takes it; the station does not
    assert not writes(second)
    assert writes(first)
    first.close()
    station.lost("ended the connection")
    station.takes_a_client()


def test_a_connection_that_does_not_write_is_ended_and_another_may_come(stack: ExitStack) -> None:
    station = Station(stack, heartbeat_lost_ms=500)
    silent = station.client()
    station.lost("has not written its registers for 500 ms")
    station.takes_a_client()  # on a busy computer it may be too slow itself
    silent.close()


def test_an_address_that_is_not_allowed_is_refused(stack: ExitStack, caplog: pytest.LogCaptureFixture) -> None:
    station = Station(stack, allow=["192.0.2.7"])
    for _ in range(3):
        assert not writes(station.client())
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == [
        "a connection from 127.0.0.1 is refused: it is not in modbus.allow"
    ]
    assert station.written == []


def test_an_address_that_is_allowed_is_taken(stack: ExitStack) -> None:
    assert writes(Station(stack, allow=["192.0.2.7", "127.0.0.1"]).client())


def test_what_is_not_modbus_ends_the_connection(stack: ExitStack) -> None:
    station = Station(stack, heartbeat_lost_ms=500)
    station.client().close()  # it listens
    station.lost("ended the connection")
    deadline = time.monotonic() + PATIENCE_S
    while not any("has not written" in loss for loss in station.losses):
        assert time.monotonic() < deadline
        with socket.create_connection(("127.0.0.1", station.port), PATIENCE_S) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\nHost: station\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert stranger.recv(10) == b""
    assert station.written == []


def test_a_port_that_is_taken_is_told_and_tried_again(stack: ExitStack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        link = ServerLink(ModbusSettings(role="server", port=port), SystemClock())
        stack.callback(link.close)
        with pytest.raises(LineLost, match="cannot listen"):
            link.open()
    assert link.open() is False


def test_addresses_are_compared_as_people_write_them() -> None:
    assert str(plain_address("::ffff:192.0.2.7")) == "192.0.2.7"
    assert str(plain_address("fe80::1%eth0")) == "fe80::1"
