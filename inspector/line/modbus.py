# SPDX-License-Identifier: AGPL-3.0-or-later
"""Registers of a PLC over Modbus TCP: the only module that knows pymodbus.

pymodbus alone would wait 12 s for a device that does not answer (3 s, four tries). Here each request has the
time-out of the settings and one try; whatever goes wrong ends the connection, and the caller begins anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from pymodbus import ModbusException
from pymodbus.client import ModbusTcpClient

from inspector.errors import LineLost

ADVICE = "Check the PLC, its cable, and [modbus] in station.toml"

# It writes a line for each failed connect; what matters is logged by the caller, once.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusLink:
    """One connection to a Modbus TCP server; to be used by one thread.

    Args:
        host: Address of the PLC.
        port: Its TCP port.
        unit_id: Its unit identifier.
        timeout_s: Longest wait for a connection, and for each answer.
    """

    def __init__(self, host: str, port: int, unit_id: int, timeout_s: float) -> None:
        self._name = f"the PLC at {host}:{port}"
        self._unit_id = unit_id
        self._client = ModbusTcpClient(host, port=port, timeout=timeout_s, retries=0, reconnect_delay=0)

    def open(self) -> None:
        """Connect.

        Raises:
            LineLost: Nobody takes the connection.
        """
        connect = cast("Callable[[], bool]", self._client.connect)
        if not connect():
            raise LineLost(f"{self._name} takes no connection", ADVICE)

    def read(self, address: int, count: int) -> list[int]:
        """Holding registers (function 3).

        Raises:
            LineLost: No answer in time, a refusal, or an answer of another length.
        """
        try:
            answer = self._client.read_holding_registers(address, count=count, device_id=self._unit_id)
        except (ModbusException, OSError) as error:
            raise LineLost(f"{self._name} does not answer: {error}", ADVICE) from error
        if answer.isError() or len(answer.registers) != count:
            raise LineLost(f"{self._name} does not let registers {address} to {address + count - 1} be read", ADVICE)
        return list(answer.registers)

    def write(self, address: int, words: list[int]) -> None:
        """Write registers in one request (function 16).

        Raises:
            LineLost: No answer in time, or a refusal.
        """
        try:
            answer = self._client.write_registers(address, words, device_id=self._unit_id)
        except (ModbusException, OSError) as error:
            raise LineLost(f"{self._name} does not answer: {error}", ADVICE) from error
        if answer.isError():
            last = address + len(words) - 1
            raise LineLost(f"{self._name} does not let registers {address} to {last} be written", ADVICE)

    def close(self) -> None:
        """End the connection."""
        cast("Callable[[], None]", self._client.close)()
