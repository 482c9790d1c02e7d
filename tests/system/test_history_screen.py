# SPDX-License-Identifier: AGPL-3.0-or-later
"""An auditor's visit: a part is found by its serial, seen, judged again, checked and taken along, on a real station."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.history.screen import HistoryScreen
from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.window import Window
from gui.trends.screen import TrendsScreen
from inspector.api.client import ApiClient
from inspector.cli.main import main
from tests.rig import StationRig, until

WAIT_MS = 60_000
PARTS = 6


@pytest.mark.timeout(300)
def test_a_part_is_found_seen_judged_again_checked_and_taken_along(tmp_path: Path, qtbot: QtBot) -> None:
    def wait(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=WAIT_MS)

    def press(key: str) -> str:
        """Press a key of the part, and wait for what comes of it."""
        wait(page.keys[key].isEnabled)
        qtbot.mouseClick(page.keys[key], Qt.MouseButton.LeftButton)
        wait(lambda: screen.job is not None and screen.job.state.value != "running")
        return page.message.text()

    rig = StationRig(tmp_path / "station", parts=PARTS)
    with rig:
        rig.wait_ready_to_open()
        with ApiClient(rig.directory) as client:
            until(lambda: client.status().state.value == "IDLE", "an api that has found the station")
            client.open_shift("L-7", "anna")
            rig.wait_parts(PARTS)
            rig.wait_line_quiet()
            client.close_shift("anna")
            part = next(one for one in client.parts() if one.verdict == "FAIL" and one.serial is not None)
        rig.wait_anchored()

        bridge = Bridge(rig.directory)
        window = Window(bridge, SCREENS)
        window.resize(1280, 800)
        window.show()
        bridge.start()
        wait(lambda: window.screens["history"].status is not None)
        screen = window.screens["history"]
        assert isinstance(screen, HistoryScreen)
        page = screen.page
        window.person.log_in("eve", "", lambda _answer: None)
        qtbot.mouseClick(window.navigation.keys["history"], Qt.MouseButton.LeftButton)
        wait(lambda: screen.results.rows[PARTS - 1].part is not None)
        assert not screen.results.older_key.isEnabled()
        assert not page.keys["replay"].isEnabled()

        qtbot.keyClicks(screen.search.serial, str(part.serial))
        qtbot.keyPress(screen.search.serial, Qt.Key.Key_Return)
        wait(lambda: page.record is not None and page.picture.shot is not None)
        assert page.part is not None and page.part.seq == part.seq
        assert page.head.accessibleName() == f"FAIL {part.serial}"
        assert "sealed signed, in the ledger" in page.facts.words
        assert "reject lane" in page.facts.words and "L-7, 1" in page.facts.words
        qtbot.mouseClick(page.record_key, Qt.MouseButton.LeftButton)
        assert page.shows_text
        assert page.record is not None and page.text.shown == page.record.bytes[: len(page.text.shown)]

        assert "the same, FAIL" in press("replay")
        assert press("verify").startswith(("VERIFIED", "COULD NOT CHECK"))
        words = press("proof")
        (exported,) = (rig.directory / "exports").iterdir()
        assert exported.name in words
        key = (rig.directory / "keys" / "station.pub").read_text().strip()
        assert main(["verify", str(exported), "--serial", str(part.serial), "--key", key, "--json"]) == 0
        assert QApplication.activeModalWidget() is None

        qtbot.mouseClick(window.navigation.keys["trends"], Qt.MouseButton.LeftButton)
        trends = window.screens["trends"]
        assert isinstance(trends, TrendsScreen)
        wait(lambda: trends.places.map is not None)
        assert f"of {PARTS} parts" in trends.yields.title.text()
        assert sum(number for _, number in trends.pareto.bars) >= 1
        window.close()
        window.deleteLater()
