# SPDX-License-Identifier: AGPL-3.0-or-later
"""The camera's part of `inspector doctor`, on cameras that work and cameras that do not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from inspector.camera.doctor import Finding, Grade, examine_camera, examine_producers
from inspector.camera.features import packaged_configs
from inspector.cli.main import main
from inspector.config import CameraSettings
from tests.camera_station import viky, write_pictures


def examine(folder: Path, producer: str, features: str, serial: str = "") -> dict[str, Finding]:
    (folder / "camera.toml").write_text(features, "utf-8")
    settings = CameraSettings(name="cam1", producer=producer, serial=serial, features="camera.toml")
    return {finding.check: finding for finding in examine_camera(folder, settings)}


def test_a_good_camera_passes_every_check(tmp_path: Path) -> None:
    write_pictures(tmp_path / "run" / "simulator" / "cam1")
    before = dict(os.environ)
    findings = examine(tmp_path, "simulator", packaged_configs()["simulated"].read_text("utf-8"))
    assert list(findings) == [
        *("device", "features", "trigger", "debounce", "strobe", "lamp ready", "lamp warning"),
        *("format", "line counter", "test frame"),
    ]
    assert {finding.grade for finding in findings.values()} == {Grade.PASS}
    assert "SIMULATED" in findings["device"].text
    assert dict(os.environ) == before
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["simulator"]


def test_a_camera_without_trigger_and_timestamps_is_told_apart(tmp_path: Path) -> None:
    findings = examine(tmp_path, str(viky()), '[[features]]\nPixelFormat = "Mono8"\n', serial="0")
    assert findings["trigger"].grade is Grade.FAIL
    assert findings["line counter"].grade is Grade.WARN
    assert findings["test frame"].grade is Grade.PASS
    assert findings["timestamps"].grade is Grade.WARN


@pytest.mark.parametrize(
    ("producer", "features", "check", "text"),
    [
        ("none.cti", "[[features]]\nWidth = 1\n", "device", "no GenTL producer"),
        ("simulator", "[[features]]\nGian = 1.0\n", "features", "no feature Gian"),
        ("simulator", "[[features]]\nGain = 1000.0\n", "features", "refused"),
        ("simulator", "nonsense", "features", "TOML"),
        ("simulator", '[[features]]\nExposureTime = 10.0\nTriggerMode = "Off"\n', "test frame", "dark"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, producer: str, features: str, check: str, text: str) -> None:
    write_pictures(tmp_path / "run" / "simulator" / "cam1")
    finding = examine(tmp_path, producer, features)[check]
    assert finding.grade is Grade.FAIL
    assert text in finding.text
    assert finding.advice


def test_a_difference_is_a_warning(tmp_path: Path) -> None:
    write_pictures(tmp_path / "run" / "simulator" / "cam1")
    features = '[[features]]\noptional = true\nBalanceWhiteAuto = "Off"\n'
    settings_file = tmp_path / "camera.toml"
    settings_file.write_text(features, "utf-8")
    settings = CameraSettings(name="cam1", producer="simulator", features="camera.toml")
    warned = [f for f in examine_camera(tmp_path, settings) if f.check == "features" and f.grade is Grade.WARN]
    assert "BalanceWhiteAuto" in warned[0].text


def test_announced_producers_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENICAM_GENTL64_PATH", raising=False)
    assert examine_producers()[0].grade is Grade.WARN
    (tmp_path / "broken.cti").write_text("no library")
    monkeypatch.setenv("GENICAM_GENTL64_PATH", os.pathsep.join([str(tmp_path), str(viky().parent), "/nowhere"]))
    findings = examine_producers()
    assert [finding.grade for finding in findings] == [Grade.FAIL, Grade.PASS]
    assert "Viky" in findings[1].text


@pytest.fixture
def station(tmp_path: Path) -> Path:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery", "utf-8")
    folder = tmp_path / "station"
    assert main(["init", str(folder), "--passphrase-file", str(passphrase)]) == 0
    return folder


def test_the_command_answers_for_a_new_station(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["doctor", "--station", str(station), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["fine"]
    assert "camera cam1, test frame" in [check["what"] for check in answer["checks"]]


def test_the_command_fails_when_the_camera_does(station: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (station / "cameras" / "simulated.toml").write_text("[[features]]\nExposurTime = 1.0\n", "utf-8")
    capsys.readouterr()
    assert main(["doctor", "--station", str(station)]) == 1
    said = capsys.readouterr().out
    assert "FAIL" in said and "ExposurTime" in said and "Did you mean ExposureTime" in said
