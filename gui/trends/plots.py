# SPDX-License-Identifier: AGPL-3.0-or-later
"""Charts, drawn by pyqtgraph, which nothing else imports. Greys, and one colour for what asks for attention.

Nothing in a chart is touched: what is to be known of it is written on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.text import figure
from gui.widgets.form import Label
from gui.widgets.metrics import Metrics
from gui.widgets.palette import INK, PAPER, SOFT_INK, VERMILION, WELL

PERCENT = 100.0
MOST_TICKS = 5
MOST_BARS = 7
HEADROOM = 1.15
SMALLEST_TOP = 0.5
"""A chart of rates shows at least half a percent: chance is not to look like a mountain."""


@dataclass(frozen=True)
class RatePoint:
    """One bucket of a chart, in percent.

    Attributes:
        label: What stands below it.
        rate: Its rate; None: no part.
        low: Lower limit, if there is one.
        high: Upper limit.
        marked: Whether it asks for attention.
    """

    label: str
    rate: float | None
    low: float | None = None
    high: float | None = None
    marked: bool = False


class NumberAxis(pg.AxisItem):
    """Numbers in the language of the reader."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        digits = max(0, math.ceil(-math.log10(spacing * scale)))
        return [figure(value * scale, digits) for value in values]


class Chart(QWidget):
    """A title and a plot that nobody can drag."""

    def __init__(self) -> None:
        super().__init__()
        self.title = Label()
        self.plot = pg.PlotWidget(background=PAPER, axisItems={"left": NumberAxis("left")})
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title.setStyleSheet("font-weight: bold;")
        self._px = 12
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.title)
        layout.addWidget(self.plot, 1)

    def show_title(self, words: str) -> None:
        """What it shows, and what there is to say of it."""
        self.title.setText(words)
        self.setAccessibleName(words)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window."""
        self._px = metrics.text
        self.plot.setBackground(PAPER)
        font = QFont(self.font())
        font.setPixelSize(metrics.text)
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setStyle(tickFont=font, tickTextOffset=4)
            axis.setPen(pg.mkPen(SOFT_INK, width=1))
            axis.setTextPen(pg.mkPen(INK))
        self.plot.getAxis("left").setWidth(metrics.text * 4)
        self.plot.getAxis("bottom").setHeight(metrics.text * 2)
        self.title.setFixedHeight(round(metrics.text * 1.8))

    def _labels(self, labels: Sequence[str]) -> None:
        step = max(1, -(-len(labels) // MOST_TICKS))
        self.plot.getAxis("bottom").setTicks([[(at, labels[at]) for at in range(0, len(labels), step)]])


class RateChart(Chart):
    """Rates from bucket to bucket, with mean and limits where there are any."""

    def __init__(self, whole: bool = False) -> None:
        super().__init__()
        self._whole = whole
        self.points: tuple[RatePoint, ...] = ()
        self._mean: float | None = None

    def show_points(self, points: Sequence[RatePoint], mean: float | None = None) -> None:
        """Show these.

        Args:
            points: Oldest first.
            mean: Mean rate in percent, if it is drawn.
        """
        self.points, self._mean = tuple(points), mean
        self.draw()

    def fit(self, metrics: Metrics) -> None:
        super().fit(metrics)
        self.draw()

    def draw(self) -> None:
        """Draw what is shown in the sizes of this window."""
        points, mean = self.points, self._mean
        self.plot.clear()
        there = [(at, point) for at, point in enumerate(points) if point.rate is not None]
        limits = [(at, point) for at, point in there if point.low is not None and point.high is not None]
        thin = pg.mkPen(SOFT_INK, width=1.5, style=Qt.PenStyle.DashLine)
        for side in ("low", "high"):
            self.plot.plot([at for at, _ in limits], [getattr(point, side) for _, point in limits], pen=thin)
        if mean is not None:
            self.plot.addItem(pg.InfiniteLine(mean, angle=0, pen=pg.mkPen(SOFT_INK, width=1.5)))
        line = pg.mkPen(INK, width=2.5)
        self.plot.plot([at for at, _ in there], [point.rate for _, point in there], pen=line)
        for marked, symbol, size, colour in ((False, "o", 0.5, INK), (True, "d", 1.2, VERMILION)):
            chosen = [(at, point.rate) for at, point in there if point.marked is marked]
            self.plot.plot(
                [at for at, _ in chosen],
                [rate for _, rate in chosen],
                pen=None,
                symbol=symbol,
                symbolSize=round(self._px * size),
                symbolBrush=colour,
                symbolPen=pg.mkPen(INK, width=1),
            )
        self._labels([point.label for point in points])
        values = [point.rate or 0.0 for _, point in there] + [point.high or 0.0 for _, point in limits]
        self.plot.setXRange(-0.5, max(0.5, len(points) - 0.5), padding=0)
        if self._whole:
            low = min([*(point.rate for _, point in there if point.rate is not None), PERCENT])
            self.plot.setYRange(max(0.0, low - (PERCENT - low) * 0.2 - 0.1), PERCENT + 0.02, padding=0.02)
        else:
            self.plot.setYRange(0.0, max(SMALLEST_TOP, HEADROOM * max(values, default=0.0)), padding=0)


class ParetoChart(Chart):
    """The most frequent classes as bars, the most frequent first, with their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.bars: tuple[tuple[str, int], ...] = ()

    def show_bars(self, bars: Sequence[tuple[str, int]]) -> None:
        """Show these, by number."""
        self.bars = tuple(bars[:MOST_BARS])
        self.draw()

    def fit(self, metrics: Metrics) -> None:
        super().fit(metrics)
        self.draw()

    def draw(self) -> None:
        """Draw what is shown in the sizes of this window."""
        self.plot.clear()
        numbers = [number for _, number in self.bars]
        self.plot.addItem(
            pg.BarGraphItem(x=range(len(numbers)), height=numbers, width=0.7, brush=WELL, pen=pg.mkPen(INK, width=1))
        )
        font = QFont(self.font())
        font.setPixelSize(self._px)
        for at, (name, number) in enumerate(self.bars):  # upright: names are longer than bars are wide
            label = pg.TextItem(f"{name}  {figure(number, 0)}", color=INK, anchor=(0.0, 0.5), angle=90)
            label.setFont(font)
            label.setPos(at, 0)
            self.plot.addItem(label)
        self._labels([])
        self.plot.setXRange(-0.5, max(0.5, len(numbers) - 0.5), padding=0)
        self.plot.setYRange(0, max([*numbers, 1]) * 1.25, padding=0)
