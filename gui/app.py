# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts Qt with the run screen, and ends it in order."""

from __future__ import annotations

import logging
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gui.bridge import Bridge
from gui.run_screen import RunScreen

log = logging.getLogger(__name__)

SIGNAL_POLL_MS = 200


@dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes:
        station: The station directory.
        size: Width and height of the window, pixels; None fills the screen.
        screenshot: Write a picture of the window here and end.
        after_s: When to write it, seconds after the start.
    """

    station: Path
    size: tuple[int, int] | None = None
    screenshot: Path | None = None
    after_s: float = 5.0


def run_app(options: Options) -> int:
    """Show the run screen until the window is closed.

    Returns:
        0, or 1 if the screenshot could not be written.
    """
    _forget_foreign_plugins()
    app = QApplication.instance() or QApplication(["inspector"])
    bridge = Bridge(options.station)
    screen = RunScreen(bridge)
    failed = False

    def shoot() -> None:
        nonlocal failed
        failed = not screen.grab().save(str(options.screenshot), "PNG")
        if failed:
            log.error("the screenshot cannot be written to %s", options.screenshot)
        screen.close()

    _end_on_signals(screen)
    if options.size is None:
        screen.showMaximized()
    else:
        screen.resize(*options.size)
        screen.show()
    bridge.start()
    if options.screenshot is not None:
        QTimer.singleShot(round(options.after_s * 1000), shoot)
    app.exec()
    bridge.close()
    return 1 if failed else 0


def _forget_foreign_plugins() -> None:
    """OpenCV's wheel points Qt to plugins of its own, which belong to another Qt."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in os.environ.get(name, ""):
            del os.environ[name]


def _end_on_signals(screen: RunScreen) -> None:
    """Ctrl-C and SIGTERM close the window, from a timer: Python may see them in the middle of painting."""
    asked = threading.Event()

    def note(_number: int, _frame: object) -> None:
        asked.set()

    def look() -> None:
        if asked.is_set():
            screen.close()

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    poll = QTimer(screen)
    poll.timeout.connect(look)
    poll.start(SIGNAL_POLL_MS)
