# SPDX-License-Identifier: AGPL-3.0-or-later
"""Takes the pictures of "Your first ten minutes" in docs/operator.md, in a real window with the simulated station.

xvfb-run -a -s "-screen 0 1280x800x24" python -m tests.operator_pictures docs/images
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

SIZE = (1280, 800)
WITHIN_S = 120.0
QUALITY = 72
"""Of the JPEG: the words stay sharp, and a picture stays below 150 kB."""
BEFORE_MS = {"running": 15_000}
"""So long after the challenge the strip shows what is usual."""


def main() -> None:
    """Go through the day and write a picture of each of its steps into the folder that is named."""
    (folder,) = (Path(name) for name in sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="inspector-") as home:
        os.environ |= {"XDG_CONFIG_HOME": f"{home}/config", "XDG_DATA_HOME": f"{home}/data"}
        from gui.app import Options, Windows
        from gui.shell.settings import ScreenSettings
        from tests.first_minutes import FirstMinutes

        application = QApplication(["inspector"])
        windows = Windows(Options(None, SIZE), ScreenSettings(Path(home) / "screen.json"))
        windows.begin()

        def picture(name: str, window: QWidget) -> None:
            QTest.qWait(BEFORE_MS.get(name, 200))
            if name == "running":
                wait(lambda: window.front.reject.shot is not None)
            file = folder / f"first-{name}.jpg"
            if not window.grab().save(str(file), "JPG", QUALITY):
                raise SystemExit(f"{file} cannot be written")
            print(f"{file}  {file.stat().st_size // 1000} kB")

        try:
            FirstMinutes(windows, wait, picture).all()
        finally:
            windows.close()
            windows.end()
            application.quit()


def wait(condition: Callable[[], bool]) -> None:
    """Let Qt work until something is so."""
    until = time.monotonic() + WITHIN_S
    while not condition():
        if time.monotonic() > until:
            raise SystemExit("the station does not get there; is the computer busy?")
        QTest.qWait(50)


if __name__ == "__main__":
    main()
