# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every screen is: one page of the window, which knows the station through signals."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.text import tr
from gui.widgets.metrics import Metrics, metrics_of
from gui.widgets.palette import BACKGROUND, INK
from inspector.api.schema import Status


class Screen(QWidget):
    """Base of all screens. A screen is registered by a line in `gui/screens.py`.

    Attributes:
        name: Identifies it; other screens name it in `wanted`.
        word: What its key says, in English, marked for translation.
        symbol: What its key shows: a name of `gui.widgets.symbols`.
        status: The last status; None while the station is away.

    Args:
        bridge: To ask the station, and to hear of parts and pictures.
        person: Who stands here; gives the commands that need somebody.
    """

    name: ClassVar[str]
    word: ClassVar[str]
    symbol: ClassVar[str]
    often: ClassVar[bool] = False
    """It belongs to every shift: its key is in the column on every panel, not on the page of MORE."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Commands of docs/access.md: it is of use to who may give one of them. Empty: to everybody."""

    wanted = Signal(str)
    """Another screen shall be shown: its name."""
    wanted_about = Signal(str, str)
    """Another screen shall be shown, and what it shall look up: its name, and for example a lot."""
    looks_wanted = Signal(str, float)
    """Another theme (its name, or empty), another number of pixels per millimetre (or 0). For the display screen."""
    noted = Signal(str)
    """A few characters for the key of this screen, for example how many alarms wait; empty: none."""

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__()
        self.bridge = bridge
        self.person = person
        self.status: Status | None = None
        self.setAutoFillBackground(True)
        self._colour()
        bridge.status_came.connect(self._take_status)
        bridge.away.connect(self._take_away)

    # What a screen does, if it has to

    def show_status(self, status: Status) -> None:
        """The station has said how it is. `self.status` is still the one before."""

    def show_away(self, reason: str) -> None:
        """The station cannot be seen: nothing may look as if it were known to be so now."""

    def entered(self) -> None:
        """It is in front now."""

    def left(self) -> None:
        """Another screen is in front now."""

    def look_for(self, what: str) -> None:
        """Another screen has sent the reader here to see this; for the history it is a lot."""

    def take_scan(self, code: str) -> bool:
        """A scanner has read a code while no field had the focus; False if this screen has no use for it."""
        return False

    def fit(self, metrics: Metrics) -> None:
        """Sizes for the window; said again when window, screen or theme change."""

    def retranslate(self) -> None:
        """The language has changed. Texts made with `tr` are made anew; widgets of `gui.widgets` do it themselves."""

    # Qt

    @property
    def metrics(self) -> Metrics:
        """Sizes for the window that this screen stands in."""
        return metrics_of(self.screen(), self.window().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit(self.metrics)
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.LanguageChange:
            self.setAccessibleName(tr(self.word))
            self.retranslate()
            if self.status is not None:
                self.show_status(self.status)
        super().changeEvent(event)

    def _take_status(self, status: Status) -> None:
        self.show_status(status)
        self.status = status

    def _take_away(self, reason: str) -> None:
        self.status = None
        self.show_away(reason)

    def recolour(self) -> None:
        """The theme has changed, or the measure of the screen."""
        self._colour()
        self.fit(self.metrics)
        for widget in self.findChildren(QWidget):
            widget.update()

    def _colour(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, BACKGROUND)
        palette.setColor(QPalette.ColorRole.WindowText, INK)
        self.setPalette(palette)
