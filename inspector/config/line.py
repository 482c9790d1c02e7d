# SPDX-License-Identifier: AGPL-3.0-or-later
"""The line: times, who tracks the parts, a PLC on Modbus TCP, the simulated plant."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from inspector.config.base import IpAddress, Settings

MODBUS_BLOCK = 60
"""Registers to keep for each block of the map between PLC and station, with room for what may come."""


class LineSettings(Settings):
    """`[line]`.

    Attributes:
        backend: "plant" is the simulated plant, "modbus" a PLC on Modbus TCP, "remote-io" sensors and outputs on
            Modbus TCP I/O modules.
        tracking: Who follows the parts from the sensor to the gate: "plc" the plant's controller, "hardware" a trigger
            and timing controller that rejects unless a PASS with the part's count cancels it, "station" the line
            process itself; the last only for slow lines, see `[tracking]`.
        min_gap_ms: Two edges closer than this are one part, and a bounce of the sensor.
        decide_by_ms: A verdict later than this after the edge is ignored: the part is rejected.
        confirm_by_ms: A part not seen in a lane this long after the edge has an unknown end.
        heartbeat_ms: Period of the heartbeats to the plant and from the station.
        heartbeat_lost_ms: Silence after which Ready drops; at least twice the period.
    """

    backend: Literal["plant", "modbus", "remote-io"] = "plant"
    tracking: Literal["plc", "hardware", "station"] = "plc"
    min_gap_ms: Annotated[int, Field(ge=0, le=1_000)] = 5
    decide_by_ms: Annotated[int, Field(ge=20, le=60_000)] = 700
    confirm_by_ms: Annotated[int, Field(ge=40, le=120_000)] = 3_000
    heartbeat_ms: Annotated[int, Field(ge=20, le=1_000)] = 100
    heartbeat_lost_ms: Annotated[int, Field(ge=60, le=5_000)] = 750


Millimetres = Annotated[float, Field(ge=0, le=100_000, strict=False)]
DelayMs = Annotated[float, Field(ge=0.1, le=50, strict=False)]


class TrackingSettings(Settings):
    """`[tracking]`: the belt, when the station itself follows the parts (`line.tracking = "station"`).

    Positions are those of a part's leading edge, from the part-present sensor.

    Attributes:
        on_delay_ms: The part-present sensor and the lane sensors count as on when they were on for so long.
        off_delay_ms: The same for off.
        min_length_mm: What covers the sensor for less is no part.
        min_gap_mm: A gap shorter than this is a hole in the part.
        max_length_mm: A longer part is two without a gap, or a stuck sensor: it is rejected, and Ready drops.
        encoder_bits: Width of the encoder's counter; 0: there is none, and any stop of the belt purges it.
        mm_per_count: Travel of the belt per count.
        speed_mm_s: Highest speed of the belt; without an encoder its only speed.
        reverse_tolerance_mm: The belt may jog back so far; further, and what lies on it is purged.
        stall_ms: The belt runs and the encoder does not count for so long: a fault.
        gate_mm: The reject gate.
        window_before_mm: The PASS output comes on so far before the gate.
        window_after_mm: And goes off so far behind it.
        good_lane_mm: The sensor of the good lane; 0: there is none.
        reject_lane_mm: The sensor of the reject lane.
        lane_window_mm: A lane sensor may see a part so far before or behind its place; a fault elsewhere.
        max_rate_ppm: More parts a minute drop Ready.
        scan_ms: Period of reading the inputs.
        inputs_lost_ms: Inputs not read for so long purge the belt; at least twice the period.
        bin_full_ms: The reject bin reports full for so long: Ready drops.
        air_low_ms: The ejector has no air for so long: Ready drops.
        output_hold_ms: The watchdog of the outputs lets them fall after the station was silent for so long. A part that
            follows another one within this time is rejected with it.
    """

    on_delay_ms: DelayMs = 2.0
    off_delay_ms: DelayMs = 2.0
    min_length_mm: Millimetres = 5.0
    min_gap_mm: Millimetres = 5.0
    max_length_mm: Annotated[float, Field(gt=0, le=10_000, strict=False)] = 80.0
    encoder_bits: Literal[0, 16, 32] = 32
    mm_per_count: Annotated[float, Field(gt=0, le=1_000, strict=False)] = 0.1
    speed_mm_s: Annotated[float, Field(gt=0, le=10_000, strict=False)] = 100.0
    reverse_tolerance_mm: Millimetres = 20.0
    stall_ms: Annotated[int, Field(ge=50, le=10_000)] = 500
    gate_mm: Millimetres = 100.0
    window_before_mm: Millimetres = 10.0
    window_after_mm: Millimetres = 10.0
    good_lane_mm: Millimetres = 130.0
    reject_lane_mm: Millimetres = 130.0
    lane_window_mm: Millimetres = 15.0
    max_rate_ppm: Annotated[int, Field(ge=1, le=60)] = 60
    scan_ms: Annotated[int, Field(ge=1, le=50)] = 10
    inputs_lost_ms: Annotated[int, Field(ge=20, le=1_000)] = 100
    bin_full_ms: Annotated[int, Field(ge=0, le=60_000)] = 4_000
    air_low_ms: Annotated[int, Field(ge=0, le=60_000)] = 4_000
    output_hold_ms: Annotated[int, Field(ge=40, le=5_000)] = 500

    @property
    def window_ms(self) -> float:
        """Shortest time in which the PASS output is on for one part."""
        return self.travel_ms(self.window_before_mm + self.window_after_mm)

    @property
    def pitch_mm(self) -> float:
        """Parts closer than this cannot be told apart at the lane sensors, or at a gate that is held open too long."""
        held_mm = self.speed_mm_s * self.output_hold_ms / 1000
        return max(self.window_before_mm + self.window_after_mm + held_mm, 2 * self.lane_window_mm)

    def travel_ms(self, mm: float) -> float:
        """Shortest time from the sensor to a place."""
        return mm / self.speed_mm_s * 1000


class ModbusSettings(Settings):
    """`[modbus]`: the PLC; only read when the line's backend is "modbus".

    Attributes:
        role: "client": the PLC is the Modbus server, the station reads and writes it. "server": the station listens,
            the PLC reads and writes.
        host: Address of the PLC; for a client.
        listen_host: Address that a server listens at; nothing listens off loopback unless this says so.
        allow: Addresses of which a server takes a connection; empty: of any.
        port: TCP port of the Modbus server.
        unit_id: Unit identifier of the Modbus server.
        plc_address: First holding register of the block that the PLC writes.
        station_address: First holding register of the block that the station writes.
        word_order: Order of the two registers of a 32-bit value.
        poll_ms: Pause between two reads of a client; a server looks this often without a request.
        timeout_ms: Longest wait of a client for one answer of the PLC; then the connection is given up and made anew.
        phase_ms: Longest wait for the PLC in one phase of the handshake; then a fault.
        heartbeat_ms: The station's heartbeat toggles this often.
        heartbeat_lost_ms: Ready drops when the PLC's heartbeat has not toggled for this long; at least twice the
            period. A server ends a connection that has written nothing for this long.
        results: Results that may wait for the PLC; one more is a fault.
    """

    role: Literal["client", "server"] = "client"
    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    listen_host: IpAddress = "127.0.0.1"
    allow: Annotated[list[IpAddress], Field(max_length=32)] = Field(default_factory=list)
    port: Annotated[int, Field(ge=1, le=65_535)] = 502
    unit_id: Annotated[int, Field(ge=0, le=255)] = 1
    plc_address: Annotated[int, Field(ge=0, le=65_000)] = 0
    station_address: Annotated[int, Field(ge=0, le=65_000)] = 100
    word_order: Literal["high-first", "low-first"] = "high-first"
    poll_ms: Annotated[int, Field(ge=1, le=100)] = 5
    timeout_ms: Annotated[int, Field(ge=20, le=2_000)] = 100
    phase_ms: Annotated[int, Field(ge=50, le=10_000)] = 500
    heartbeat_ms: Annotated[int, Field(ge=20, le=1_000)] = 250
    heartbeat_lost_ms: Annotated[int, Field(ge=60, le=5_000)] = 750
    results: Annotated[int, Field(ge=8, le=32)] = 16


class PlantSettings(Settings):
    """`[plant]`: the simulated plant; only there when the line's backend is "plant".

    Attributes:
        images: Folder of pictures that lie on the belt, relative to the station directory.
        rate_ppm: Parts per minute.
        parts: Parts to feed before the belt stops; 0 feeds for ever.
        part_length_mm: Length of a part; only with `line.tracking = "station"`.
        gate_delay_ms: Time that the gate takes to move; only with `line.tracking = "station"`.
        seed: Seed of the order of parts and of the faults.
        feed: "when-ready" holds the belt while the station is not Ready; "always" never does.
        decide_at_ms: Travel time from the sensor to the reject gate; with `line.tracking = "station"` the places in
            `[tracking]` are used instead.
        confirm_at_ms: Travel time from the sensor to the lane sensors; the same.
        watchdog_ms: Without a heartbeat for this long all outputs fall to their safe state; with
            `line.tracking = "station"` it is `tracking.output_hold_ms`.
        faults: Random disturbances per 1000 parts.
        disturbances: Which ones, by their names in docs/line.md; empty: all.
    """

    images: str
    rate_ppm: Annotated[int, Field(ge=1, le=3_000)] = 120
    parts: Annotated[int, Field(ge=0)] = 0
    part_length_mm: Annotated[float, Field(gt=0, le=10_000, strict=False)] = 60.0
    gate_delay_ms: Annotated[int, Field(ge=0, le=1_000)] = 30
    seed: int = 1
    feed: Literal["when-ready", "always"] = "when-ready"
    decide_at_ms: Annotated[int, Field(ge=20)] = 800
    confirm_at_ms: Annotated[int, Field(ge=20)] = 1_000
    watchdog_ms: Annotated[int, Field(ge=50)] = 750
    faults: Annotated[int, Field(ge=0, le=1_000)] = 0
    disturbances: Annotated[list[str], Field(max_length=64)] = Field(default_factory=list)
