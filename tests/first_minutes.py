# SPDX-License-Identifier: AGPL-3.0-or-later
"""An operator's first ten minutes with the simulated station, through the window alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gui.app import Windows
from gui.gallery.screen import GalleryScreen
from gui.gallery.tile import RejectTile
from gui.run.screen import RunScreen
from gui.shell.window import Window
from gui.shift.screen import ShiftScreen
from gui.start.known import simulated_folder
from gui.start.page import StartPage
from inspector.api.schema import Verdict
from inspector.cli.main import main

Wait = Callable[[Callable[[], bool]], None]
Picture = Callable[[str, QWidget], None]


class FirstMinutes:
    """The steps of the day, in their order.

    Args:
        windows: Of `inspector gui` without a station.
        wait: Waits until something is so, while Qt works.
        picture: Called where a picture is worth it: its name, and what to take.
    """

    def __init__(self, windows: Windows, wait: Wait, picture: Picture = lambda _name, _window: None) -> None:
        self._windows, self._wait, self._picture = windows, wait, picture
        self.folder: Path = simulated_folder()

    def all(self) -> None:
        """The whole day."""
        self.choose_the_simulated_station()
        self.log_in()
        self.open_the_shift()
        self.pass_the_challenge()
        self.see_a_reject()
        self.agree_with_the_last_reject()
        self.pull_the_cable()
        self.close_the_shift()
        self.read_the_hand_over()

    def choose_the_simulated_station(self) -> None:
        page = self._windows.front
        assert isinstance(page, StartPage)
        assert str(self.folder) in page.about.text()
        assert "as long as this window is open" in page.about.text()
        self._picture("start", page)
        click(page.try_button)
        assert not page.try_button.isEnabled()
        assert "is being made" in page.message.text()
        self._wait(lambda: isinstance(self._windows.front, Window))
        self._wait(lambda: self.run.banner.words == "SIMULATED - NO SHIFT: no shift is open - open a shift")

    def log_in(self) -> None:
        bar = self.window.log_in
        click(self.window.person_key)
        QTest.keyClicks(bar.who, "4711")
        click(bar.enter_key)
        self._wait(lambda: self.window.person.known and not bar.isVisible())

    def open_the_shift(self) -> None:
        bar = self.run.shift_bar
        QTest.keyClicks(bar.lot, "L-2041")
        click(bar.open_button)
        self._wait(lambda: "NOT READY" in self.run.banner.words and "challenge" in self.run.banner.words)

    def pass_the_challenge(self) -> None:
        click(self.window.navigation.keys["shift"])
        page = self.window.front
        assert isinstance(page, ShiftScreen)
        wizard = page.wizard
        self._wait(lambda: wizard.step.text.startswith("Nothing passes: start a challenge and show the 3 test parts"))
        click(wizard.start_key)
        self._wait(lambda: wizard.step.text.startswith("Show test part "))
        self._picture("challenge", self.window)
        self._wait(lambda: wizard.step.text.startswith("Challenge passed at "))
        click(self.window.navigation.keys["run"])
        self._wait(lambda: "RUNNING" in self.run.banner.words)

    def see_a_reject(self) -> None:
        run = self.run
        self._wait(lambda: {Verdict.PASS, Verdict.FAIL} <= set(run.strip.verdicts))
        self._wait(lambda: run.reject.shot is not None and all(v.shot is not None for v in run.live.views.values()))
        self._picture("running", self.window)

    def agree_with_the_last_reject(self) -> None:
        click(self.window.navigation.keys["gallery"])
        gallery = self.window.front
        assert isinstance(gallery, GalleryScreen)
        self._wait(lambda: any(failed(tile) for tile in gallery.tiles))
        self._picture("rejects", self.window)
        tile = next(tile for tile in gallery.tiles if failed(tile))
        assert re.match("[A-Z]{4,}", tile.words), "not the name of a defect"
        click(tile)
        agree = gallery.detail.review.keys["agree"]
        self._wait(agree.isEnabled)
        click(agree)
        self._wait(agree.isChecked)
        click(self.window.navigation.keys["run"])

    def pull_the_cable(self) -> None:
        assert main(["simulate", "--unplug", str(self.folder), "--for-s", "4"]) == 0
        words = re.compile("NOT READY: camera cam1: .*check (the )?cable", re.IGNORECASE)
        self._wait(lambda: words.search(self.run.banner.words) is not None)
        self._picture("cable", self.window)
        self._wait(lambda: "RUNNING" in self.run.banner.words)
        seen = self._parts()
        self._wait(lambda: self._parts() > seen + 3)

    def _parts(self) -> int:
        status = self.run.status
        return 0 if status is None or status.shift is None else status.shift.parts

    def close_the_shift(self) -> None:
        bar = self.run.shift_bar
        click(bar.close_button)
        QTest.keyClicks(bar.note, "the camera's cable was out")
        click(bar.sign_button)
        said = "The plant counted the same. Complete by infeed, lanes. Sealed."
        self._wait(lambda: said in bar.message.text())
        self._wait(lambda: "LEDGER 1 of 1" in self.run.facts.words)
        self._picture("sealed", self.window)
        assert QApplication.activeModalWidget() is None

    def read_the_hand_over(self) -> None:
        click(self.window.navigation.keys["shift"])
        page = self.window.front
        assert isinstance(page, ShiftScreen)
        self._wait(lambda: page.headline.text().startswith("Shift 1"))
        sealed = re.compile(r"\d+ parts, \d+ rejected\. Sealed\. On the ledger: yes, witness: none is set up")
        self._wait(lambda: sealed.fullmatch(page.seal.text()) is not None)
        said = {panel.words.title: panel.words.lines for panel in page.panels}
        assert any("PASS" in line for line in said["PARTS"])
        assert "1 \u00d7 agreed" in said["SAID OF PARTS"]
        assert page.note.isVisible() and "the camera's cable was out" in page.note.text()
        click(self.window.navigation.keys["run"])

    @property
    def window(self) -> Window:
        window = self._windows.front
        assert isinstance(window, Window)
        return window

    @property
    def run(self) -> RunScreen:
        screen = self.window.front
        assert isinstance(screen, RunScreen)
        return screen


def failed(tile: RejectTile) -> bool:
    """Whether it shows a part with a defect, and its picture."""
    return tile.shot is not None and tile.part is not None and tile.part.verdict is Verdict.FAIL


def click(key: QWidget) -> None:
    QTest.mouseClick(key, Qt.MouseButton.LeftButton)
