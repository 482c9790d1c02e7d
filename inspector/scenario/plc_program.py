# SPDX-License-Identifier: AGPL-3.0-or-later
"""The PLC's side of the handshake, as a PLC programmer would write it from docs/integrator.md: one call is one scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from inspector.line.register_map import (
    LANE_SLOTS,
    MAP_VERSION,
    PLC_BLOCK,
    STATION_BLOCK,
    LaneCode,
    PlcBit,
    StationBit,
    pack,
    serial_value,
    unpack,
)

HEARTBEAT_NS = 250_000_000
LOST_NS = 750_000_000
PHASE_NS = 500_000_000
NOTHING = PlcBit(0)
VERDICTS = StationBit.PASS | StationBit.FAIL | StationBit.NO_DECISION


@dataclass
class PlcProgram:
    """Registers and program of the PLC. Most of its attributes are knobs that break it in one way each.

    Attributes:
        high_first: Word order.
        lost_ns: Silence of the station after which the outputs are safe.
        phase_ns: Longest wait for an answer to a trigger.
        beats: Knob: its heartbeat toggles.
        acks_results: Knob: it acknowledges results.
        releases_ack: Knob: it drops RESULT_ACK again.
        releases_trigger: Knob: it drops TRIGGER again.
        checks_ready: Knob: it triggers only while the station is Ready and the trigger before is over.
        resets_faults: Knob: it resets every fault of the station.
        false_ack: Knob: RESULT_ACK without a result.
        ack_id_offset: Knob: it acknowledges another id.
        map_version: Knob: version of its map.
        enable: It wants parts inspected.
        estop_ok: No emergency stop is active.
        recipe_request: The recipe that it asks for.
        serial: Serial of the part at the sensor.
        extra_bits: Knob: these bits are on.
        part_counter: Parts at the sensor.
        trigger_id: Part that the last trigger was about.
        results: (id, verdict bits) in the order in which they were acknowledged.
        refused: Parts that got no trigger because the station was not Ready, or gave no answer to it.
        station: The station's block, by name.
    """

    high_first: bool = True
    lost_ns: int = LOST_NS
    phase_ns: int = PHASE_NS
    beats: bool = True
    acks_results: bool = True
    releases_ack: bool = True
    releases_trigger: bool = True
    checks_ready: bool = True
    resets_faults: bool = True
    false_ack: bool = False
    ack_id_offset: int = 0
    map_version: int = MAP_VERSION
    enable: bool = True
    estop_ok: bool = True
    recipe_request: int = 0
    serial: str = ""
    extra_bits: PlcBit = NOTHING
    part_counter: int = 0
    trigger_id: int = 0
    results: list[tuple[int, StationBit]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    station: dict[str, int] = field(default_factory=dict)
    _bits: PlcBit = NOTHING
    _ack_id: int = 0
    _lanes: list[tuple[int, LaneCode]] = field(default_factory=list)
    _trigger_ns: int = 0
    _beat_ns: int = 0
    _station_level: bool = False
    _station_beat_ns: int = 0

    @property
    def station_bits(self) -> StationBit:
        """What the station says."""
        return StationBit(self.station.get("status", 0))

    @property
    def station_lives(self) -> bool:
        """Whether its heartbeat is heard."""
        return PlcBit.OUTPUTS_SAFE not in self._bits

    @property
    def trigger_over(self) -> bool:
        """Whether the trigger before has been answered and released."""
        return not self._bits & PlcBit.TRIGGER and not self.station_bits & StationBit.TRIGGER_ACK

    def part(self, now_ns: int, *, count: int = 1, trigger_id: int | None = None) -> bool:
        """A part at the sensor; whether it got a trigger."""
        self.part_counter += count
        ready = self.station_bits & StationBit.READY and self.station_lives and self.trigger_over
        if self.checks_ready and not ready:
            self.refused.append(self.part_counter)
            return False
        self.trigger_id = self.part_counter if trigger_id is None else trigger_id
        self._bits |= PlcBit.TRIGGER
        self._trigger_ns = now_ns
        return True

    def lane(self, part: int, code: LaneCode) -> None:
        """A lane sensor saw a part."""
        self._lanes.append((part, code))

    def written(self, words: Sequence[int]) -> None:
        """The station wrote its block."""
        self.station = unpack(STATION_BLOCK, words, self.high_first)

    def scan(self, now_ns: int) -> list[tuple[int, StationBit]]:
        """One scan; results that were taken in it."""
        before = len(self.results)
        self._heartbeats(now_ns)
        self._trigger(now_ns)
        self._result()
        if self.resets_faults and self.station_bits & StationBit.FAULT:
            self._bits = (self._bits | PlcBit.RESET_FAULT) & ~(PlcBit.TRIGGER | PlcBit.RESULT_ACK)
        else:
            self._bits &= ~PlcBit.RESET_FAULT
        return self.results[before:]

    def words(self) -> list[int]:
        """The PLC's block as it would be read now."""
        bits = self._bits | self.extra_bits
        for bit, on in ((PlcBit.ENABLE, self.enable), (PlcBit.ESTOP_OK, self.estop_ok)):
            bits |= bit if on else NOTHING
        values = {
            "control": int(bits),
            "map_version": self.map_version,
            "part_counter": self.part_counter,
            "trigger_id": self.trigger_id,
            "result_ack_id": self._ack_id,
            "lane_seq": len(self._lanes),
            "recipe_request": self.recipe_request,
            "serial": serial_value(self.serial),
        }
        for number, (part, code) in list(enumerate(self._lanes))[-LANE_SLOTS:]:
            values[f"lane_{number % LANE_SLOTS}_id"] = part
            values[f"lane_{number % LANE_SLOTS}_code"] = int(code)
        return pack(PLC_BLOCK, values, self.high_first)

    def _heartbeats(self, now_ns: int) -> None:
        if self.beats and now_ns - self._beat_ns >= HEARTBEAT_NS:
            self._beat_ns = now_ns
            self._bits ^= PlcBit.HEARTBEAT
        level = bool(self.station_bits & StationBit.HEARTBEAT)
        if level != self._station_level:
            self._station_level, self._station_beat_ns = level, now_ns
        if now_ns - self._station_beat_ns > self.lost_ns:
            self._bits |= PlcBit.OUTPUTS_SAFE
        else:
            self._bits &= ~PlcBit.OUTPUTS_SAFE

    def _trigger(self, now_ns: int) -> None:
        if not self._bits & PlcBit.TRIGGER or not self.releases_trigger:
            return
        acked = self.station_bits & StationBit.TRIGGER_ACK and self.station["trigger_ack_id"] == self.trigger_id
        if not acked and now_ns - self._trigger_ns > self.phase_ns:
            self.refused.append(self.trigger_id)
            acked = StationBit.TRIGGER_ACK
        if acked:
            self._bits &= ~PlcBit.TRIGGER

    def _result(self) -> None:
        shown = bool(self.station_bits & StationBit.RESULT_VALID)
        if self.false_ack:
            self._bits |= PlcBit.RESULT_ACK
        elif shown and not self._bits & PlcBit.RESULT_ACK and self.acks_results:
            self._ack_id = self.station["result_id"] + self.ack_id_offset
            self.results.append((self.station["result_id"], self.station_bits & VERDICTS))
            self._bits |= PlcBit.RESULT_ACK
        elif not shown and self.releases_ack:
            self._bits &= ~PlcBit.RESULT_ACK
