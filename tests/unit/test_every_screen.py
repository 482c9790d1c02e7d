# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every registered screen, full of content, on every panel: nothing is cut off, too small, too near or too pale."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QGraphicsView, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gui.shell.keypad import Keypad
from gui.shell.window import Window
from gui.text.languages import PSEUDO, SOURCE, show_language
from gui.widgets import palette
from gui.widgets.form import Field, Label
from gui.widgets.metrics import GAP_MM, TOUCH_MM
from gui.widgets.palette import Theme
from tests.every_screen import SITUATIONS, say, scripted_window
from tests.painted import Seen, watch
from tests.panels import PANELS, Panel, on

LEAST_CONTRAST = 4.5
LEAST_CAPITALS_MM = 1.5
"""Small print on the smallest panel, in the longest language; what is needed has a test of its own."""
SAME = 1.05
"""Colours of less contrast are the same."""
LEAST_SHARE = 0.04
"""A ground has at least so much of a text's place."""
SHIFT_TASKS = ("run", "shift", "changeover", "alarms", "gallery")
"""Nothing of them may have to be scrolled to."""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    return watch(monkeypatch)


@pytest.fixture(autouse=True)
def usual_looks(qapp: object) -> Iterator[None]:
    yield
    show_language(SOURCE)
    palette.show_theme(Theme.LIGHT)


class Look:
    """A picture of the window, and what is wrong with it."""

    def __init__(self, window: Window, panel: Panel, seen: Seen) -> None:
        self.window, self.panel = window, panel
        seen.texts.clear()
        self.image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(self.image.constBits(), np.uint8)
        self.pixels = pixels.reshape(self.image.height(), -1)[:, : self.image.width() * 4]
        self.pixels = self.pixels.reshape(self.image.height(), self.image.width(), 4)[:, :, 2::-1]
        self.texts = list(seen.texts)

    def place(self, widget: QWidget) -> QRect:
        return QRect(widget.mapTo(self.window, QPoint(0, 0)), widget.size())

    def controls(self) -> list[QWidget]:
        found = (*self.window.findChildren(QAbstractButton), *self.window.findChildren(QLineEdit))
        return [one for one in found if one.isVisible() and not isinstance(one.parentWidget(), Keypad)]

    def problems(self, *, small: bool) -> list[str]:
        """Everything; `small`: also what is written very small, and not only what is cut off."""
        found = (self.sizes(), self.gaps(), self.outside(), self.words(small=small), self.overlaps(), self.pale())
        return list(itertools.chain(*found))

    def sizes(self) -> Iterator[str]:
        least = TOUCH_MM * self.panel.px_per_mm - 1
        for one in self.controls():
            if one.height() < least or (isinstance(one, QAbstractButton) and one.width() < least):
                mm = (one.width() / self.panel.px_per_mm, one.height() / self.panel.px_per_mm)
                yield f"{name_of(one)}: {mm[0]:.1f} x {mm[1]:.1f} mm"

    def gaps(self) -> Iterator[str]:
        gap = int(GAP_MM * self.panel.px_per_mm) - 1
        for first, second in itertools.combinations(self.controls(), 2):
            near = self.place(first).adjusted(-gap, -gap, gap, gap)
            if near.intersects(self.place(second)):
                yield f"{name_of(first)} and {name_of(second)}: {distance(self.place(first), self.place(second))} px"

    def outside(self) -> Iterator[str]:
        if (self.window.width(), self.window.height()) != self.panel.size:
            yield f"the window is {self.window.width()} x {self.window.height()}"
        for one in (*self.controls(), *(label for label in self.window.findChildren(QLabel) if label.isVisible())):
            if one.visibleRegion().boundingRect() != one.rect() and one.width() > 0:
                yield f"{name_of(one)} is not all in sight"

    def words(self, *, small: bool) -> Iterator[str]:
        for text in self.texts:
            mm = text.capitals / self.panel.px_per_mm
            if not text.whole:
                yield f"cut off: {text.text!r} in {name_of(text.device)}"
            elif small and mm < LEAST_CAPITALS_MM and len(text.text) > 1:
                yield f"{mm:.1f} mm: {text.text!r} in {name_of(text.device)}"
        for label in self.window.findChildren(QLabel):
            if not label.isVisible() or not label.text():
                continue
            if label.wordWrap():
                if label.heightForWidth(label.width()) > label.height():
                    yield f"cut off: {label.text()!r}"
            elif not isinstance(label, Label) and label.sizeHint().width() > label.width() + 1:
                yield f"cut off: {label.text()!r}"
        for key in self.window.findChildren(QAbstractButton):
            plain = isinstance(key, QAbstractButton) and key.isVisible() and type(key).__name__ == "QPushButton"
            if plain and key.fontMetrics().horizontalAdvance(key.text()) > key.contentsRect().width():
                yield f"cut off: key {key.text()!r}"

    def overlaps(self) -> Iterator[str]:
        leaves = [
            one
            for one in self.window.findChildren(QWidget)
            if one.isVisible() and not [child for child in one.findChildren(QWidget) if child.isVisible()]
        ]
        for first, second in itertools.combinations(leaves, 2):
            if first.window() is second.window() and self.place(first).intersects(self.place(second)):
                if not in_plot(first) and not in_plot(second) and first.height() and second.height():
                    yield f"{name_of(first)} lies over {name_of(second)}"

    def scrolls(self) -> Iterator[str]:
        for area in self.window.front.findChildren(QAbstractScrollArea):
            if area.isVisible() and not isinstance(area, QGraphicsView) and area.verticalScrollBar().maximum() > 0:
                yield name_of(area)

    def pale(self) -> Iterator[str]:
        for text in self.texts:
            if not text.device.isEnabled() or not text.device.isVisible():
                continue
            place = text.place.toRect().translated(self.place(text.device).topLeft())
            ground = self.ground(place, text.ink)
            if ground is None:
                continue
            found = palette.contrast(text.ink, ground)
            if found < LEAST_CONTRAST:
                yield f"contrast {found:.1f}: {text.text!r} in {name_of(text.device)}"
        for label in self.window.findChildren(QLabel):
            if label.isVisible() and label.text() and label.isEnabled():
                ground = self.ground(self.place(label))
                strongest = self.strongest(self.place(label), ground) if ground is not None else LEAST_CONTRAST
                if strongest < LEAST_CONTRAST:
                    yield f"contrast {strongest:.1f}: {label.text()!r}"

    def ground(self, place: QRect, ink: QColor | None = None) -> QColor | None:
        """The colour that most of a place has beside the ink; the ink itself where there is hardly another one."""
        part = self.crop(place)
        if not part.size:
            return None
        flat = part[::2, ::2].reshape(-1, 3).astype(np.uint32)
        colours, counts = np.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2], return_counts=True)
        for which in np.argsort(counts)[::-1]:
            found = QColor.fromRgb(int(colours[which]))
            if ink is None or (palette.contrast(found, ink) > SAME and counts[which] > LEAST_SHARE * len(flat)):
                return found
        return ink

    def strongest(self, place: QRect, ground: QColor) -> float:
        flat = self.crop(place).reshape(-1, 3)[::7].astype(np.uint32)
        colours = np.unique(flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2])
        return max(palette.contrast(QColor.fromRgb(int(one)), ground) for one in colours)

    def crop(self, place: QRect) -> np.ndarray:
        inner = place.intersected(self.window.rect())
        return self.pixels[inner.top() : inner.bottom() + 1, inner.left() : inner.right() + 1]


