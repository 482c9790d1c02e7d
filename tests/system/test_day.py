# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole day at a running station, with fingers on its window: every screen has its step, and the day verifies."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.screens import SCREENS
from inspector.cli.main import main
from tests.day.hands import Hands
from tests.day.order import STEPS, live_through
from tests.day.place import Day, make_rig, window_of

RATE_PPM = 240
WAIT_MS = 60_000


def test_every_screen_has_its_step() -> None:
    assert {step.screen for step in STEPS} == set(SCREENS)


@pytest.mark.long
@pytest.mark.timeout(400)
def test_a_day_at_every_screen(tmp_path: Path, qtbot: QtBot, capsys: pytest.CaptureFixture[str]) -> None:
    def wait(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=WAIT_MS)

    with make_rig(tmp_path / "station", RATE_PPM) as rig:
        rig.wait_ready_to_open()
        with window_of(rig, (1280, 800), tmp_path / "screen.ini") as window:
            wait(lambda: window.front.status is not None)
            live_through(Day(rig, window, Hands(window, wait), wait, lambda _name: None))
            assert QApplication.activeModalWidget() is None
        rig.wait_line_quiet()
    rig.check_promises()
    capsys.readouterr()
    assert main(["verify", "--station", str(rig.directory)]) == 0
    assert capsys.readouterr().out.startswith("VERIFIED")
