# SPDX-License-Identifier: AGPL-3.0-or-later
"""Counts of the open shift, in figures that can be read from 3 m."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gui.widgets.paint import LEFT, RIGHT, draw_panel, draw_text
from gui.widgets.palette import AMBER, INK, PANEL, SOFT_INK, WELL
from gui.widgets.verdicts import LOOKS, Look, Shape, draw_symbol
from inspector.api.schema import Status, Verdict

OTHER = Look("OTHER", "", Shape.TRIANGLE, "!", AMBER)
QUIET_OTHER = Look("OTHER", "", Shape.TRIANGLE, "!", PANEL)


@dataclass(frozen=True)
class Count:
    """One figure."""

    title: str
    figure: str
    detail: str
    look: Look | None = None


def counts_of(status: Status) -> tuple[Count, ...]:
    """What the counters say about a status."""
    verdicts = status.counts
    total = sum(verdicts.values())
    passed, failed = verdicts.get("PASS", 0), verdicts.get("FAIL", 0)
    other = total - passed - failed
    named = [
        f"{LOOKS[Verdict(name)].word.lower()} {number}"
        for name, number in verdicts.items()
        if number and name in set(Verdict) - {"PASS", "FAIL"}
    ]
    lanes = status.outcomes
    rejected = total - passed - verdicts.get("BYPASSED", 0)
    judged = total - verdicts.get("BYPASSED", 0)
    rate = f"{rejected / judged * 100:.1f} %" if judged else "-"
    return (
        Count("PARTS", f"{total}", "in this shift"),
        Count("PASS", f"{passed}", f"{lanes.good} seen in the good lane", LOOKS[Verdict.PASS]),
        Count("FAIL", f"{failed}", f"{lanes.reject_lane} seen in the reject lane", LOOKS[Verdict.FAIL]),
        Count("OTHER", f"{other}", ", ".join(named) or "rejected for another reason", OTHER if other else QUIET_OTHER),
        Count("REJECT RATE", rate, f"{lanes.unknown} not seen in any lane"),
    )


class CountsBar(QWidget):
    """The figures side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: tuple[Count, ...] = ()
        self._stale = False

    def set_stale(self, stale: bool) -> None:
        """Mark what is shown as the last that was known."""
        if stale != self._stale:
            self._stale = stale
            self.update()

    def show_status(self, status: Status) -> None:
        """Take the counts of a status."""
        counts = counts_of(status)
        if counts != self._counts:
            self._counts = counts
            self.setAccessibleName(self.words)
            self.update()

    @property
    def words(self) -> str:
        """All figures in one line."""
        return ", ".join(f"{count.title} {count.figure}" for count in self._counts)

    def sizeHint(self) -> QSize:
        return QSize(900, 110)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = QRectF(self.rect())
        draw_panel(painter, place, WELL if self._stale else PANEL)
        if not self._counts:
            return
        width = place.width() / len(self._counts)
        for index, count in enumerate(self._counts):
            cell = QRectF(place.left() + index * width, place.top(), width, place.height())
            if index:
                painter.setPen(QColor("#9AA1A6"))
                painter.drawLine(cell.topLeft(), cell.bottomLeft())
            self._paint_count(painter, cell, count)

    def _paint_count(self, painter: QPainter, cell: QRectF, count: Count) -> None:
        unit = cell.height() / 10
        pad = unit * 0.9
        head = QRectF(cell.left() + pad, cell.top() + unit * 0.4, cell.width() - 2 * pad, unit * 2.0)
        if count.look is not None:
            symbol = QRectF(head.left(), head.top() + unit * 0.1, unit * 1.8, unit * 1.8)
            draw_symbol(painter, symbol, count.look)
            head.setLeft(symbol.right() + unit * 0.6)
        draw_text(painter, head, count.title, unit * 1.5, SOFT_INK, flags=LEFT, bold=True)
        figure = QRectF(cell.left() + pad, head.bottom(), cell.width() - 2 * pad, unit * 5.4)
        draw_text(painter, figure, count.figure, unit * 5.2, INK, flags=RIGHT, bold=True)
        detail = QRectF(figure.left(), figure.bottom(), figure.width(), unit * 1.8)
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        draw_text(painter, detail, "last known" if self._stale else count.detail, unit * 1.35, SOFT_INK, flags=flags)
