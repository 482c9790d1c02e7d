# SPDX-License-Identifier: AGPL-3.0-or-later
"""Registers and bits over Modbus TCP, as client or as server: the only module that knows pymodbus.

pymodbus alone would wait 12 s for a device that does not answer (3 s, four tries). Here each request has the
time-out of the settings and one try; whatever goes wrong ends the connection, and the caller begins anew. Its server
alone would answer everybody, and diagnostics, file records and device identification too. Here it answers one
connection, and the two functions that a PLC needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, Protocol, cast
from weakref import WeakSet

from pymodbus import ModbusException
from pymodbus.client import ModbusTcpClient
from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

from inspector.errors import LineLost, LineRefused

Table = Literal["coil", "discrete-input", "holding-register", "input-register"]
ADVICE = "Check the PLC, its cable, and [modbus] in station.toml"

READ, WRITE = 3, 16
LOOP_TURNS = 5
"""asyncio takes a connection in two turns of its loop and closes one in the turn after."""

# It writes a line for each failed connect; what matters is logged by the caller, once.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusLink:
    """One connection to a Modbus TCP server; to be used by one thread.

    Args:
        host: Address of the other end.
        port: Its TCP port.
        unit_id: Its unit identifier.
        timeout_s: Longest wait for a connection, and for each answer.
        what: What it is, for messages.
        advice: What to do when it does not answer.
    """

    def __init__(
        self, host: str, port: int, unit_id: int, timeout_s: float, what: str = "the PLC", advice: str = ADVICE
    ) -> None:
        self._name = f"{what} at {host}:{port}"
        self._advice = advice
        self._unit_id = unit_id
        self._client = ModbusTcpClient(host, port=port, timeout=timeout_s, retries=0, reconnect_delay=0)

    def open(self) -> None:
        """Connect.

        Raises:
            LineLost: Nobody takes the connection.
        """
        connect = cast("Callable[[], bool]", self._client.connect)
        if not connect():
            raise LineLost(f"{self._name} takes no connection", self._advice)

    @property
    def connected(self) -> bool:
        """Whether the connection has been made and has not broken."""
        return bool(self._client.connected)

    def read(self, address: int, count: int) -> list[int]:
        """Holding registers (function 3).

        Raises:
            LineLost: No answer in time, a refusal, or an answer of another length.
        """
        return self.read_table("holding-register", address, count)

    def read_table(self, table: Table, address: int, count: int) -> list[int]:
        """Values of one of the four tables (functions 1 to 4); bits are 0 or 1.

        Raises:
            LineRefused: A refusal, or an answer of another length.
            LineLost: No answer in time.
        """
        reads = {
            "coil": self._client.read_coils,
            "discrete-input": self._client.read_discrete_inputs,
            "holding-register": self._client.read_holding_registers,
            "input-register": self._client.read_input_registers,
        }
        try:
            answer = reads[table](address, count=count, device_id=self._unit_id)
        except (ModbusException, OSError) as error:
            raise LineLost(f"{self._name} does not answer: {error}", self._advice) from error
        is_bits = table in ("coil", "discrete-input")
        # An answer with bits is padded to whole bytes.
        values = [] if answer.isError() else [int(bit) for bit in answer.bits[:count]] if is_bits else answer.registers
        if len(values) != count:
            exception = answer.exception_code if answer.isError() else 0
            why = f"exception {exception}" if exception else "the answer has another length"
            message = f"{self._name} does not let {table}s {address} to {address + count - 1} be read: {why}"
            raise LineRefused(message, self._advice, exception)
        return list(values)

    def write_coil(self, address: int, on: bool) -> None:
        """Switch one bit (function 5).

        Raises:
            LineLost: No answer in time, or a refusal.
        """
        try:
            answer = self._client.write_coil(address, on, device_id=self._unit_id)
        except (ModbusException, OSError) as error:
            raise LineLost(f"{self._name} does not answer: {error}", self._advice) from error
        if answer.isError():
            raise LineLost(f"{self._name} does not let coil {address} be written", self._advice)

    def write(self, address: int, words: list[int]) -> None:
        """Write registers in one request (function 16).

        Raises:
            LineLost: No answer in time, or a refusal.
        """
        try:
            answer = self._client.write_registers(address, words, device_id=self._unit_id)
        except (ModbusException, OSError) as error:
            raise LineLost(f"{self._name} does not answer: {error}", self._advice) from error
        if answer.isError():
            last = address + len(words) - 1
            raise LineLost(f"{self._name} does not let registers {address} to {last} be written", self._advice)

    def close(self) -> None:
        """End the connection."""
        cast("Callable[[], None]", self._client.close)()


class Requests(Protocol):
    """What the station's server does with what comes; called in the server's thread, and never waits."""

    def admit(self, host: str) -> bool:
        """A connection from this address; False closes it."""
        ...

    def gone(self) -> None:
        """The connection that was admitted has ended."""
        ...

    def read(self, address: int, count: int) -> Sequence[int] | None:
        """These registers, or None: they are not to be read."""
        ...

    def write(self, address: int, words: Sequence[int]) -> bool:
        """Take these registers, or False: they are not to be written.

        Raises:
            ValueError: The words make no sense.
        """
        ...


class _Refused(ModbusPDU):
    """A request that is none of the PLC's, in the place of the one that came."""

    def __init__(self, request: ModbusPDU, reason: ExcCodes) -> None:
        super().__init__(dev_id=request.dev_id, transaction_id=request.transaction_id)
        self.function_code = request.function_code
        self._reason = reason

    async def datastore_update(self, context: object, device_id: int) -> ModbusPDU:
        """Called by pymodbus to carry the request out."""
        return ExceptionResponse(self.function_code, self._reason)


