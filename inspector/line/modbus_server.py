# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station as Modbus TCP server: one PLC, which writes one block of registers and reads another.

One connection at a time is answered. While it writes, another one is refused, so that nobody takes the line away
from the PLC by connecting; a connection that has not written the PLC's block for the heartbeat's limit is ended, so
that a PLC that comes back after a pulled cable does not find its own half-open connection in its place.
"""

from __future__ import annotations

import ipaddress
import logging
import threading
from collections.abc import Sequence

from inspector.clock import Clock
from inspector.config import ModbusSettings
from inspector.errors import LineLost
from inspector.line.modbus import ADVICE, RegisterServer
from inspector.line.offline import Offline
from inspector.line.register_map import MAP_VERSION, PLC_BLOCK, STATION_BLOCK, block_words, pack, plc_image

log = logging.getLogger(__name__)


class ServerLink:
    """The PLC asks, the station is the server; see `PlcLink`.

    Args:
        settings: `[modbus]`.
        clock: Time.
    """

    retry_s = 0.0
    pause_s = 0.0

    def __init__(self, settings: ModbusSettings, clock: Clock) -> None:
        self._settings = settings
        self._desk = _Desk(settings, clock)
        blocks = [
            (settings.plc_address, block_words(PLC_BLOCK)),
            (settings.station_address, block_words(STATION_BLOCK)),
        ]
        self._server = RegisterServer(settings.listen_host, settings.port, settings.unit_id, blocks, self._desk)
        self._listens = False

    def open(self) -> bool:
        """See `PlcLink`: the PLC is there when it has written its block."""
        if not self._listens:
            self._server.start()
            self._listens = True
            log.info("waiting for the PLC at %s:%d", self._settings.listen_host, self._settings.port)
        return self._desk.wait(self._settings.poll_ms / 1000) is not None

    def read(self) -> list[int]:
        """See `PlcLink`; waits `poll_ms` for the next write."""
        words = self._desk.wait(self._settings.poll_ms / 1000)
        if words is None:
            raise LineLost("the PLC is not connected", ADVICE)
        return words

    def write(self, words: list[int]) -> None:
        """See `PlcLink`; the PLC's next request reads it."""
        self._desk.show(words)

    def flush(self) -> None:
        """See `PlcLink`."""
        self._desk.wait_until_read(self._settings.timeout_ms / 1000)

    def drop(self) -> None:
        """See `PlcLink`."""
        self._desk.reset()
        self._server.drop()

    def close(self) -> None:
        """See `PlcLink`."""
        self._desk.reset()
        self._server.close()
        self._listens = False


class _Desk:
    """Where the server's thread and the handshake's thread meet; see `Requests` for the server's side.

    The PLC writes the whole of its block with one request, and nothing else: its parts are of one moment.
    """

    def __init__(self, settings: ModbusSettings, clock: Clock) -> None:
        self._clock = clock
        self._lost_ms = settings.heartbeat_lost_ms
        self._high_first = settings.word_order == "high-first"
        self._plc_range = (settings.plc_address, block_words(PLC_BLOCK))
        self._station_address = settings.station_address
        rest = {"offline_reason": int(Offline.RESYNCHRONISING), "map_version": MAP_VERSION}
        self._rest = pack(STATION_BLOCK, rest, self._high_first)
        self._allowed = {ipaddress.ip_address(address) for address in settings.allow}
        self._refused = ""
        self._changed = threading.Condition()
        self._begin()

    def _begin(self) -> None:
        """A new connection: nothing of the former one is left."""
        self._connected = False
        self._plc: list[int] | None = None
        self._fresh = False
        self._station = self._rest
        self._unread = False
        self._lost = ""
        self._written_ns = 0

    # The handshake's side

    def wait(self, wait_s: float) -> list[int] | None:
        """The PLC's block, after a new write or some time; None before the first.

        Raises:
            LineLost: The connection has ended, or is silent, or what was written is not this map.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._fresh or self._lost, wait_s)
            self._fresh = False
            if self._lost:
                raise LineLost(self._lost, ADVICE)
            if self._connected and self._clock.monotonic_ns() - self._written_ns > self._lost_ms * 1_000_000:
                raise LineLost(f"the PLC has not written its registers for {self._lost_ms} ms", ADVICE)
            return self._plc

    def show(self, words: list[int]) -> None:
        """The station's block from now on."""
        with self._changed:
            self._unread = self._unread or words != self._station
            self._station = words

    def wait_until_read(self, wait_s: float) -> None:
        """Wait until the PLC has read what was shown last, or is gone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._unread or not self._connected, wait_s)

    def reset(self) -> None:
        """Forget the connection."""
        with self._changed:
            self._begin()

    # The server's side

    def admit(self, host: str) -> bool:
        """See `Requests`."""
        refusal = ""
        with self._changed:
            if self._connected or self._lost:
                refusal = "another connection is the PLC's"
            elif self._allowed and plain_address(host) not in self._allowed:
                refusal = "it is not in modbus.allow"
            else:
                self._connected, self._written_ns = True, self._clock.monotonic_ns()
        if refusal and host != self._refused:  # once, however often it tries
            log.warning("a connection from %s is refused: %s", host, refusal)
        if refusal:
            self._refused = host
        return not refusal

    def gone(self) -> None:
        """See `Requests`."""
        self._lose("the PLC ended the connection")

    def read(self, address: int, count: int) -> Sequence[int] | None:
        """See `Requests`."""
        first = address - self._station_address
        with self._changed:
            words = self._station[first : first + count] if first >= 0 else []
            if len(words) != count:
                return None
            if count == len(self._station):
                self._unread = False
                self._changed.notify_all()
            return words

    def write(self, address: int, words: Sequence[int]) -> bool:
        """See `Requests`."""
        if (address, len(words)) != self._plc_range:
            return False
        try:
            plc_image(words, self._high_first)
        except ValueError as error:
            self._lose(f"the PLC has another register map (modbus.word_order, map_version): {error}")
            raise
        with self._changed:
            if not self._connected:
                return False
            self._plc, self._fresh, self._written_ns = list(words), True, self._clock.monotonic_ns()
            self._changed.notify_all()
        return True

    def _lose(self, why: str) -> None:
        with self._changed:
            if self._connected:
                self._connected, self._lost = False, why
                self._changed.notify_all()


def plain_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as settings write it: an IPv4 address that came through an IPv6 socket is an IPv4 address."""
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
