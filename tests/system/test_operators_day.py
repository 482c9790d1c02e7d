# SPDX-License-Identifier: AGPL-3.0-or-later
"""An operator's first ten minutes on the real station with the simulated camera, through the run screen alone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.run.screen import RunScreen
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from inspector.api.schema import Verdict
from tests.rig import StationRig

WAIT_MS = 60_000


@pytest.mark.timeout(300)
def test_a_shift_from_the_screen(tmp_path: Path, qtbot: QtBot) -> None:
    def until(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=WAIT_MS)

    rig = StationRig(tmp_path / "station", rate_ppm=200)
    bridge = Bridge(tmp_path / "station")
    screen = RunScreen(bridge, Person(bridge))
    screen.resize(1280, 800)
    screen.show()
    bridge.start()
    bar = screen.shift_bar
    until(lambda: "NO CONNECTION: no station runs" in screen.banner.words)
    rig.start()
    until(lambda: screen.banner.words == "SIMULATED - NO SHIFT: no shift is open - open a shift")

    qtbot.keyClicks(bar.lot, "L-77")
    qtbot.keyClicks(bar.operator, "4711")
    qtbot.mouseClick(bar.open_button, Qt.MouseButton.LeftButton)
    until(lambda: "RUNNING" in screen.banner.words)
    until(lambda: {Verdict.PASS, Verdict.FAIL} <= set(screen.strip.verdicts))
    until(lambda: all(view.shot is not None for view in screen.live.views.values()) and screen.reject.shot is not None)
    assert "LOT L-77" in screen.facts.words

    rig.kill("camera-cam1")
    until(lambda: "NOT READY: camera cam1" in screen.banner.words)
    until(lambda: "RUNNING" in screen.banner.words)
    rig.kill("api")
    until(lambda: "NO CONNECTION" in screen.banner.words)
    until(lambda: "RUNNING" in screen.banner.words)
    until(lambda: len(screen.strip.verdicts) > 20)

    qtbot.mouseClick(bar.close_button, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(bar.signer, "4711")
    qtbot.mouseClick(bar.sign_button, Qt.MouseButton.LeftButton)
    until(lambda: "The plant counted the same. Complete by infeed, lanes. Sealed." in bar.message.text())
    until(lambda: "LEDGER 1 of 1 anchored" in screen.facts.words)
    assert QApplication.activeModalWidget() is None
    rig.wait_line_quiet()
    screen.close()
    bridge.close()
    rig.stop()
    rig.check_promises()
    screen.deleteLater()
