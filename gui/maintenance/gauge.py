# SPDX-License-Identifier: AGPL-3.0-or-later
"""A measure of the last pictures against its limits: where it is, where it was, and whether that is good enough."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui.text import tr
from gui.widgets.paint import LEFT, RIGHT, draw_hatching, draw_panel, draw_text
from gui.widgets.palette import AMBER, BLACK, EDGE, INK, PAPER, SOFT_INK, WELL

SHOWN = 200
"""Pictures."""
AIR = 1.15
"""How far the scale goes beyond what it shows."""


@dataclass(frozen=True)
class Limits:
    """What is good enough, in the unit of the gauge.

    Attributes:
        low: Not less than this.
        high: Not more than this; None: there is no such limit.
        full: Where the scale ends if nothing is larger.
    """

    low: float
    high: float | None
    full: float


class Gauge(QWidget):
    """One measure.

    Args:
        title: What it measures, in English, marked for translation.
        too_low: Word for less than the limit, marked.
        too_high: Word for more, marked; empty: there is no such limit.
    """

    def __init__(self, title: str, too_low: str, too_high: str = "") -> None:
        super().__init__()
        self._title, self._too_low, self._too_high = title, too_low, too_high
        self._limits = Limits(0.0, None, 1.0)
        self._values: deque[float] = deque(maxlen=SHOWN)

    @property
    def values(self) -> tuple[float, ...]:
        """Oldest first."""
        return tuple(self._values)

    def show_limits(self, limits: Limits) -> None:
        """Take the limits."""
        if limits != self._limits:
            self._limits = limits
            self.update()

    def add(self, value: float) -> None:
        """One more picture."""
        self._values.append(value)
        self.setAccessibleName(self.words)
        self.update()

    def clear(self) -> None:
        """Forget all: another camera is shown."""
        self._values.clear()
        self.setAccessibleName(self.words)
        self.update()

    @property
    def verdict(self) -> str:
        """Whether the last picture is good enough, in one word or two."""
        if not self._values:
            return tr("no picture yet")
        last, limits = self._values[-1], self._limits
        if last < limits.low:
            return tr(self._too_low)
        return tr(self._too_high) if limits.high is not None and last > limits.high else tr("in its limits")

    @property
    def good(self) -> bool:
        """Whether the last picture is in the limits; also while there is none."""
        limits = self._limits
        return not self._values or limits.low <= self._values[-1] <= (
            self._values[-1] if limits.high is None else limits.high
        )

    @property
    def words(self) -> str:
        """Everything that the gauge says."""
        last = f" {self._values[-1]:.1f}" if self._values else ""
        return f"{tr(self._title)}{last}: {self.verdict}"

    def sizeHint(self) -> QSize:
        return QSize(400, 110)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(self.rect())
        draw_panel(painter, place)
        unit = place.height() / 10
        inner = place.adjusted(unit, unit * 0.6, -unit, -unit * 0.6)
        head = QRectF(inner.left(), inner.top(), inner.width(), unit * 2.4)
        title = QRectF(head.left(), head.top(), head.width() / 2, head.height())
        draw_text(painter, title, tr(self._title), unit * 1.7, SOFT_INK, bold=True)
        said = title.translated(title.width(), 0)
        if not self.good:
            painter.fillRect(said, AMBER)
        inset = said.adjusted(unit * 0.4, 0, -unit * 0.4, 0)
        draw_text(painter, inset, self.verdict, unit * 1.7, INK if self.good else BLACK, flags=RIGHT, bold=True)
        self._paint_scale(painter, QRectF(inner.left(), head.bottom() + unit * 0.4, inner.width(), unit * 4.0), unit)
        self._paint_limits(painter, QRectF(inner.left(), inner.bottom() - unit * 1.9, inner.width(), unit * 1.9), unit)

    def _end(self) -> float:
        limits = self._limits
        return max(limits.full, *(value * AIR for value in (*self._values, limits.high or 0.0, limits.low)))

    def _paint_scale(self, painter: QPainter, bar: QRectF, unit: float) -> None:
        """The scale with its good part in white, a thin line for each picture, an arrow for the last one."""
        limits, end = self._limits, self._end()

        def at(value: float) -> float:
            return bar.left() + bar.width() * min(1.0, max(0.0, value / end))

        painter.fillRect(bar, WELL)
        high = end if limits.high is None else limits.high
        good = QRectF(QPointF(at(limits.low), bar.top()), QPointF(at(high), bar.bottom()))
        painter.fillRect(good, PAPER)
        for bad in (QRectF(bar.topLeft(), good.bottomLeft()), QRectF(good.topRight(), bar.bottomRight())):
            if bad.width() > 1:
                draw_hatching(painter, bad, SOFT_INK, unit * 0.9)
        painter.setPen(QPen(SOFT_INK, 1))
        for value in self._values:
            painter.drawLine(QPointF(at(value), bar.top() + unit * 1.2), QPointF(at(value), bar.bottom()))
        painter.setPen(QPen(EDGE, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar)
        if self._values:
            x = at(self._values[-1])
            painter.setPen(QPen(PAPER, 1))
            painter.setBrush(INK)
            side, tip = unit * 0.9, QPointF(x, bar.top() + unit * 1.6)
            painter.drawPolygon(QPolygonF([QPointF(x - side, bar.top()), QPointF(x + side, bar.top()), tip]))
            painter.fillRect(QRectF(x - unit * 0.14, bar.top(), unit * 0.28, bar.height()), INK)

    def _paint_limits(self, painter: QPainter, row: QRectF, unit: float) -> None:
        limits = self._limits
        words = tr("at least {low}", low=f"{limits.low:g}")
        if limits.high is not None:
            words = tr("{low} to {high}", low=f"{limits.low:g}", high=f"{limits.high:g}")
        draw_text(painter, row, words, unit * 1.4, SOFT_INK, flags=LEFT)
        if self._values:
            text = tr("last {value}, {count} pictures", value=f"{self._values[-1]:.1f}", count=len(self._values))
            draw_text(painter, row, text, unit * 1.4, INK, flags=RIGHT)
