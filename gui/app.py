# SPDX-License-Identifier: AGPL-3.0-or-later
"""Starts Qt with the run screen, and ends it in order."""

from __future__ import annotations

import logging
import signal
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


def _end_on_signals(screen: RunScreen) -> None:
    """Ctrl-C and SIGTERM close the window; the timer lets Python see them while Qt waits."""

    def end(_number: int, _frame: object) -> None:
        screen.close()

    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGTERM, end)
    poll = QTimer(screen)
    poll.timeout.connect(lambda: None)
    poll.start(SIGNAL_POLL_MS)
