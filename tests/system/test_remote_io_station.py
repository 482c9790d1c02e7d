# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole station on an I/O module: real processes, a real Modbus server, the camera triggered by wire."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inspector.clock import SystemClock
from inspector.config import load_config
from inspector.line.plant.belt import BeltEvent, EdgeHappened
from inspector.line.plant.camera_line import CameraLine
from inspector.line.plant.feed import Feed
from inspector.line.plant.raw_belt import RawBelt
from inspector.line.plant.scenes import read_scenes
from inspector.line.plant.truth import FILE, TruthLog
from tests.io_module import IoModule, module_settings, points
from tests.rig import StationRig, until

PARTS = 5
HOLD_MS = 1_000
TABLES = {
    "line": {"backend": "remote-io", "tracking": "station"},
    # Times that a busy computer keeps; on a slow belt a reading may take 80 ms.
    "tracking": {"inputs_lost_ms": 1_000, "output_hold_ms": HOLD_MS, "max_rate_ppm": 24, "speed_mm_s": 50.0},
    "remote_io": {"timeout_ms": 500},
}


def toml(value: Any) -> str:
    """An inline TOML value."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


def table(name: str, values: Mapping[str, Any]) -> str:
    return f"\n{name}\n" + "".join(f"{key} = {toml(value)}\n" for key, value in values.items())


def codes(rig: StationRig) -> set[str]:
    return {reason["code"] for reason in rig.status()["reasons"]}


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_shift_on_an_io_module(tmp_path: Path) -> None:
    rig = StationRig(tmp_path / "station", rate_ppm=22, parts=PARTS)
    with IoModule(time_ms=HOLD_MS) as module:
        settings = rig.directory / "station.toml"
        text = settings.read_text() + "".join(table(f"[{name}]", values) for name, values in TABLES.items())
        by_hand = "A. Smith, 2026-11-20"
        text += table("[[remote_io.modules]]", module_settings(module.port, verified_by=by_hand))
        text += "".join(table("[[remote_io.points]]", point) for point in points())
        settings.write_text(text)
        with rig:
            until((rig.directory / "run" / "simulator" / "cam1" / "scenes.json").exists, "pictures")
            config = load_config(rig.directory)
            assert config.plant is not None
            scenes = read_scenes(rig.directory, config)
            feed = Feed(config.plant.seed, len(scenes), config.plant.rate_ppm, config.plant.faults)
            camera = CameraLine(rig.directory / "run" / "simulator-cam1.json")
            truth = TruthLog(rig.directory / "run" / FILE, scenes)

            def happened(event: BeltEvent) -> None:
                truth.write(event)
                if isinstance(event, EdgeHappened):
                    camera.pulse(event.t_ns, event.item)

            try:
                module.wire(RawBelt(config.plant, config.tracking, SystemClock(), feed), happened)
                rig.wait_ready_to_open()
                rig.open_shift()
                rig.wait_parts(PARTS)
                rig.wait_line_quiet()
                module.belt.faults.emergency_stop = True
                until(lambda: "EMERGENCY_STOP" in codes(rig), "the emergency stop")
                module.belt.faults.emergency_stop = False
                rig.wait_ready()
                assert rig.close_shift()["sealed"] == "sealed"
                rig.stop()
            finally:
                module.wire(module.belt, lambda event: None)
                camera.close()
                truth.close()
    verdicts = rig.check_promises()
    assert verdicts["PASS"] > 0
    assert [record["line"] for record in rig.records("shift-open")] == [{"backend": "remote-io", "simulated": False}]
    warnings = [text for record in rig.records("state") for text in record["reasons"] if by_hand in text]
    assert len(warnings) == 1
    stopped = ["EMERGENCY_STOP: the belt's emergency stop is active"]
    said = [(record["state"], record["reasons"]) for record in rig.records("state")]
    assert ("ready", []) in said[said.index(("not-ready", stopped)) + 1 :]
