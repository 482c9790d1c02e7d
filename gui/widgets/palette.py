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


@dataclass(frozen=True)
class Colours:
    """A surface and what is written on it."""

    fill: QColor
    ink: QColor


class Tone(Enum):
    """How much attention something asks for."""

    CALM = Colours(PANEL, INK)
    ACTION = Colours(ACTION_BLUE, PAPER)
    WARN = Colours(AMBER, INK)
    STOP = Colours(VERMILION, QColor("#000000"))
    DARK = Colours(NIGHT, PAPER)


def contrast(first: QColor, second: QColor) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: QColor) -> float:
    """Relative luminance, 0 to 1."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())
