# SPDX-License-Identifier: AGPL-3.0-or-later
"""The belt as plain inputs and one output, for a station that follows the parts itself: sensors, encoder, PASS valve.

Positions are in whole micrometres and times in nanoseconds, so that the same orders give the same belt on every
computer. Between two changes of speed the next moment at which anything changes is calculated, not searched.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from inspector.clock import Clock
from inspector.config import PlantSettings, TrackingSettings
from inspector.line.input_watch import InputsRead
from inspector.line.plant.belt import BeltEvent, EdgeHappened, LaneReached
from inspector.line.plant.feed import Disturbance, Feed, Item
from inspector.part import Confirmed

HELD_UP_NS = 200_000_000
"""A simulator that was held up for longer has held up its belt too."""
TOUCHING_UM = 1_000
LEAD_IN_UM = 20_000
BOUNCE_NS = 200_000


@dataclass(frozen=True, slots=True)
class Sensed:
    """The inputs were read, or one of them has changed."""

    read: InputsRead


@dataclass(slots=True)
class BeltFaults:
    """What is wrong with the machine; may be changed at any time.

    Attributes:
        part_sensor: Stuck at this level.
        good_lane: The same for the sensor of the good lane.
        reject_lane: The same for that of the reject lane.
        bounces: So many times the part-present sensor opens again after an edge, 0.2 ms each.
        encoder_scale: Slip: counts per true count.
        encoder_stuck: The encoder does not count.
        encoder_channel_lost: It counts up and down by one.
        encoder_unread: Its module does not answer.
        valve_dead: The gate stays at its rest position.
        gate_slow_ms: The gate takes so much longer to move.
        bounce_back: What goes to the reject lane passes the sensor of the good lane as well.
        emergency_stop: The input of that name, as the next two.
        bin_full: See above.
        air_low: See above.
    """

    part_sensor: bool | None = None
    good_lane: bool | None = None
    reject_lane: bool | None = None
    bounces: int = 0
    encoder_scale: float = 1.0
    encoder_stuck: bool = False
    encoder_channel_lost: bool = False
    encoder_unread: bool = False
    valve_dead: bool = False
    gate_slow_ms: int = 0
    bounce_back: bool = False
    emergency_stop: bool = False
    bin_full: bool = False
    air_low: bool = False


@dataclass(slots=True)
class _OnBelt:
    plc_count: int
    start_um: int  # position of the belt at which its head is at the sensor
    item: Item
    lane: Confirmed | None = None
    reached: bool = False


class RawBelt:
    """Parts between the sensor and the lanes, the gate and the watchdog of its output.

    Args:
        settings: `[plant]`.
        tracking: `[tracking]`: where sensor, gate and lanes are.
        clock: System or simulated time.
        feed: The row of parts.
        plc_count: Number of the last part before this start; the machine itself counts nothing.
        fed: Parts already fed in this run.

    Attributes:
        faults: What is wrong with the machine.
    """

    def __init__(
        self,
        settings: PlantSettings,
        tracking: TrackingSettings,
        clock: Clock,
        feed: Feed,
        plc_count: int = 0,
        fed: int = 0,
    ) -> None:
        self._settings, self._tracking = settings, tracking
        self._clock, self._feed = clock, feed
        self.plc_count, self.fed = plc_count, fed
        self.faults = BeltFaults()
        self.watchdog_tripped = True  # outputs are safe until the first heartbeat
        self._ready = False
        self._now_ns = self._heard_ns = clock.monotonic_ns()
        self._output = self._gate_open = False
        self._gate_moves: deque[tuple[int, bool]] = deque()
        self._length_um = round(settings.part_length_mm * 1000)
        self._gate_um = round(tracking.gate_mm * 1000)
        reject_um = round(tracking.reject_lane_mm * 1000)
        good_um = round(tracking.good_lane_mm * 1000) or reject_um
        self._lane_um = {Confirmed.GOOD_LANE: good_um, Confirmed.REJECT_LANE: reject_um}
        self._um = 0
        self._speed_um_s = round(tracking.speed_mm_s * 1000)
        self._from = (self._now_ns, 0)  # since when, and from where, the belt has had its speed
        self._encoder_um = 0.0
        self._next_part_um = LEAD_IN_UM
        self._next_scan_ns = self._now_ns
        self._parts: list[_OnBelt] = []
        self._bounces_ns: deque[int] = deque()
        self._told: InputsRead | None = None

    @property
    def ready(self) -> bool:
        """Whether the line allows parts."""
        return self._ready and not self.watchdog_tripped

    @property
    def finished(self) -> bool:
        """Whether every part that was asked for has been fed and has left the belt."""
        return self._all_fed and not self._parts

    @property
    def empty(self) -> bool:
        """Whether no part is on the belt."""
        return not self._parts

    @property
    def under_sensor(self) -> int | None:
        """Count of the part that covers the part-present sensor."""
        covers = (part for part in self._parts if 0 <= self._um - part.start_um < self._length_um)
        return next((part.plc_count for part in covers), None)

    def heartbeat(self, ready: bool) -> None:
        """The line process lives."""
        self._heard_ns = self._clock.monotonic_ns()
        self.watchdog_tripped = False
        self._ready = ready

    def output(self, energised: bool) -> None:
        """Switch the PASS output, unless the watchdog holds it."""
        self._switch(energised and not self.watchdog_tripped, self._now_ns)

    def set_speed(self, mm_s: float) -> None:
        """Change the speed of the belt; 0 stops it, below 0 it runs back."""
        self._from = (self._now_ns, self._um)
        self._speed_um_s = round(mm_s * 1000)

    def step(self) -> list[BeltEvent | Sensed]:
        """Everything that happened up to now, in order."""
        now = self._clock.monotonic_ns()
        self._stand_still(now - self._now_ns - HELD_UP_NS)
        if now - self._heard_ns > self._tracking.output_hold_ms * 1_000_000:
            self.watchdog_tripped, self._ready = True, False
            self._switch(False, self._now_ns)
        events: list[BeltEvent | Sensed] = []
        while True:
            at_ns = self._next_change_ns()
            if at_ns > now:
                break
            events += self._advance(at_ns)
        self._move(now)
        return events

    def next_ns(self) -> int:
        """When something happens by itself."""
        return self._next_change_ns()

    @property
    def _all_fed(self) -> bool:
        return 0 < self._settings.parts <= self.fed

    @property
    def _feeds(self) -> bool:
        return not self._all_fed and (self._settings.feed == "always" or self.ready)

    def _stand_still(self, held_up_ns: int) -> None:
        """Take time off the belt that its simulator did not have."""
        if held_up_ns <= 0:
            return
        self._now_ns += held_up_ns
        self._next_scan_ns += held_up_ns
        self._from = (self._from[0] + held_up_ns, self._from[1])
        self._gate_moves = deque((at_ns + held_up_ns, opens) for at_ns, opens in self._gate_moves)
        self._bounces_ns = deque(at_ns + held_up_ns for at_ns in self._bounces_ns)

    def _switch(self, energised: bool, at_ns: int) -> None:
        if energised is not self._output:
            self._output = energised
            delay_ms = self._settings.gate_delay_ms + self.faults.gate_slow_ms
            self._gate_moves.append((at_ns + delay_ms * 1_000_000, energised))

    def _next_change_ns(self) -> int:
        times = [self._next_scan_ns, *(at_ns for at_ns, _ in self._gate_moves), *list(self._bounces_ns)[:1]]
        places = [
            part.start_um + offset
            for part in self._parts
            for place in (0, *self._lane_um.values())
            for offset in (place, place + self._length_um)
        ]
        places += [part.start_um + self._gate_um for part in self._parts if part.lane is None]
        if self._speed_um_s > 0:
            if self._feeds and self._next_part_um <= self._um:
                return self._now_ns
            if self._feeds:
                places.append(self._next_part_um)
            ahead = [place for place in places if place > self._um]
            times += [self._when(min(ahead))] if ahead else []
        elif self._speed_um_s < 0:
            behind = [place - 1 for place in places if place - 1 < self._um]
            times += [self._when(max(behind))] if behind else []
        return max(self._now_ns, min(times))

    def _when(self, um: int) -> int:
        from_ns, from_um = self._from
        return from_ns - (-abs(um - from_um) * 1_000_000_000 // abs(self._speed_um_s))

    def _move(self, to_ns: int) -> None:
        from_ns, from_um = self._from
        travel_um = abs(self._speed_um_s) * (to_ns - from_ns) // 1_000_000_000
        um = from_um + (travel_um if self._speed_um_s > 0 else -travel_um)
        if not self.faults.encoder_stuck and not self.faults.encoder_channel_lost:
            self._encoder_um += (um - self._um) * self.faults.encoder_scale
        self._um, self._now_ns = um, to_ns

    def _advance(self, to_ns: int) -> list[BeltEvent | Sensed]:
        self._move(to_ns)
        while self._gate_moves and self._gate_moves[0][0] <= to_ns:
            self._gate_open = self._gate_moves.popleft()[1] and not self.faults.valve_dead
        while self._bounces_ns and self._bounces_ns[0] <= to_ns:
            self._bounces_ns.popleft()
        events: list[BeltEvent | Sensed] = []
        if self._feeds and self._speed_um_s > 0 and self._um >= self._next_part_um:
            events.append(self._put_part())
        events += self._pass_parts()
        read = self._read()
        if to_ns >= self._next_scan_ns or self._told is None or _levels(read) != _levels(self._told):
            if to_ns >= self._next_scan_ns:
                self._next_scan_ns = to_ns + self._tracking.scan_ms * 1_000_000
            self._told = read
            events.append(Sensed(read))
        return events

    def _put_part(self) -> EdgeHappened:
        item = self._feed.next()
        self.plc_count += 1
        self.fed += 1
        self._parts.append(_OnBelt(self.plc_count, self._um, item))
        nominal_um = item.gap_ns * round(self._tracking.speed_mm_s * 1000) // 1_000_000_000
        self._next_part_um = self._um + max(nominal_um, self._length_um + TOUCHING_UM)
        bounces = self.faults.bounces or (3 if item.disturbance is Disturbance.BOUNCE else 0)
        self._bounces_ns.extend(self._now_ns + (number + 1) * BOUNCE_NS for number in range(2 * bounces))
        return EdgeHappened(self.plc_count, self._now_ns, item)

    def _pass_parts(self) -> list[BeltEvent | Sensed]:
        """Let parts pass the gate and reach their lane; those that are through leave the belt."""
        events: list[BeltEvent | Sensed] = []
        for part in list(self._parts):
            travel_um = self._um - part.start_um
            if part.lane is None and travel_um >= self._gate_um:
                part.lane = Confirmed.GOOD_LANE if self._gate_open else Confirmed.REJECT_LANE
            if part.lane is None:
                continue
            lane_um = self._lane_um[part.lane]
            if not part.reached and travel_um >= lane_um:
                part.reached = True
                granted = part.lane is Confirmed.GOOD_LANE
                events.append(LaneReached(part.plc_count, self._now_ns, part.lane, granted))
            if travel_um >= max(self._lane_um.values()) + self._length_um:
                self._parts.remove(part)
        return events

    def _read(self) -> InputsRead:
        faults = self.faults
        seen = dict.fromkeys(self._lane_um, False)
        for part in self._parts:
            if part.lane is None:
                continue
            for lane in {part.lane, Confirmed.GOOD_LANE} if faults.bounce_back else {part.lane}:
                seen[lane] |= 0 <= self._um - part.start_um - self._lane_um[lane] < self._length_um
        present = any(
            0 <= self._um - part.start_um < self._length_um and part.item.disturbance is not Disturbance.EDGE_LOST
            for part in self._parts
        ) and not (len(self._bounces_ns) % 2)
        good = seen[Confirmed.GOOD_LANE] and self._tracking.good_lane_mm > 0
        return InputsRead(
            t_ns=self._now_ns,
            part=present if faults.part_sensor is None else faults.part_sensor,
            good_lane=good if faults.good_lane is None else faults.good_lane,
            reject_lane=seen[Confirmed.REJECT_LANE] if faults.reject_lane is None else faults.reject_lane,
            encoder_count=self._count(),
            running=self._speed_um_s != 0,
            emergency_stop=faults.emergency_stop,
            bin_full=faults.bin_full,
            air_low=faults.air_low,
            outputs_safe=self.watchdog_tripped,
        )

    def _count(self) -> int | None:
        bits = self._tracking.encoder_bits
        if not bits or self.faults.encoder_unread:
            return None
        count = int(self._encoder_um // (self._tracking.mm_per_count * 1000))
        if self.faults.encoder_channel_lost:
            count += self._um // 100 & 1
        return count % (1 << bits)


def _levels(read: InputsRead) -> tuple[object, ...]:
    """What is told at once when it changes; the encoder is told with each scan."""
    return (
        read.part,
        read.good_lane,
        read.reject_lane,
        read.running,
        read.emergency_stop,
        read.bin_full,
        read.air_low,
        read.outputs_safe,
    )
