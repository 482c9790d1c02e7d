# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated belt behind a PLC program: the sensor counts and pulls the camera's Line0, results open the gate."""

from __future__ import annotations

from pathlib import Path

from inspector.clock import SystemClock
from inspector.config import load_config
from inspector.line.plant.belt import Belt, EdgeHappened
from inspector.line.plant.camera_line import CameraLine
from inspector.line.plant.feed import Feed
from inspector.line.plant.scenes import read_scenes
from inspector.line.plant.truth import FILE, TruthLog
from inspector.line.register_map import LaneCode, StationBit
from inspector.part import Confirmed
from inspector.scenario.plc_program import PlcProgram


class BeltPlc:
    """What the PLC does in each scan besides the handshake.

    Args:
        station: The station directory; its pictures are prepared.
        program: The PLC program.
    """

    def __init__(self, station: Path, program: PlcProgram) -> None:
        config = load_config(station)
        assert config.plant is not None
        scenes = read_scenes(station, config)
        feed = Feed(config.plant.seed, len(scenes), config.plant.rate_ppm, config.plant.faults)
        self._belt = Belt(config.plant, SystemClock(), feed)
        self._camera = CameraLine(station / "run" / f"simulator-{config.cameras[0].name}.json")
        self._truth = TruthLog(station / "run" / FILE, scenes)
        self._program = program
        self._used = 0

    def scan(self, now_ns: int) -> None:
        """One scan."""
        program = self._program
        for part, verdict in program.results[self._used :]:
            if verdict == StationBit.PASS:
                self._belt.grant(part)
        self._used = len(program.results)
        if program.station_lives:
            self._belt.heartbeat(bool(program.station_bits & StationBit.READY))
        for event in self._belt.step():
            self._truth.write(event)
            if not isinstance(event, EdgeHappened):
                code = LaneCode.GOOD if event.lane is Confirmed.GOOD_LANE else LaneCode.REJECT
                program.lane(event.plc_count, code)
                continue
            program.part(now_ns)
            assert program.part_counter == event.plc_count
            if event.item is not None:
                self._camera.pulse(event.t_ns, event.item)

    def close(self) -> None:
        """End the wire to the camera."""
        self._camera.close()
        self._truth.close()
