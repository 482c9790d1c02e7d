# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 while a bundle is exported: under its name lies a whole bundle or none, never half of one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from inspector.evidence.verify.bundle import verify_bundle
from inspector.store.bundle import everything, export_bundle
from tests.proof_station import build_proof_station

KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from inspector.store.bundle import everything, export_bundle
station, output, kills = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
begun = time.perf_counter()
whole = output.with_name("whole.zip")
export_bundle(station, everything(), whole)
longest_s = 1.3 * (time.perf_counter() - begun)
moments, killed = random.Random(3), 0
for number in range(kills):
    child = os.fork()
    if child == 0:
        try:
            export_bundle(station, everything(), output, force=True)
        finally:
            os._exit(0)
    time.sleep(longest_s * (number + moments.random()) / kills)
    os.kill(child, signal.SIGKILL)
    killed += os.WIFSIGNALED(os.waitpid(child, 0)[1])
    assert not output.exists() or output.read_bytes() == whole.read_bytes(), "half a bundle under its name"
print(killed)
"""

if sys.platform != "win32":

    @pytest.mark.parametrize("kills", [12, pytest.param(300, marks=pytest.mark.long)])
    def test_kill_while_a_bundle_is_exported(tmp_path: Path, kills: int) -> None:
        station = build_proof_station(tmp_path / "station", parts=30)
        folder = tmp_path / "out"
        folder.mkdir()
        command = [sys.executable, "-c", KILLED, str(station.directory), str(folder / "F.zip"), str(kills)]
        root = Path(__file__).parents[2]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) >= 1, "no export was cut off"
        export_bundle(station.directory, everything(), folder / "F.zip", force=True)
        assert sorted(path.name for path in folder.iterdir()) == ["F.zip", "whole.zip"], "what a kill left is removed"
        assert (folder / "F.zip").read_bytes() == (folder / "whole.zip").read_bytes()
        report = verify_bundle(folder / "F.zip", expected_key=station.key.public_key)
        assert [finding.rule for finding in report.findings] == ["BYPASS-03", "PART-05"], "this station lacks a permit"
