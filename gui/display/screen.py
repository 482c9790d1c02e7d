# SPDX-License-Identifier: AGPL-3.0-or-later
"""Theme and size: set up once for each screen, with a ruler."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import figure, mark, tr
from gui.widgets.form import Label, button, row, style
from gui.widgets.metrics import GLOVE_HEIGHT_MM, Metrics
from gui.widgets.paint import draw_panel
from gui.widgets.palette import INK, PANEL, Theme, Tone

RULER_MM = 100
FULL_MM, FULL_DISTANCE_M = 268.0, 3.0
"""A window that is so high is read from so far: everything on the run screen grows with its height."""
STEPS = (0.9, 0.99, 1.01, 1.1)
WORDS = (mark("MUCH SHORTER"), mark("SHORTER"), mark("LONGER"), mark("MUCH LONGER"))


class Ruler(QWidget):
    """A bar that is 100 mm long where the screen's measure is right."""

    def __init__(self) -> None:
        super().__init__()
        self.px = 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        height = place.height() / 3
        painter.fillRect(QRectF((place.width() - self.px) / 2, height, self.px, height), INK)


class DisplayScreen(Screen):
    """Two keys for the theme, four for the length of the bar."""

    name = "display"
    word = mark("Display")
    symbol = "display"

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self.theme_keys = {
            Theme.LIGHT: button(mark("LIGHT"), "plain"),
            Theme.DARK: button(mark("DARK"), "plain"),
        }
        self.ruler = Ruler()
        self.length_keys = [button(word, "plain") for word in WORDS]
        self._outer = QVBoxLayout(self)
        self._outer.addWidget(Label(mark("Colours")))
        self._outer.addWidget(row([*self.theme_keys.values(), None]))
        self._outer.addWidget(Label(mark("Hold a ruler against the screen: the bar has to be 100 mm long.")))
        self._outer.addWidget(self.ruler)
        self._outer.addWidget(row([*self.length_keys, None]))
        self.sizes = QLabel()
        self.sizes.setWordWrap(True)
        self._outer.addWidget(self.sizes)
        self._outer.addStretch(1)
        for theme, key in self.theme_keys.items():
            key.clicked.connect(lambda _checked=False, theme=theme: self.looks_wanted.emit(theme.value, 0.0))
        for factor, key in zip(STEPS, self.length_keys, strict=True):
            key.clicked.connect(lambda _checked=False, factor=factor: self._scale(factor))

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap * 2)
        self._say_sizes(metrics)
        for key in (*self.theme_keys.values(), *self.length_keys):
            key.setFixedHeight(metrics.touch)
        self.ruler.px = metrics.mm(RULER_MM)
        self.ruler.setFixedHeight(metrics.touch)
        self.ruler.update()
        self.setStyleSheet(
            style("DisplayScreen", metrics.text, gap) + f"DisplayScreen {{ background: {PANEL.name()}; }}"
        )

    def retranslate(self) -> None:
        self._say_sizes(self.metrics)

    def _say_sizes(self, metrics: Metrics) -> None:
        """Whether gloves fit, and from where the run screen is read: nothing gets smaller without a word."""
        touch, height = figure(metrics.touch_mm, 0), figure(metrics.height_mm, 0)
        keys = tr("Keys are {touch} mm high, for gloves.", touch=touch)
        if not metrics.glove:
            keys = tr(
                "TOO LOW FOR GLOVES: the window is {height} mm high, keys for gloves need {needed} mm. "
                "Keys are {touch} mm high here.",
                height=height,
                needed=figure(GLOVE_HEIGHT_MM, 0),
                touch=touch,
            )
        far = tr(
            "The run screen is read from {distance} m.",
            distance=figure(metrics.height_mm / FULL_MM * FULL_DISTANCE_M, 1),
        )
        colours = (Tone.CALM if metrics.glove else Tone.WARN).value
        self.sizes.setText(f"{keys} {far}")
        self.sizes.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")

    def _scale(self, factor: float) -> None:
        self.looks_wanted.emit("", self.metrics.px_per_mm * factor)