class _Connection(ServerRequestHandler):
    """One connection of a PLC."""

    def callback_connected(self) -> None:
        """Called by pymodbus."""
        super().callback_connected()
        cast(_Server, self.server).arrived(self)

    def callback_disconnected(self, exc: Exception | None) -> None:
        """Called by pymodbus, if it was not we who ended it."""
        super().callback_disconnected(exc)
        cast(_Server, self.server).left(self)


class _Server(ModbusTcpServer):
    """Answers the connection that was admitted, and no other."""

    def __init__(self, device: SimDevice, address: tuple[str, int], requests: Requests) -> None:
        super().__init__(device, address=address, trace_pdu=self._only_what_a_plc_needs)
        self._unit_id = device.id
        self._requests = requests
        self._peer: _Connection | None = None
        self._transports: WeakSet[asyncio.Transport] = WeakSet()
        self._ends = False

    def callback_new_connection(self) -> _Connection:
        """Called by pymodbus."""
        new = cast("Callable[..., _Connection]", _Connection)
        return new(self, self.trace_packet, self.trace_pdu, self.trace_connect)

    def arrived(self, connection: _Connection) -> None:
        """Take it if it is admitted."""
        self._transports.add(cast(asyncio.Transport, connection.transport))
        host = str(connection.transport.get_extra_info("peername")[0])
        if not self._ends and self._requests.admit(host):
            self._peer = connection
        else:
            connection.close()

    def left(self, connection: _Connection) -> None:
        """It is gone."""
        if connection is self._peer:
            self._peer = None
            self._requests.gone()

    def _only_what_a_plc_needs(self, sending: bool, pdu: ModbusPDU) -> ModbusPDU:
        if not sending and pdu.dev_id != self._unit_id:
            return _Refused(pdu, ExcCodes.GATEWAY_NO_RESPONSE)
        if not sending and pdu.function_code not in (READ, WRITE):
            return _Refused(pdu, ExcCodes.ILLEGAL_FUNCTION)
        return pdu

    def drop(self) -> None:
        """End the connection that was admitted."""
        peer, self._peer = self._peer, None
        if peer is not None:
            transport = cast(asyncio.Transport, peer.transport)
            peer.close()
            transport.abort()  # a PLC that reads nothing would keep it open

    async def end(self) -> None:
        """Stop listening, and leave no socket open."""
        self._ends = True
        listener = cast(asyncio.Server, self.transport)
        with contextlib.suppress(NotImplementedError):  # the loop of Windows has no readers
            for each in listener.sockets:
                asyncio.get_running_loop().remove_reader(each.fileno())
        await self._settle()  # what was taken until now; asyncio would leave it open when the listener is closed
        await cast("Callable[[], Awaitable[None]]", self.shutdown)()
        for transport in list(self._transports):
            transport.abort()
        await self._settle()

    @staticmethod
    async def _settle() -> None:
        for _ in range(LOOP_TURNS):
            await asyncio.sleep(0)


class RegisterServer:
    """A Modbus TCP server for one PLC; its event loop has a thread of its own.

    Args:
        host: Address to listen at.
        port: TCP port.
        unit_id: The unit identifier that is answered.
        blocks: First register and number of registers of what is there.
        requests: Who answers.
    """

    def __init__(
        self, host: str, port: int, unit_id: int, blocks: Sequence[tuple[int, int]], requests: Requests
    ) -> None:
        self._address = (host, port)
        self._requests = requests
        data = [SimData(first, count=n, values=0, datatype=DataType.REGISTERS) for first, n in sorted(blocks)]
        self._device = SimDevice(unit_id, data, action=self._act)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._stop = asyncio.Event()

    def start(self) -> None:
        """Listen.

        Raises:
            LineLost: The port is taken, or the address is not one of this computer.
        """
        tried = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(tried)), name="modbus-server")
        self._thread.start()
        tried.wait()
        if self._server is None:
            self.close()
            host, port = self._address
            message = f"the station cannot listen for the PLC at {host}:{port}"
            raise LineLost(message, "Check modbus.listen_host, modbus.port, and who else uses this port")

    def drop(self) -> None:
        """End the connection; another may come."""
        if self._loop is not None and self._server is not None:
            self._loop.call_soon_threadsafe(self._server.drop)

    def close(self) -> None:
        """End everything."""
        if self._thread is not None:
            if self._loop is not None and self._server is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._thread = self._loop = self._server = None

    async def _main(self, tried: threading.Event) -> None:
        server = _Server(self._device, self._address, self._requests)
        try:
            if not await server.listen():
                return
            self._loop, self._server = asyncio.get_running_loop(), server
        finally:
            tried.set()
        await self._stop.wait()
        await server.end()

    async def _act(
        self,
        function: int,
        start: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """One request: pymodbus reads from and writes into `registers`, which begin at `start`."""
        if function == READ:
            words = self._requests.read(address, count)
            if words is None:
                return ExcCodes.ILLEGAL_ADDRESS
            registers[address - start : address - start + count] = words
            return None
        try:
            taken = self._requests.write(address, [int(value) for value in values or []])
        except ValueError:
            return ExcCodes.ILLEGAL_VALUE
        return None if taken else ExcCodes.ILLEGAL_ADDRESS
