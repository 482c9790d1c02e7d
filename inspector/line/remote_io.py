# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sensors and outputs on Modbus TCP I/O modules, whose parts the station follows itself.

One thread owns the connections. In each scan it reads all inputs, lets the tracking follow them, and switches the PASS
output; the line process only finds line events in its inbox, so that a module that hangs holds up nobody.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Mapping

from inspector.clock import Clock
from inspector.config import Config
from inspector.config.remote_io import PASS
from inspector.errors import LineLost
from inspector.ipc import Connections, Event
from inspector.line.forcing import BeltAtRest, ForcedOutputs, HandGate, forced_level
from inspector.line.io_modules import IoModules
from inspector.line.io_monitor import IoMonitor
from inspector.line.io_points import InputMap, PassPulse, monitor_points, raw_outputs
from inspector.line.io_thread import IoThread
from inspector.line.protocol import LineEvent, PlantConnection, PlantStatus
from inspector.line.soft_tracking import SoftTracking
from inspector.line.wire import Reason, StationFacts

log = logging.getLogger(__name__)

MODULES = "io"
UNREAD = 1024
"""Events that the line process may leave unread before the outputs fall."""
RECONNECT_S = 0.25
READ_WITHIN_MM = 4.0
"""The belt may move so far while the inputs are read; below what the encoder's watch takes for a jump."""
LOOK_AGAIN_MS = 1_000
SILENT = Reason("LINE_PROCESS_SILENT", "The line process does not work", "Look at its log, and at the disk")
LEFT_ON = Reason(
    "IO_OUTPUT_WRONG",
    "The PASS output was on when the module was found again: it starts with its outputs on, or has no watchdog",
    "Set the module's power-on and safe values to off, clear the belt, then reset the stop",
)