def name_of(widget: QWidget) -> str:
    said = widget.hint if isinstance(widget, Field) else widget.text() if hasattr(widget, "text") else ""
    return f"{type(widget).__name__} {said if isinstance(said, str) else ''}".strip()


def distance(first: QRect, second: QRect) -> tuple[int, int]:
    across = max(first.left() - second.right(), second.left() - first.right(), 0)
    return across, max(first.top() - second.bottom(), second.top() - first.bottom(), 0)


def in_plot(widget: QWidget | None) -> bool:
    while widget is not None:
        if isinstance(widget, QGraphicsView):
            return True
        widget = widget.parentWidget()
    return False


def examine(window: Window, panel: Panel, seen: Seen, situation: str, names: list[str]) -> list[str]:
    """Everything that is wrong with these screens in this situation."""
    found = []
    for name in names:
        if name == "more":
            if window.navigation.more_key.isVisible():
                window._turn_more()
        else:
            window.show_screen(name)
        say(window, situation)
        window.grab()  # what was asked for is laid out
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        look = Look(window, panel, seen)
        told = [*look.problems(small=situation == "running"), *(look.scrolls() if name in SHIFT_TASKS else ())]
        found += [f"{name}, {situation}: {problem}" for problem in dict.fromkeys(told)]
    return found


CASES = [
    (panel, language, theme)
    for panel, (language, theme) in itertools.product(PANELS, (("de", Theme.DARK), (PSEUDO, Theme.LIGHT)))
]


@pytest.mark.parametrize(("panel", "language", "theme"), CASES, ids=lambda one: getattr(one, "name", one))
def test_every_screen_on_every_panel(
    qtbot: QtBot, tmp_path: Path, seen: Seen, panel: Panel, language: str, theme: Theme
) -> None:
    with on(panel):
        show_language(language)
        window = scripted_window(tmp_path, panel, theme=theme)
        qtbot.addWidget(window)
        found = examine(window, panel, seen, "running", [*window.screens, "more"])
        found += examine(window, panel, seen, "stopped", ["run", "alarms"])
        found += examine(window, panel, seen, "challenge", ["run", "shift"])
        assert not found, "\n".join(found)


@pytest.mark.long
@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("language", [SOURCE, "de", PSEUDO])
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_every_screen_in_every_situation(
    qtbot: QtBot, tmp_path: Path, seen: Seen, panel: Panel, language: str, theme: Theme
) -> None:
    with on(panel):
        show_language(language)
        window = scripted_window(tmp_path, panel, theme=theme)
        qtbot.addWidget(window)
        found = []
        for situation in SITUATIONS:
            found += examine(window, panel, seen, situation, [*window.screens, "more"])
        assert not found, "\n".join(found)
