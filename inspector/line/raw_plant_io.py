# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated plant's plain inputs and its PASS output, whose parts the line process follows itself."""

from __future__ import annotations

import logging
from collections import deque

from inspector.clock import Clock
from inspector.errors import ChannelError
from inspector.ipc import Connections, Event, EventKind, Message
from inspector.line.forcing import BeltAtRest, ForcedOutputs, HandGate
from inspector.line.input_watch import InputsRead
from inspector.line.io_monitor import IoMonitor, IoPoint
from inspector.line.plant_io import PLANT
from inspector.line.protocol import LineEvent, PlantConnection
from inspector.line.soft_tracking import SoftTracking
from inspector.line.wire import StationFacts, count_field, flag_field

log = logging.getLogger(__name__)

TRACKING = "tracking"
"""Name in the inbox for what the tracking has found out and the line process has not heard yet."""

HAND_MS = 1_000
"""The gate is never open by hand for longer at a time."""
LEVELS = ("part", "good_lane", "reject_lane", "running", "emergency_stop", "bin_full", "air_low", "outputs_safe")
POINTS = (
    *(IoPoint(name.replace("_", "-"), "input", f"message inputs: {name}") for name in LEVELS),
    IoPoint("encoder", "input", "message inputs: encoder_count", "number"),
    IoPoint("pass", "output", "message output: pass", forceable=True),
    IoPoint("ready", "output", "message heartbeat: ready"),
)


def parse_inputs(message: Message) -> InputsRead:
    """Turn an `inputs` message into a reading.

    Raises:
        ChannelError: It is none, or a field is missing or wrong.
    """
    if message.get("type") != "inputs":
        raise ChannelError(f"the plant sent a message of type {message.get('type')!r}")
    has_count = message.get("encoder_count") is not None
    return InputsRead(
        t_ns=count_field(message, "t_ns"),
        part=flag_field(message, "part"),
        good_lane=flag_field(message, "good_lane"),
        reject_lane=flag_field(message, "reject_lane"),
        encoder_count=count_field(message, "encoder_count") if has_count else None,
        running=flag_field(message, "running") if message.get("running") is not None else None,
        emergency_stop=flag_field(message, "emergency_stop"),
        bin_full=flag_field(message, "bin_full"),
        air_low=flag_field(message, "air_low"),
        outputs_safe=flag_field(message, "outputs_safe"),
    )


def raw_values(read: InputsRead) -> dict[str, int]:
    """A reading as the monitor takes it; what was not read is left out."""
    levels = {name.replace("_", "-"): getattr(read, name) for name in LEVELS}
    known = {name: int(level) for name, level in levels.items() if level is not None}
    return known if read.encoder_count is None else {**known, "encoder": read.encoder_count}


class RawPlantIO:
    """`LineIO` over the inputs of the simulated plant.

    Args:
        hub: The connections of the line process.
        tracking: Follows the parts.
        clock: Time.
    """

    backend = "plant"
    simulated = True

    def __init__(self, hub: Connections, tracking: SoftTracking, clock: Clock) -> None:
        self._hub = hub
        self._tracking = tracking
        self._clock = clock
        self.monitor = IoMonitor(POINTS)
        self._forced: ForcedOutputs = {}
        self._rest = BeltAtRest()
        self._hand = HandGate("pass", HAND_MS)
        self._outbox = hub.outbox(PLANT)
        self._connected = False
        self._found: deque[LineEvent] = deque()
        self._told = False

    def start(self) -> None:
        """See `LineIO`."""
        self._hub.connect(PLANT)

    def understand(self, event: Event) -> LineEvent | None:
        """See `LineIO`; one reading may be several events, which follow in the inbox."""
        if event.peer == PLANT:
            if event.kind is not EventKind.MESSAGE:
                self._connection(event.kind is EventKind.CONNECTED)
            else:
                try:
                    read = parse_inputs(event.message)
                    self.monitor.see(read.t_ns, raw_values(read))
                    self._rest.see(read)
                    self._find(self._tracking.inputs(read, self._clock.monotonic_ns()))
                except ChannelError as error:
                    log.error("%s", error)
                self._tell()
        elif event.peer != TRACKING:
            return None
        return self._found.popleft() if self._found else None

    def heartbeat(self, ready: bool) -> None:
        """See `LineIO`."""
        self._find(self._tracking.tick(self._clock.monotonic_ns()))
        if self._connected:
            self.monitor.see(self._clock.monotonic_ns(), {"ready": int(ready)})
            self._outbox.put({"type": "heartbeat", "ready": ready})
            self._tell(again=True)

    def grant(self, plc_count: int) -> bool:
        """See `LineIO`."""
        return self._connected and self._tracking.grant(plc_count)

    def reject(self, plc_count: int, judged: bool, defect_class: int = 0) -> None:
        """See `LineIO`; without a grant the output stays off."""

    def show(self, facts: StationFacts) -> None:
        """See `LineIO`; there is nothing to show it on."""

    def reset_faults(self) -> None:
        """See `LineIO`."""
        self._tracking.reset()

    def force_complaint(self, name: str) -> str:
        """See `LineIO`."""
        return self._rest.complaint() if self._connected else "the plant is not connected"

    def force(self, forced: ForcedOutputs) -> None:
        """See `LineIO`."""
        self.monitor.force(forced)
        self._forced = forced
        self._tell()

    def close(self) -> None:
        """See `LineIO`; the output falls before the connection does."""
        if self._connected:
            self._tracking.lost("the line process ended")
            self.force({})
            self._tell()
        self._outbox.close()

    def _connection(self, connected: bool) -> None:
        self._connected = connected
        self.monitor.lost()
        self._rest.lost()
        self._outbox.clear()
        self._found.append(PlantConnection(connected))
        self._find(self._tracking.lost("the plant was not connected"))

    def _find(self, events: list[LineEvent]) -> None:
        for event in events:
            self._found.append(event)
            self._hub.post({}, peer=TRACKING)

    def _tell(self, again: bool = False) -> None:
        """Switch the output, when it changes and with each heartbeat."""
        by_hand = self._hand.open(self._forced, not self._rest.complaint(), self._clock.monotonic_ns())
        wanted = self._tracking.pass_on or by_hand
        if again or wanted is not self._told:
            self._told = wanted
            self.monitor.see(self._clock.monotonic_ns(), {"pass": int(self._told)})
            self._outbox.put({"type": "output", "pass": self._told})
