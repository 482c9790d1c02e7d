# SPDX-License-Identifier: AGPL-3.0-or-later
"""A bypass with real processes: signed apart from the station, exact in its parts, gone with the process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inspector.cli.main import main
from inspector.evidence.keys import read_public_key
from inspector.evidence.verify.station import verify_station
from tests.rig import StationRig, until


def authorise(rig: StationRig, folder: Path, name: str, scope: str, parts: int) -> Path:
    """A permit as quality makes it, on a machine that has no station."""
    permit = folder / name
    words = ["bypass", "authorise", "--key", str(folder / "qa.key"), "--passphrase-file", str(folder / "passphrase")]
    words += ["--station", "rig", "--minutes", "30", "--parts", str(parts), "--scope", scope]
    assert main([*words, "--reason", "trigger cable broken", "--by", "Kim, QA", "-o", str(permit)]) == 0
    return permit


def begin(rig: StationRig, permit: Path) -> int:
    return main(["bypass", "start", str(permit), "--station", str(rig.directory), "--operator", "op-1"])


def bypassed(rig: StationRig) -> list[dict[str, Any]]:
    return [part for part in rig.records("part") if part["verdict"] == "BYPASSED"]


@pytest.mark.long
@pytest.mark.timeout(240)
def test_a_bypass_from_the_permit_to_the_auditor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "passphrase").write_text("a passphrase of quality")
    secret = ["--passphrase-file", str(tmp_path / "passphrase")]
    assert main(["bypass", "keygen", str(tmp_path / "qa.key"), *secret]) == 0
    rig = StationRig(tmp_path / "station", rate_ppm=400, faults=300, seed=9)
    public = rig.directory / "keys" / "qa.pub"
    public.write_bytes((tmp_path / "qa.key.pub").read_bytes())
    settings = rig.directory / "station.toml"
    settings.write_text(settings.read_text() + '\n[bypass]\nauthority = ["keys/qa.pub"]\n')
    with rig:
        rig.open_shift()
        rig.wait_ready()
        first = authorise(rig, tmp_path, "first.txt", "no-verdict", 3)
        assert begin(rig, first) == 0
        until(lambda: bool(rig.records("bypass-end")), "the parts are used up")
        assert begin(rig, first) == 1, "a permit is taken once"
        passed = bypassed(rig)
        assert len(passed) == 3
        assert all(view["gate"] is None for part in passed for view in part["views"]), "none of them was judged"
        assert begin(rig, authorise(rig, tmp_path, "second.txt", "all", 1000)) == 0
        until(lambda: len(bypassed(rig)) > 6, "every part passes")
        rig.kill("station")
        until(lambda: len(rig.records("bypass-end")) == 2, "the station says that the bypass is over")
        assert rig.status()["bypass"] is None
        assert begin(rig, authorise(rig, tmp_path, "third.txt", "no-verdict", 50)) == 0
        station = ["--station", str(rig.directory)]
        capsys.readouterr()
        assert main(["bypass", "status", *station]) == 0
        assert "BYPASS ends in 30 min" in capsys.readouterr().out
        assert main(["bypass", "stop", *station, "--operator", "op-2"]) == 0
        assert main(["bypass", "status", *station]) == 0
        assert "No bypass runs" in capsys.readouterr().out
        rig.stop_belt()
        rig.wait_line_quiet()
        rig.close_shift()
        rig.stop()
        verdicts = rig.check_promises()
        assert verdicts["BYPASSED"] == len(bypassed(rig))
        assert [end["why"] for end in rig.records("bypass-end")] == ["parts-used-up", "restart", "stopped"]
    accepted = {outcome["part"] for outcome in rig.records("outcome") if outcome["commanded"] == "accept"}
    assert len(accepted) >= 6
    report = verify_station(rig.directory, authorities=[read_public_key(public)])
    assert report.exit_code == 0, report.findings
    assert sum("BYPASS of" in sentence for sentence in report.statements) == 3
    permit = rig.records("bypass-start")[0]["permit"]
    (rig.directory / "documents" / permit).unlink()
    report = verify_station(rig.directory)
    assert (report.exit_code, report.first and report.first.rule) == (1, "BYPASS-03")