class RemoteIO:
    """`LineIO` over I/O modules.

    Args:
        hub: Whose inbox hears the line.
        config: `[line]`, `[tracking]` and `[remote_io]`.
        tracking: Follows the parts; used under the lock.
        clock: Time.
        modules: The modules; not given: on Modbus TCP, as the settings say.
        thread: The thread that uses them.
    """

    backend = "remote-io"
    simulated = False

    def __init__(
        self,
        hub: Connections,
        config: Config,
        tracking: SoftTracking,
        clock: Clock,
        modules: IoModules | None = None,
        thread: IoThread | None = None,
    ) -> None:
        self._hub = hub
        self._line = config.line
        self._scan_ns = config.tracking.scan_ms * 1_000_000
        self._slow_ns = int(READ_WITHIN_MM / config.tracking.speed_mm_s * 1e9)
        self._hold_ns = config.tracking.output_hold_ms * 1_000_000
        self._clock = clock
        self._tracking = tracking
        self._lock = threading.Lock()
        self._settings = config.remote_io
        self._modules = modules or IoModules(config.remote_io, config.tracking.output_hold_ms)
        self.monitor = IoMonitor(monitor_points(config.remote_io))
        self._inputs = InputMap(config.remote_io, config.tracking)
        self._pulse = PassPulse(config.remote_io.pass_at_most_ms)
        self._forced: ForcedOutputs = {}
        self._rest = BeltAtRest()
        self._hand = HandGate(PASS, config.remote_io.pass_at_most_ms)
        self._heard: queue.SimpleQueue[LineEvent] = queue.SimpleQueue()
        self._line_process = (False, clock.monotonic_ns())
        self._facts = StationFacts()
        self._latched: Reason | None = None
        self._serving = False
        self._beat = self._sound = False
        self._gone_ns: int | None = None
        self._complaint = ""
        self._thread = thread or IoThread("remote-io")

    def start(self) -> None:
        """See `LineIO`."""
        self._thread.start(self._work)

    def understand(self, event: Event) -> LineEvent | None:
        """See `LineIO`."""
        return self._heard.get() if event.peer == MODULES else None

    def heartbeat(self, ready: bool) -> None:
        """See `LineIO`."""
        self._line_process = (ready, self._clock.monotonic_ns())

    def grant(self, plc_count: int) -> bool:
        """See `LineIO`."""
        with self._lock:
            return self._serving and self._tracking.grant(plc_count)

    def reject(self, plc_count: int, judged: bool, defect_class: int = 0) -> None:
        """See `LineIO`; without a grant the output stays off."""

    def show(self, facts: StationFacts) -> None:
        """See `LineIO`."""
        self._facts = facts

    def reset_faults(self) -> None:
        """See `LineIO`."""
        with self._lock:
            self._latched = None
            self._tracking.reset()

    def force_complaint(self, name: str) -> str:
        """See `LineIO`."""
        if not self._serving:
            return "the I/O modules do not answer, or automatic mode is refused"
        return self._rest.complaint() if name == PASS else ""

    def force(self, forced: ForcedOutputs) -> None:
        """See `LineIO`."""
        self.monitor.force(forced)
        self._forced = forced
        self._thread.nudge()

    def close(self) -> None:
        """See `LineIO`; all outputs are switched off, if the modules answer."""
        self._thread.close()

    # Below: the thread.

    def _work(self) -> None:
        while not self._thread.closing:
            if self._heard.qsize() < UNREAD:
                self._connection()
            self._thread.wait(RECONNECT_S)

    def _connection(self) -> None:
        """One connection to all modules, from its first answer to its end."""
        connected = False
        why = "the line process ended"
        try:
            self._modules.open()
            self._look_at_outputs()
            self._modules.write({})
            self._saw_outputs({})
            log.info("the I/O modules are connected")
            self._complaint = ""
            self._tell(PlantConnection(True))
            connected = True
            self._run()
        except LineLost as error:
            why = "the I/O modules did not answer"
            if connected or error.message != self._complaint:
                log.error("%s", error)
            self._complaint = error.message
        self.monitor.lost()
        self._drop(why)
        if connected:
            self._gone_ns = self._clock.monotonic_ns()
            self._tell(PlantConnection(False))
            self._modules.off()
        self._modules.close()

    def _look_at_outputs(self) -> None:
        """A PASS output that is on, and that we did not leave on just now, was switched on by nobody."""
        if not self._modules.passes():
            return
        now_ns = self._clock.monotonic_ns()
        ours = self._modules.pass_written and self._gone_ns is not None and now_ns - self._gone_ns < self._hold_ns
        if ours or self._gone_ns is None:
            log.warning("the PASS output was still on")
        else:
            self._latch(LEFT_ON)

    def _run(self) -> None:
        """Follow the parts while everything is right, and wait while it is not; until closing."""
        self._modules.begin_events()
        while not self._thread.closing:
            heartbeat_ns = self._modules.heartbeat_ms(self._line.heartbeat_ms) * 1_000_000
            reason = self._latched or self._modules.refusal()
            if reason is None:
                reason = self._serve(heartbeat_ns)
            if reason is not None:
                if reason.message != self._complaint:
                    log.error("automatic mode is refused: %s", reason.message)
                self._complaint = reason.message
                self._drop(reason.message)
                self._hold(reason, heartbeat_ns)

    def _serve(self, heartbeat_ns: int) -> Reason | None:
        """Scan after scan; why it ended, or None when the station ends."""
        with self._lock:
            self._serving = True
        self._complaint = ""
        next_beat_ns = 0
        while not self._thread.closing:
            began_ns = self._clock.monotonic_ns()
            ready, heard_ns = self._line_process
            if began_ns - heard_ns > self._line.heartbeat_lost_ms * 1_000_000 or self._heard.qsize() >= UNREAD:
                return SILENT
            passes = self._follow(began_ns)
            if began_ns >= next_beat_ns:
                next_beat_ns = began_ns + heartbeat_ns
                if (tripped := self._modules.tripped()) is not None:
                    self._latch(tripped)
                    return tripped
                self._write(passes, ready)
            elif passes or self._modules.pass_written:
                self._modules.write_pass(passes)
                self.monitor.see(self._clock.monotonic_ns(), {PASS: int(passes)})
            self._thread.wait(max(0, began_ns + self._scan_ns - self._clock.monotonic_ns()) / 1e9)
        return None

    def _follow(self, t_ns: int) -> bool:
        """Read all inputs and follow the parts; what the PASS output has to be."""
        values = self._modules.read(self._inputs.spans)
        reading = self._inputs.reading(t_ns, values)
        self.monitor.see(t_ns, self._inputs.raw(values))
        with self._lock:
            now_ns = self._clock.monotonic_ns()
            if now_ns - t_ns <= self._slow_ns:
                events = self._tracking.inputs(reading, now_ns)
            else:  # nobody knows of which moment it is; the next one may be better
                events = self._tracking.tick(now_ns)
            wanted, sound = self._tracking.pass_on, self._tracking.fault is None
        for event in events:
            self._tell(event)
        self._sound = sound
        self._rest.see(reading)
        by_hand = self._hand.open(self._forced, not self._rest.complaint(), now_ns)
        return self._pulse.on(wanted, now_ns) or by_hand

    def _hold(self, reason: Reason, heartbeat_ns: int) -> None:
        """All outputs are off, and the line process is told why, until it is time to look again."""
        latched, self._sound = self._latched is reason, False
        until_ns = self._clock.monotonic_ns() + LOOK_AGAIN_MS * 1_000_000
        while not self._thread.closing and self._clock.monotonic_ns() < until_ns:
            if latched and self._latched is None:
                return
            self._write(False, False)
            self._look_at_inputs()
            if self._heard.qsize() < UNREAD:
                self._tell(PlantStatus(self._tracking.plc_count, watchdog_tripped=False, fault=reason))
            self._thread.wait(heartbeat_ns / 1e9)

    def _write(self, passes: bool, ready: bool) -> None:
        self._beat = not self._beat
        warns = self._facts.warning or not self._sound
        forced = forced_level(self._forced, "warning", self._clock.monotonic_ns())
        warns = warns if forced is None else forced
        ready = ready and self._sound
        on = {PASS: passes, "ready": ready, "heartbeat": self._beat, "warning": warns}
        self._modules.write(on)
        self._saw_outputs(on)

    def _saw_outputs(self, on: Mapping[str, bool]) -> None:
        self.monitor.see(self._clock.monotonic_ns(), raw_outputs(self._settings, on))

    def _look_at_inputs(self) -> None:
        """Nothing is followed now; people who look for the cause still see the inputs."""
        t_ns = self._clock.monotonic_ns()
        self.monitor.see(t_ns, self._inputs.raw(self._modules.read(self._inputs.spans)))

    def _latch(self, reason: Reason) -> None:
        with self._lock:
            self._latched = reason

    def _drop(self, reason: str) -> None:
        """Nothing that is on the belt is followed any more."""
        self._rest.lost()
        with self._lock:
            self._serving = False
            events = self._tracking.lost(f"{reason[0].lower()}{reason[1:]}")
        for event in events:
            self._tell(event)

    def _tell(self, event: LineEvent) -> None:
        self._heard.put(event)
        self._hub.post({}, peer=MODULES)
