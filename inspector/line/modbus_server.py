# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station as Modbus TCP server: one listening socket, one PLC.

One connection at a time is answered. While it writes, another one is refused, so that nobody takes the line away
from the PLC by connecting; a connection that has not written the PLC's block for the heartbeat's limit is ended, so
that a PLC that comes back after a pulled cable does not find its own half-open connection in its place.
"""

from __future__ import annotations

import ipaddress
import logging
import select
import socket

from inspector.clock import Clock
from inspector.config import ModbusSettings
from inspector.errors import LineLost
from inspector.line.modbus_registers import Registers, take_request
from inspector.line.offline import Offline
from inspector.line.register_map import MAP_VERSION, PLC_BLOCK, STATION_BLOCK, block_words, pack, plc_image

log = logging.getLogger(__name__)

ADVICE = "Check the PLC, its cable, and [modbus] in station.toml"
CHUNK = 1024


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
        self._clock = clock
        self._poll_s = settings.poll_ms / 1000
        self._lost_ns = settings.heartbeat_lost_ms * 1_000_000
        high_first = settings.word_order == "high-first"
        rest = {"offline_reason": int(Offline.RESYNCHRONISING), "map_version": MAP_VERSION}
        self._registers = Registers(
            unit_id=settings.unit_id,
            plc_address=settings.plc_address,
            plc_words=block_words(PLC_BLOCK),
            station_address=settings.station_address,
            station=pack(STATION_BLOCK, rest, high_first),
            check=lambda words: plc_image(words, high_first),
        )
        self._allowed = {ipaddress.ip_address(address) for address in settings.allow}
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._received = bytearray()
        self._written_ns = 0
        self._refused = ""

    def open(self) -> bool:
        """See `PlcLink`: the PLC is there when it has written its block."""
        if self._listener is None:
            self._listener = self._listen()
        self._serve(self._listener, self._poll_s)
        return self._registers.plc is not None

    def read(self) -> list[int]:
        """See `PlcLink`; answers one request, or waits `poll_ms` for one."""
        if self._listener is not None:
            self._serve(self._listener, self._poll_s)
        if self._registers.plc is None:
            raise LineLost("the PLC is not connected", ADVICE)
        return self._registers.plc

    def write(self, words: list[int]) -> None:
        """See `PlcLink`; the PLC's next request reads it."""
        self._registers.show(words)

    def flush(self) -> None:
        """See `PlcLink`."""
        until_ns = self._clock.monotonic_ns() + self._settings.timeout_ms * 1_000_000
        while self._registers.unread and self._listener is not None and self._clock.monotonic_ns() < until_ns:
            self._serve(self._listener, self._poll_s)

    def drop(self) -> None:
        """See `PlcLink`."""
        if self._peer is not None:
            self._peer.close()
        self._peer = None
        self._received.clear()
        self._registers.reset()

    def close(self) -> None:
        """See `PlcLink`."""
        self.drop()
        if self._listener is not None:
            self._listener.close()
        self._listener = None

    def _listen(self) -> socket.socket:
        host, port = self._settings.listen_host, self._settings.port
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listener = socket.create_server((host, port), family=family, backlog=4)
        except OSError as error:
            message = f"the station cannot listen for the PLC at {host}:{port}: {error.strerror}"
            raise LineLost(message, "Check modbus.listen_host, modbus.port, and who else uses this port") from error
        listener.setblocking(False)
        log.info("waiting for the PLC at %s:%d", host, port)
        return listener

    def _serve(self, listener: socket.socket, wait_s: float) -> None:
        """Answer one request, if there is one within the time."""
        if self._answer():
            return
        waiting = [listener] if self._peer is None else [listener, self._peer]
        readable, _, _ = select.select(waiting, [], [], wait_s)
        if self._peer in readable:
            self._receive()
            self._answer()
        if listener in readable:
            self._accept(listener)
        if self._peer is not None and self._clock.monotonic_ns() - self._written_ns > self._lost_ns:
            message = f"the PLC has not written its registers for {self._settings.heartbeat_lost_ms} ms"
            raise LineLost(message, ADVICE)

    def _accept(self, listener: socket.socket) -> None:
        try:
            peer, address = listener.accept()
        except OSError:  # gone again before it was taken
            return
        host = str(address[0])
        refusal = ""
        if self._peer is not None:
            refusal = "another connection is the PLC's"
        elif self._allowed and plain_address(host) not in self._allowed:
            refusal = "it is not in modbus.allow"
        if refusal:
            peer.close()
            if host != self._refused:  # once, however often it tries
                log.warning("a connection from %s is refused: %s", host, refusal)
            self._refused = host
            return
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer, self._written_ns = peer, self._clock.monotonic_ns()

    def _receive(self) -> None:
        data = b""
        try:
            data = self._peer.recv(CHUNK) if self._peer is not None else b""
        except BlockingIOError:
            return
        except OSError as error:
            log.info("the connection of the PLC broke: %s", error)
        if not data:
            raise LineLost("the PLC ended the connection", ADVICE)
        self._received += data

    def _answer(self) -> bool:
        """Answer the first request that is complete; whether there was one."""
        try:
            request = take_request(self._received)
        except ValueError as error:
            raise LineLost(f"the PLC does not speak Modbus TCP: {error}", ADVICE) from error
        if request is None or self._peer is None:
            return False
        answer, wrote = self._registers.answer(request)
        if wrote:
            self._written_ns = self._clock.monotonic_ns()
        try:
            sent = self._peer.send(answer)
        except OSError:
            sent = 0
        if sent != len(answer):
            raise LineLost("the PLC does not read what the station answers", ADVICE)
        if self._registers.complaint:
            advice = "Check modbus.word_order, and map_version in the PLC"
            raise LineLost(f"the PLC has another register map: {self._registers.complaint}", advice)
        return True


def plain_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """An address as settings write it: an IPv4 address that came through an IPv6 socket is an IPv4 address."""
    address = ipaddress.ip_address(host.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
