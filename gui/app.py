# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts Qt with the window, and ends it in order."""

from __future__ import annotations

import logging
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QWidget

from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.collector import Collector, spare_what_stays
from gui.shell.settings import ScreenSettings, usual_path
from gui.shell.window import Window
from gui.start.known import remember, simulated_folder, stations_file
from gui.start.page import StartPage
from gui.start.simulated import SimulatedStation
from gui.text.languages import show_language

log = logging.getLogger(__name__)

SIGNAL_POLL_MS = 200


@dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes:
        station: The station directory; None asks which one.
        size: Width and height of the window, pixels; None fills the screen.
        screenshot: Write a picture of the window here and end.
        after_s: When to write it, seconds after the start.
        settings: What this screen keeps; None: where programs of this user keep such files.
    """

    station: Path | None
    size: tuple[int, int] | None = None
    screenshot: Path | None = None
    after_s: float = 5.0
    settings: Path | None = None


def run_app(options: Options) -> int:
    """Show the screens until the window is closed.

    Returns:
        0, or 1 if the screenshot could not be written.
    """
    _forget_foreign_plugins()
    app = QApplication.instance() or QApplication(["inspector"])
    settings = ScreenSettings(options.settings or usual_path())
    show_language(settings.language)
    windows = Windows(options, settings)
    _end_on_signals(windows)
    windows.begin()
    failed = False

    def shoot() -> None:
        nonlocal failed
        failed = not windows.save_picture(options.screenshot)
        if failed:
            log.error("the screenshot cannot be written to %s", options.screenshot)
        windows.close()

    if options.screenshot is not None:
        QTimer.singleShot(round(options.after_s * 1000), shoot)
    app.exec()
    windows.end()
    return 1 if failed else 0


class Windows(QObject):
    """The window that is open: first the question which station, where none was named, then its screens."""

    def __init__(self, options: Options, settings: ScreenSettings) -> None:
        super().__init__()
        Collector(self)
        self._settings = settings
        self._size = options.size
        self._station = options.station
        self._simulated = SimulatedStation(simulated_folder())
        self._bridge: Bridge | None = None
        self.front: QWidget | None = None

    def begin(self) -> None:
        """Show the first one."""
        if self._station is not None:
            self.show_station(self._station)
            return
        page = StartPage(stations_file(), self._simulated)
        page.chosen.connect(self.show_station)
        self._show(page)

    @Slot(object)
    def show_station(self, station: Path) -> None:
        """Show the screens of a station, and remember it for the next time."""
        remember(stations_file(), station)
        self._bridge = Bridge(station)
        self._show(Window(self._bridge, SCREENS, self._settings))
        spare_what_stays()
        self._bridge.start()

    def save_picture(self, file: Path | None) -> bool:
        """Write a PNG of what is shown; False if that is not possible."""
        return self.front is not None and self.front.grab().save(str(file), "PNG")

    def close(self) -> None:
        """Close the window."""
        if self.front is not None:
            self.front.close()

    def end(self) -> None:
        """The window is closed: what belongs to it ends, the simulated station too."""
        if self._bridge is not None:
            self._bridge.close()
        self._simulated.end()

    def _show(self, window: QWidget) -> None:
        before, self.front = self.front, window
        if self._size is None:
            window.showMaximized()
        else:
            window.resize(*self._size)
            window.show()
        if before is not None:  # after the other is open: Qt ends with the last window
            before.close()
            before.deleteLater()


def _forget_foreign_plugins() -> None:
    """OpenCV's wheel points Qt to plugins of its own, which belong to another Qt."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]


def _end_on_signals(windows: Windows) -> None:
    """Ctrl-C and SIGTERM close the window, from a timer: Python may see them in the middle of painting."""
    asked = threading.Event()

    def note(_number: int, _frame: object) -> None:
        asked.set()

    def look() -> None:
        if asked.is_set():
            windows.close()

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    poll = QTimer(windows)
    poll.timeout.connect(look)
    poll.start(SIGNAL_POLL_MS)
