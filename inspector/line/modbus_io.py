# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PLC on Modbus TCP as the line process sees it, whoever of the two is the Modbus client.

One thread owns the connection and the handshake. The line process only leaves orders in a bounded queue and finds
line events in its inbox, so that a PLC that hangs holds up nobody.
"""

from __future__ import annotations

import contextlib
import logging
import queue
from dataclasses import dataclass, replace

from inspector.clock import Clock
from inspector.config import LineSettings, ModbusSettings
from inspector.errors import LineLost
from inspector.ipc import Connections, Event
from inspector.line.forcing import ForcedOutputs, forced_level
from inspector.line.handshake import Handshake, Limits
from inspector.line.io_monitor import IoMonitor
from inspector.line.io_thread import IoThread
from inspector.line.map_points import LAMPS, map_points, plc_values, station_values
from inspector.line.modbus_server import ServerLink
from inspector.line.offline import Offline
from inspector.line.plc_link import MAP_ADVICE, ClientLink, PlcLink
from inspector.line.protocol import Edge, LineEvent, PlantConnection, PlantStatus
from inspector.line.register_map import STATION_BLOCK, PlcImage, StationBit, pack, plc_image
from inspector.line.wire import StationFacts

log = logging.getLogger(__name__)

PLC = "plc"
ORDERS = 256
UNREAD = 1024
"""Events that the line process may leave unread before the connection is given up."""
FULL_S = 0.25
REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class _Order:
    part: int
    verdict: StationBit
    defect_class: int = 0


@dataclass(frozen=True, slots=True)
class _Heard:
    event: LineEvent
    awaited: bool = False


class ModbusIO:
    """`LineIO` over the four-phase handshake with a PLC.

    Args:
        hub: Whose inbox hears the PLC.
        settings: `[modbus]`.
        line: `[line]`.
        clock: Time.
        link: The way to the PLC; not given: Modbus TCP, as the settings say.
        thread: The thread that uses it.
    """

    backend = "modbus"
    simulated = False

    def __init__(
        self,
        hub: Connections,
        settings: ModbusSettings,
        line: LineSettings,
        clock: Clock,
        link: PlcLink | None = None,
        thread: IoThread | None = None,
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._limits = Limits(
            phase_ns=settings.phase_ms * 1_000_000,
            heartbeat_ns=settings.heartbeat_ms * 1_000_000,
            lost_ns=settings.heartbeat_lost_ms * 1_000_000,
            status_ns=line.heartbeat_ms * 1_000_000,
            decide_ns=line.decide_by_ms * 1_000_000,
            results=settings.results,
        )
        self._high_first = settings.word_order == "high-first"
        self._link = link or modbus_link(settings, clock)
        self.monitor = IoMonitor(map_points(settings))
        self._heard: queue.SimpleQueue[_Heard] = queue.SimpleQueue()
        self._orders: queue.Queue[_Order] = queue.Queue(ORDERS)
        self._line_process = (False, clock.monotonic_ns())
        self._facts = StationFacts()
        self._forced: ForcedOutputs = {}
        self._open: set[int] = set()  # parts for which the PLC waits, as far as the line process has heard
        self._missed = 0
        self._complaint = ""
        self._read_words: list[int] = []
        self._connected = False
        self._thread = thread or IoThread("modbus")

    def start(self) -> None:
        """See `LineIO`."""
        self._thread.start(self._work)

    def understand(self, event: Event) -> LineEvent | None:
        """See `LineIO`."""
        if event.peer != PLC:
            return None
        heard = self._heard.get()
        if isinstance(heard.event, Edge):
            if heard.awaited:
                newest = heard.event.plc_count
                self._open = {part for part in self._open if part > newest - REMEMBERED} | {newest}
        elif isinstance(heard.event, PlantConnection) or (isinstance(heard.event, PlantStatus) and heard.event.fault):
            self._open.clear()  # whatever was in flight is purged: its part rejects
        return heard.event

    def heartbeat(self, ready: bool) -> None:
        """See `LineIO`."""
        self._line_process = (ready, self._clock.monotonic_ns())

    def grant(self, plc_count: int) -> bool:
        """See `LineIO`."""
        return self._order(plc_count, StationBit.PASS)

    def reject(self, plc_count: int, judged: bool, defect_class: int = 0) -> None:
        """See `LineIO`."""
        if judged:
            self._order(plc_count, StationBit.FAIL, defect_class)
        else:
            self._order(plc_count, StationBit.NO_DECISION)

    def show(self, facts: StationFacts) -> None:
        """See `LineIO`."""
        self._facts = facts

    def reset_faults(self) -> None:
        """See `LineIO`; faults of the handshake are reset at the PLC."""

    def force_complaint(self, name: str) -> str:
        """See `LineIO`; what the PLC does with a lamp's bit is its own affair."""
        return "" if self._connected else "the PLC is not connected"

    def force(self, forced: ForcedOutputs) -> None:
        """See `LineIO`."""
        self.monitor.force(forced)
        self._forced = forced
        self._thread.nudge()

    def close(self) -> None:
        """See `LineIO`; the PLC is told that Ready is off, if it answers."""
        self._thread.close()

    def _order(self, part: int, verdict: StationBit, defect_class: int = 0) -> bool:
        if part not in self._open:
            return False
        self._open.discard(part)
        try:
            self._orders.put_nowait(_Order(part, verdict, defect_class))
        except queue.Full:
            log.error("the connection to the PLC takes no orders: part %d is rejected", part)
            return False
        self._thread.nudge()
        return True

    # Below: the thread.

    def _work(self) -> None:
        while not self._thread.closing:
            if self._heard.qsize() < UNREAD:
                self._connection()
                self._thread.wait(self._link.retry_s)
            else:
                self._thread.wait(FULL_S)
        self._link.close()

    def _connection(self) -> None:
        """One connection, from its first answer to its end."""
        handshake: Handshake | None = None
        try:
            if not self._link.open():
                return
            plc = self._image()  # before anything is written: these may be the registers of something else
            self._forget_orders()
            handshake = Handshake(self._limits, self._clock.monotonic_ns(), self._missed)
            log.info("the PLC is connected; its part counter is %d", plc.part_counter)
            self._complaint = ""
            self._connected = True
            self._tell(PlantConnection(True))
            self._serve(handshake)
        except LineLost as error:
            if handshake is not None or error.message != self._complaint:
                log.error("%s", error)
            self._complaint = error.message
        self._link.drop()
        self._connected = False
        self.monitor.lost()
        self._read_words = []
        if handshake is not None:
            self._missed = handshake.missed
            self._tell(PlantConnection(False))

    def _serve(self, handshake: Handshake) -> None:
        """Scan after scan, until closing.

        Raises:
            LineLost: The PLC does not answer, or the line process does not read.
        """
        written: list[int] = []
        offline = Offline.NONE
        while True:
            closing = self._thread.closing
            ready, heard_ns = self._line_process
            handshake.line_process(ready and not closing, heard_ns)
            handshake.show(self._shown_facts())
            now_ns = self._clock.monotonic_ns()
            plc = self._image()
            self._follow_orders(handshake)
            for event in handshake.scan(plc, now_ns):
                self._tell(event, isinstance(event, Edge) and handshake.awaits(event.plc_count))
            words = pack(STATION_BLOCK, handshake.outputs(), self._high_first)
            if words != written:
                self._link.write(words)
                written = words
                self.monitor.see(self._clock.monotonic_ns(), station_values(words, self._high_first))
            if handshake.offline is not offline:
                offline = handshake.offline
                log.log(logging.ERROR if offline.is_fault else logging.INFO, "PLC handshake: %s", offline.name)
            if closing:
                self._link.flush()
                return
            if self._heard.qsize() >= UNREAD:
                raise LineLost("the line process does not read what the PLC says", "Look at the disk of its journal")
            self._thread.wait(self._link.pause_s)  # a verdict brings the next scan forward

    def _shown_facts(self) -> StationFacts:
        now_ns, forced = self._clock.monotonic_ns(), self._forced
        warning, due = (forced_level(forced, name, now_ns) for name in LAMPS)
        facts = self._facts
        facts = facts if warning is None else replace(facts, warning=warning)
        return facts if due is None else replace(facts, challenge_due=due)

    def _image(self) -> PlcImage:
        words = self._link.read()
        try:
            image = plc_image(words, self._high_first)
        except ValueError as error:
            raise LineLost(f"the PLC serves another register map: {error}", MAP_ADVICE) from error
        if words != self._read_words:
            self._read_words = words
            self.monitor.see(self._clock.monotonic_ns(), plc_values(words, self._high_first))
        return image

    def _follow_orders(self, handshake: Handshake) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._follow(handshake, self._orders.get_nowait())

    def _follow(self, handshake: Handshake, order: _Order) -> None:
        now_ns = self._clock.monotonic_ns()
        if not handshake.decide(order.part, order.verdict, now_ns, order.defect_class):
            log.warning("the %s for part %d came after its result or a purge", order.verdict.name, order.part)

    def _forget_orders(self) -> None:
        """Verdicts for the former connection are not carried over: their parts reject."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._orders.get_nowait()

    def _tell(self, event: LineEvent, awaited: bool = False) -> None:
        self._heard.put(_Heard(event, awaited))
        self._hub.post({}, peer=PLC)


def modbus_link(settings: ModbusSettings, clock: Clock) -> PlcLink:
    """The way to the PLC that the settings name."""
    return ServerLink(settings, clock) if settings.role == "server" else ClientLink(settings)
