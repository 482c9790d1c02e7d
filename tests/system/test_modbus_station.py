# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole station on a PLC: real processes, a real Modbus server or client, the camera triggered by wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspector.scenario.plc_program import PlcProgram
from tests.plc_belt import BeltPlc
from tests.plc_client import PlcClient
from tests.plc_server import PlcServer
from tests.rig import StationRig, until


def enable(plc: PlcServer | PlcClient, on: bool) -> None:
    def change(program: PlcProgram, _now_ns: int) -> None:
        program.enable = on

    plc.call(change)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("role", "parts"), [("client", 20), pytest.param("server", 16, marks=pytest.mark.long)])
def test_a_shift_on_a_plc_with_a_broken_connection_and_a_killed_line_process(
    tmp_path: Path, role: str, parts: int
) -> None:
    program = PlcProgram()
    belts: list[BeltPlc] = []

    def on_scan(now_ns: int) -> None:
        for belt in belts:
            belt.scan(now_ns)

    rig = StationRig(tmp_path / "station", rate_ppm=150, parts=parts)
    peer = PlcServer(program, on_scan=on_scan) if role == "client" else PlcClient(program, on_scan=on_scan)
    with peer as plc:
        settings = rig.directory / "station.toml"
        text = f'\n[line]\nbackend = "modbus"\n[modbus]\nrole = "{role}"\nport = {plc.port}\ntimeout_ms = 1000\n'
        settings.write_text(settings.read_text() + text)
        scenes = rig.directory / "run" / "simulator" / "cam1" / "scenes.json"
        with rig:
            until(scenes.exists, "pictures")
            belt = BeltPlc(rig.directory, program)
            plc.call(lambda _program, _now: belts.append(belt))
            try:
                rig.open_shift()
                rig.wait_parts(parts // 3)
                plc.reset()
                rig.wait_parts(parts // 2)
                rig.kill("line")
                rig.wait_parts(parts)
                rig.wait_line_quiet()
                enable(plc, False)
                until(lambda: {r["code"] for r in rig.status()["reasons"]} == {"PLC_NOT_ENABLED"}, "the PLC's pause")
                enable(plc, True)
                rig.wait_ready()
                closed = rig.close_shift()
                assert closed["sealed"] == "sealed"
                agree = closed["reconciliation"]["independent"]["established_by"]
                assert "infeed" in agree, "the PLC's own counter outlives the line process"
                assert "lanes" not in agree, "which adds up the lanes"
                rig.stop()
            finally:
                plc.call(lambda _program, _now: belts.clear())
                belt.close()
    verdicts = rig.check_promises()
    assert verdicts["PASS"] > 0
    assert [record["line"] for record in rig.records("shift-open")] == [{"backend": "modbus", "simulated": False}]
    said = [(record["state"], record["reasons"]) for record in rig.records("state")]
    paused = ("not-ready", ["PLC_NOT_ENABLED: the PLC does not enable the station"])
    assert ("ready", []) in said[said.index(paused) + 1 :]
