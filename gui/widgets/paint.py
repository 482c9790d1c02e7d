# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that fits its place at any window size."""

from __future__ import annotations

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
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(place, int(flags), text)
    return min(width, place.width())


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
