# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts Qt with the window, and ends it in order."""

from __future__ import annotations

import logging
import os
import signal
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.window import Window

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
    """Show the screens until the window is closed.

    Returns:
        0, or 1 if the screenshot could not be written.
    """
    _forget_foreign_plugins()
    app = QApplication.instance() or QApplication(["inspector"])
    bridge = Bridge(options.station)
    window = Window(bridge, SCREENS)
    failed = False

    def shoot() -> None:
        nonlocal failed
        failed = not window.grab().save(str(options.screenshot), "PNG")
        if failed:
            log.error("the screenshot cannot be written to %s", options.screenshot)
        window.close()

    _end_on_signals(window)
    if options.size is None:
        window.showMaximized()
    else:
        window.resize(*options.size)
        window.show()
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


def _end_on_signals(window: Window) -> None:
    """Ctrl-C and SIGTERM close the window, from a timer: Python may see them in the middle of painting."""
    asked = threading.Event()

    def note(_number: int, _frame: object) -> None:
        asked.set()

    def look() -> None:
        if asked.is_set():
            window.close()

    signal.signal(signal.SIGINT, note)
    signal.signal(signal.SIGTERM, note)
    poll = QTimer(window)
    poll.timeout.connect(look)
    poll.start(SIGNAL_POLL_MS)
