# SPDX-License-Identifier: AGPL-3.0-or-later
"""Colours: grey while all is well, saturated only where somebody has to look (ISA-101).

Vermilion, amber and blue are apart for all common colour-vision deficiencies (Okabe and Ito), and every tone also has
its own shape, word and place. Text keeps a contrast of at least 4.5 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QColor

BACKGROUND = QColor("#C3C7CA")
PANEL = QColor("#D8DBDD")
WELL = QColor("#A4AAAE")
EDGE = QColor("#9AA1A6")
INK = QColor("#15191C")
SOFT_INK = QColor("#3F464B")
PAPER = QColor("#F4F5F6")
PASS_BLUE = QColor("#1D4B73")
VERMILION = QColor("#D55E00")
AMBER = QColor("#E8A800")
ACTION_BLUE = QColor("#1B64A0")
NIGHT = QColor("#3A4146")
DIM = QColor("#6B7378")
"""What cannot be touched now."""
BLACK = QColor("#15191C")
"""Ink on amber and vermilion, in every theme."""
WHITE = QColor("#F4F5F6")
"""Ink on blue and on night, in every theme."""


@dataclass(frozen=True)
class Colours:
    """A surface and what is written on it."""

    fill: QColor
    ink: QColor


class Theme(Enum):
    """Grey by day or by night; what asks for attention has the same colours in both."""

    LIGHT = "light"
    DARK = "dark"


_THEMED = (
    (BACKGROUND, "#C3C7CA", "#1F2427"),
    (PANEL, "#D8DBDD", "#2E3438"),
    (WELL, "#A4AAAE", "#454D53"),
    (EDGE, "#9AA1A6", "#5D666C"),
    (INK, "#15191C", "#E8EBED"),
    (SOFT_INK, "#3F464B", "#BAC2C7"),
    (PAPER, "#F4F5F6", "#14181A"),
    (PASS_BLUE, "#1D4B73", "#8FC3EE"),
    (NIGHT, "#3A4146", "#000000"),
    (DIM, "#6B7378", "#8B949A"),
)
"""Colour, by day, by night. The objects stay the same: only their values change."""


def show_theme(theme: Theme) -> None:
    """Change the colours for everybody who holds them; who paints has to paint again."""
    for colour, day, night in _THEMED:
        colour.setRgba(QColor(day if theme is Theme.LIGHT else night).rgba())


class Tone(Enum):
    """How much attention something asks for."""

    CALM = Colours(PANEL, INK)
    ACTION = Colours(ACTION_BLUE, WHITE)
    WARN = Colours(AMBER, BLACK)
    STOP = Colours(VERMILION, QColor("#000000"))
    DARK = Colours(NIGHT, WHITE)


def contrast(first: QColor, second: QColor) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 to 1."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
