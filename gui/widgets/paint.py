# SPDX-License-Identifier: AGPL-3.0-or-later
"""Text that fits its place at any window size."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from gui.widgets.palette import EDGE, PANEL

SMALLEST_PX = 9
NARROWEST = 0.68
"""Letters may be squeezed to this share of their width: capitals are then half as wide as high."""
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
WRAPPED = LEFT | Qt.TextFlag.TextWordWrap
CENTRE_WRAPPED = CENTRE | Qt.TextFlag.TextWordWrap


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


@dataclass(frozen=True)
class FittedCapitals:
    """A line in its place, measured by its capitals.

    Attributes:
        text: It, or what is left of it.
        font: Font that it is drawn in.
        height: Of its capitals, pixels.
        squeeze: Width of its letters as a share of their own; 1: as they are.
        width: Of the line as drawn, pixels.
        whole: It fits; else it is cut off.
    """

    text: str
    font: QFont
    height: float
    squeeze: float
    width: float
    whole: bool


def fit_capitals(painter: QPainter, room: float, text: str, height: float, *, bold: bool = False) -> FittedCapitals:
    """How a line fits into `room` pixels: narrower letters first, then smaller ones, cut off as the last resort.

    Letters are not squeezed so far that they are narrower than half their height (ISO 9241-303).
    """
    least = max(SMALLEST_PX * 0.73, height * 0.3)
    while True:
        font = QFont(painter.font())
        font.setBold(bold)
        font.setPixelSize(100)
        font.setPixelSize(max(SMALLEST_PX, round(height * 100 / max(1.0, QFontMetricsF(font).capHeight()))))
        measure = QFontMetricsF(font)
        width = max(1.0, measure.horizontalAdvance(text))
        squeeze = min(1.0, room / width)
        if squeeze >= NARROWEST or height <= least:
            break
        height *= 0.96
    whole = squeeze >= NARROWEST
    if not whole:
        squeeze = NARROWEST
        text = measure.elidedText(text, Qt.TextElideMode.ElideRight, room / squeeze)
    return FittedCapitals(text, font, measure.capHeight(), squeeze, min(room, width * squeeze), whole)


def draw_capitals(
    painter: QPainter,
    place: QRectF,
    text: str,
    height: float,
    colour: QColor,
    *,
    flags: int | Qt.AlignmentFlag = LEFT,
    bold: bool = False,
) -> float:
    """Draw a line whose capitals are `height` pixels high, their middle at that of `place`.

    What is read from afar is measured by its capitals: no room is kept for what goes below the line.

    Returns:
        Its width, pixels.
    """
    if not text or place.width() < 1:
        return 0.0
    fitted = fit_capitals(painter, place.width(), text, height, bold=bold)
    left = place.left()
    if int(flags) & int(Qt.AlignmentFlag.AlignRight):
        left = place.right() - fitted.width
    elif int(flags) & int(Qt.AlignmentFlag.AlignHCenter):
        left = place.center().x() - fitted.width / 2
    painter.save()
    painter.setFont(fitted.font)
    painter.setPen(colour)
    painter.translate(left, place.center().y() + fitted.height / 2)
    painter.scale(fitted.squeeze, 1.0)
    painter.drawText(QPointF(0.0, 0.0), fitted.text)
    painter.restore()
    return fitted.width


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
