# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that fits its place at any window size."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from gui.widgets.palette import EDGE, PANEL

SMALLEST_PX = 9
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
WRAPPED = LEFT | Qt.TextFlag.TextWordWrap


def font_of(painter: QPainter, px: float, bold: bool = False) -> QFont:
    """The application's font in a pixel size."""
    font = QFont(painter.font())
    font.setPixelSize(max(SMALLEST_PX, round(px)))
    font.setBold(bold)
    return font


def draw_text(
    painter: QPainter,
    place: QRectF,
    text: str,
    px: float,
    colour: QColor,
    *,
    flags: int | Qt.AlignmentFlag = LEFT,
    bold: bool = False,
) -> float:
    """Draw text, smaller than `px` if it would not fit, cut off with dots as the last resort.

    Returns:
        The width that one line of it takes, pixels.
    """
    if not text:
        return 0.0
    fitted = fit_text(painter, place, text, px, flags=flags, bold=bold)
    painter.setFont(fitted.font)
    painter.setPen(colour)
    painter.drawText(place, int(flags), fitted.text)
    return min(fitted.width, place.width())


@dataclass(frozen=True)
class FittedText:
    """A text in its place.

    Attributes:
        text: It, or what is left of it.
        font: Font that it is drawn in.
        width: How wide it would be, pixels.
        whole: It fits; else it is cut off.
    """

    text: str
    font: QFont
    width: float
    whole: bool


def fit_text(
    painter: QPainter, place: QRectF, text: str, px: float, *, flags: int | Qt.AlignmentFlag, bold: bool
) -> FittedText:
    """Find the size in which a text fits; arguments as `draw_text`."""
    wrap = bool(int(flags) & int(Qt.TextFlag.TextWordWrap))
    size = px
    while True:
        font = font_of(painter, size, bold)
        measure = QFontMetricsF(font)
        bounds = measure.boundingRect(place, int(flags), text) if wrap else measure.boundingRect(text)
        width = bounds.width() if wrap else measure.horizontalAdvance(text)
        fits = width <= place.width() + 1 and bounds.height() <= place.height() + 1
        if fits or size <= max(SMALLEST_PX, px * 0.45):
            break
        size *= 0.93
    if not fits and not wrap:
        text = measure.elidedText(text, Qt.TextElideMode.ElideRight, place.width())
    return FittedText(text, font, width, fits)


def draw_panel(painter: QPainter, place: QRectF, fill: QColor = PANEL, edge: QColor = EDGE) -> None:
    """A flat surface with a thin edge."""
    painter.setPen(QPen(edge, 1))
    painter.setBrush(fill)
    painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))


def draw_hatching(painter: QPainter, place: QRectF, colour: QColor, step: float) -> None:
    """Diagonal lines: a code beside the colour."""
    painter.save()
    painter.setClipRect(place)
    painter.setPen(QPen(colour, max(1.5, step * 0.22)))
    x = place.left() - place.height()
    while x < place.right():
        painter.drawLine(QPointF(x, place.bottom()), QPointF(x + place.height(), place.top()))
        x += step
    painter.restore()
