# SPDX-License-Identifier: AGPL-3.0-or-later
"""The plant whose controller is a PLC program behind registers: belt, sensors and gate are those of `Plant`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from inspector.ipc import Message
from inspector.line.register_map import LaneCode, StationBit
from inspector.scenario.network import Network
from inspector.scenario.plant import Plant, Travel
from inspector.scenario.plc_program import PlcProgram
from inspector.scenario.registers import Registers
from inspector.scenario.schedule import Schedule

if TYPE_CHECKING:
    from inspector.scenario.belt import Part
    from inspector.scenario.checks import Key

PLC_SCAN_MS = 10.0
LANES = {"good": LaneCode.GOOD, "reject": LaneCode.REJECT}


class HandshakePlant(Plant):
    """What `Plant` says in messages goes into the PLC's registers; what the station writes there is what it hears.

    Args:
        schedule: Time.
        network: Connections of the other processes.
        travel: Distances.
        seed: Seed of jitter.

    Attributes:
        program: The PLC's program.
        registers: Its registers.
        trigger_id: Id that the trigger of a count gets.
    """

    def __init__(self, schedule: Schedule, network: Network, travel: Travel, seed: int) -> None:
        self.program = PlcProgram(resets_faults=False)
        self.registers = Registers(self.program.words())
        self.trigger_id: Callable[[int], int] = lambda count: count
        self._beat = False
        super().__init__(schedule, network, travel, seed)
        self._scan()

    def mend(self) -> None:
        """See `Plant`: from now on somebody resets the faults at the PLC."""
        self.program.resets_faults = True

    def trigger_of(self, part: Part, triggers: dict[Key, tuple[int, int]]) -> Key | None:
        """See `Plant`; the station says when it saw a trigger, so the count has to do."""
        if not part.edges:
            return None
        count = part.edges[-1][0]
        # A count that was given twice is that of the part that had it first.
        first = next(one for one in self.parts if one.edges and one.edges[-1][0] == count)
        found = [key for key, (known, _) in triggers.items() if known == count]
        return found[-1] if found and first is part else None

    def again(self) -> None:
        """The PLC triggers once more for its last part."""
        self.program.part(self._now_ns(), count=0)
        self._publish()

    def _put_out(self, message: Message) -> None:
        if message["type"] == "edge":
            count = int(message["plc_count"])
            self.program.part(
                self._now_ns(), count=count - self.program.part_counter, trigger_id=self.trigger_id(count)
            )
        elif message["type"] == "lane":
            self.program.lane(int(message["plc_count"]), LANES[str(message["lane"])])
        self._publish()

    def _publish(self) -> None:
        self.registers.plc = self.program.words()

    def _now_ns(self) -> int:
        return self._schedule.now_ns()

    def _scan(self) -> None:
        """One scan of the PLC."""
        self._schedule.after_ms(PLC_SCAN_MS, self._scan)
        if self.registers.station:
            self.program.written(self.registers.station)
        for count, verdict in self.program.scan(self._now_ns()):
            if verdict == StationBit.PASS:
                self._heard({"type": "grant", "plc_count": count})
        bits = self.program.station_bits
        beat = bool(bits & StationBit.HEARTBEAT)
        if beat is not self._beat:
            self._beat = beat
            self._heard({"type": "heartbeat", "ready": bool(bits & StationBit.READY)})
        self._line_ready = bool(bits & StationBit.READY)
        self._publish()
