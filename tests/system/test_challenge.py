# SPDX-License-Identifier: AGPL-3.0-or-later
"""Challenges with real processes: test parts over the simulated belt, through the gate and into the reject lane."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import data_samples
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shift.screen import ShiftScreen
from inspector.cli.main import main
from inspector.evidence.verify.station import verify_station
from tests.rig import StationRig, until

PLAN = "stop, call quality"


def label(*, good: bool, number: int = 0) -> tuple[str, str | None]:
    """Serial and first defect of a sample part, None of a good one."""
    parts = json.loads((data_samples.images_dir() / "labels.json").read_bytes())["parts"]
    part = [part for part in parts if part["good"] is good][number]
    return part["serial"], None if good else part["defects"][0]["class"]


def register(rig: StationRig, *parts: tuple[str, str | None]) -> None:
    """The station's set of challenge parts from its next start on."""
    text = 'format = "inspector-challenge/1"\nrecipe = "disc"\npresentations = 1\n'
    for serial, defect in parts:
        what = "good = true" if defect is None else f'class = "{defect}"'
        text += f'[[parts]]\nserial = "{serial}"\n{what}\nvalid_until = 2999-12-31\n'
    (rig.directory / "recipes" / "challenge.toml").write_text(text)


def codes(rig: StationRig) -> set[str]:
    return {reason["code"] for reason in rig.status()["reasons"]}


def start(rig: StationRig, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["challenge", "start", "--station", str(rig.directory), "--operator", "op-1"]) == 0
    assert capsys.readouterr().out.startswith("Show test part 1 of")


@contextmanager
def shift_screen(rig: StationRig) -> Iterator[ShiftScreen]:
    """The screen of the shift, in front of this station."""
    bridge = Bridge(rig.directory)
    screen = ShiftScreen(bridge, Person(bridge))
    screen.resize(1280, 800)
    screen.show()
    bridge.start()
    yield screen
    screen.left()
    screen.close()
    bridge.close()
    screen.deleteLater()


def pass_at_the_screen(screen: ShiftScreen, qtbot: QtBot) -> None:
    """Start a challenge with a finger, and follow it to its end and to the page for the hand-over."""
    wizard = screen.wizard

    def says(words: str) -> None:
        qtbot.waitUntil(lambda: wizard.step.text.startswith(words), timeout=60_000)

    qtbot.waitUntil(lambda: screen.status is not None, timeout=60_000)
    screen.entered()
    says("Nothing passes: start a challenge and show the 3 test parts")
    screen.person.log_in("op-1", "", lambda _error: None)
    qtbot.mouseClick(wizard.start_key, Qt.MouseButton.LeftButton)
    says("Show test part ")
    says("Challenge passed at ")
    assert [row[0] for row in wizard.parts.rows] == ["tick"] * 3
    qtbot.mouseClick(screen.page_key, Qt.MouseButton.LeftButton)
    said = {panel.words.title: panel for panel in screen.panels}
    qtbot.waitUntil(lambda: said["CHALLENGES"].words.lines[0].endswith("passed, 3 shown"), timeout=60_000)


def status_words(rig: StationRig, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["challenge", "status", "--station", str(rig.directory)]) == 0
    return capsys.readouterr().out


def good_lane(rig: StationRig) -> list[str]:
    return [part.image for part in rig.truth() if part.lane == "good"]


def results(rig: StationRig) -> list[dict[str, Any]]:
    return rig.records("challenge")


@pytest.mark.timeout(400)
def test_a_shift_begins_with_its_challenge_and_ends_with_one_that_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], qtbot: QtBot
) -> None:
    rig = StationRig(tmp_path / "station", rate_ppm=300)
    with (rig.directory / "station.toml").open("a") as stream:
        stream.write(f'\n[challenge]\nfile = "recipes/challenge.toml"\nreaction_plan = "{PLAN}"\n')
    shown = [label(good=False, number=1), label(good=False, number=3), label(good=True, number=1)]
    register(rig, *shown)
    with rig:
        rig.open_shift()
        until(lambda: codes(rig) == {"CHALLENGE_DUE"}, "the shift waits for its challenge")
        assert rig.truth() == []
        with shift_screen(rig) as screen:
            pass_at_the_screen(screen, qtbot)
        first = results(rig)[0]
        assert first["result"] == "passed", first["reason"]
        assert {result["serial"] for result in first["results"]} == {serial for serial, _ in shown}
        assert "last: passed" in status_words(rig, capsys)
        until(lambda: len(good_lane(rig)) >= 3, "product passes")
        rig.stop()

        register(rig, (label(good=True)[0], "dent"))
        rig.start()
        until(lambda: codes(rig) == {"CHALLENGE_DUE"}, "another set asks for another challenge")
        start(rig, capsys)
        until(lambda: len(results(rig)) == 2, "the second challenge ends")
        until(lambda: codes(rig) == {"CHALLENGE_FAILED"}, "Ready drops")
        assert PLAN in json.dumps(rig.status()["reasons"])
        assert "challenge/passed-" in status_words(rig, capsys)
        rig.wait_line_quiet()
        closed = rig.close_shift()
        rig.stop()
    rig.check_promises()
    check_counts(rig, closed)
    check_list(rig, results(rig)[1])
    check_tampering(rig)


def check_counts(rig: StationRig, closed: dict[str, Any]) -> None:
    """Test parts are no production; none of them is in the good lane; nothing is missing."""
    parts = rig.records("part")
    tests = [part for part in parts if part["purpose"] == "challenge"]
    assert closed["parts"] == len(parts) - len(tests)
    assert closed["counts"]["challenge"] == len(tests)
    assert sum(closed["counts"]["verdicts"].values()) == closed["parts"]
    assert closed["reconciliation"]["difference"] == 0
    lanes = {part.plc_count: part.lane for part in rig.truth()}
    assert "good" not in {lanes[part["plc_count"]] for part in tests}


def check_list(rig: StationRig, failed: dict[str, Any]) -> None:
    """The list holds every PASS since the first challenge was started."""
    assert failed["result"] == "failed"
    named = failed["passed_since"]
    path = rig.directory / "challenge" / named["file"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == named["sha256"]
    with path.open(newline="") as stream:
        listed = {row["record_hash"] for row in csv.DictReader(stream)}
    with closing(sqlite3.connect(rig.directory / "records.sqlite")) as database:
        stored = database.execute("SELECT bytes, hash FROM record WHERE type = 'part'").fetchall()
    production = {digest.hex(): json.loads(data) for data, digest in stored if b'"purpose":"production"' in data}
    assert listed == {digest for digest, part in production.items() if part["verdict"] == "PASS"}
    assert len(listed) == named["parts"] >= 3


def check_tampering(rig: StationRig) -> None:
    """Whoever makes a test part product, or a failure a success, is found out."""
    tampered: list[tuple[str, bytes, bytes]] = [
        ("challenge", b'"result":"failed"', b'"result":"passed"'),
        ("part", b'"purpose":"challenge"', b'"purpose":"production"'),
    ]
    with closing(sqlite3.connect(rig.directory / "records.sqlite", isolation_level=None)) as database:
        database.execute("DROP TRIGGER record_no_update")
        for kind, old, new in tampered:
            rows = database.execute("SELECT seq, bytes FROM record WHERE type = ?", (kind,)).fetchall()
            seq, data = next((seq, data) for seq, data in rows if old in data)
            database.execute("UPDATE record SET bytes = ? WHERE seq = ?", (data.replace(old, new), seq))
            report = verify_station(rig.directory)
            assert report.exit_code == 2
            assert f"record {seq}" in {finding.place for finding in report.findings}
