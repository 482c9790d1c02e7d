# SPDX-License-Identifier: AGPL-3.0-or-later
"""Takes the pictures of docs/ in a real window: an operator's first ten minutes, then a day at every screen.

xvfb-run -a -s "-screen 0 1280x800x24" python -m tests.operator_pictures docs/images
"""

from __future__ import annotations

import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

SIZE = (1280, 800)
WITHIN_S = 120.0
FLAT, GREYS = 160, 40
"""A picture has so many colours: those that it shows most, and greys for what the camera saw; less than 150 kB."""
RATE_PPM = 100
"""Slow enough for each live picture to be shown."""
BEFORE_MS = {"challenge": 1_500, "rejects": 2_000, "running": 15_000, "run": 15_000}
"""The banner speaks of the challenge, too; all pictures are there; the strip shows what is usual."""
PAINTED_MS = 300
"""What was just touched is painted."""


def main() -> None:
    """Go through both, and write a picture of what is worth one into the folder that is named."""
    (folder,) = (Path(name) for name in sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="inspector-") as home:
        os.environ |= {"XDG_CONFIG_HOME": f"{home}/config", "XDG_DATA_HOME": f"{home}/data"}
        application = QApplication(["inspector"])
        first_ten_minutes(Path(home), folder)
        day(Path(home), folder)
        application.quit()


def first_ten_minutes(home: Path, folder: Path) -> None:
    """From the question which station to the hand-over, without users."""
    from gui.app import Options, Windows
    from gui.shell.settings import ScreenSettings
    from tests.first_minutes import FirstMinutes

    def picture(name: str, window: QWidget) -> None:
        QTest.qWait(BEFORE_MS.get(name, PAINTED_MS))
        if name == "running":
            wait(lambda: window.front.reject.shot is not None)
        take(window, folder / f"first-{name}.png")

    windows = Windows(Options(None, SIZE), ScreenSettings(home / "first.ini"))
    windows.begin()
    try:
        FirstMinutes(windows, wait, picture).all()
    finally:
        windows.close()
        windows.end()


def day(home: Path, folder: Path) -> None:
    """A shift with people, alarms, quality and an audit."""
    from tests.day.hands import Hands
    from tests.day.order import live_through
    from tests.day.place import Day, make_rig, window_of

    with make_rig(home / "station", RATE_PPM) as rig:
        rig.wait_ready_to_open()
        with window_of(rig, SIZE, home / "day.ini") as window:
            wait(lambda: window.front.status is not None)

            def picture(name: str) -> None:
                QTest.qWait(BEFORE_MS.get(name, PAINTED_MS))
                take(window, folder / ("run-screen.png" if name == "run" else f"day-{name}.png"))

            live_through(Day(rig, window, Hands(window, wait), wait, picture))


def take(window: QWidget, file: Path) -> None:
    """Write what the display shows of a window, as it is there, with few colours."""
    place = window.geometry()
    shown = window.screen().grabWindow(0, place.x(), place.y(), place.width(), place.height())
    few_colours(Image.open(io.BytesIO(png_of(shown))).convert("RGB")).save(file, "PNG", optimize=True)
    print(f"{file}  {file.stat().st_size // 1000} kB")


def few_colours(picture: Image.Image) -> Image.Image:
    """The same with a palette. One that is averaged would turn rare colours, which matter here, into others."""
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    flat = [colour for _count, colour in counted if isinstance(colour, tuple) and len(set(colour)) > 1][:FLAT]
    greys = [(grey, grey, grey) for grey in (round(255 * step / (GREYS - 1)) for step in range(GREYS))]
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in (*flat, *greys) for channel in colour])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def png_of(shown: QPixmap) -> bytes:
    """Its bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    shown.save(buffer, "PNG")
    return bytes(buffer.data().data())


def wait(condition: Callable[[], bool]) -> None:
    """Let Qt work until something is so."""
    until = time.monotonic() + WITHIN_S
    while not condition():
        if time.monotonic() > until:
            seen = Path(tempfile.gettempdir()) / "operator-pictures-failed.png"
            QApplication.primaryScreen().grabWindow(0).save(str(seen))
            raise AssertionError(f"the station does not get there, see {seen}; is the computer busy?")
        QTest.qWait(20)


if __name__ == "__main__":
    main()
