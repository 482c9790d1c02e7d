# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of the line's inputs and outputs: raw bits, since when, how many edges, and when the last one was."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.maintenance.force_bar import ForceBar
from gui.maintenance.table import Column, Row, Table
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.text import mark, tr
from gui.text.said import said
from gui.text.times import duration_words
from gui.widgets.form import Label
from gui.widgets.metrics import Metrics
from inspector.api.maintenance_schema import IoPointNow, IoPoints
from inspector.errors import InspectorError

ASK_EVERY_MS = 500
FRESH_US = 2_000_000
"""A value that has changed within this time is written in bold."""
NOTHING = "-"
COLUMNS = (
    Column(mark("DIRECTION"), 1.2),
    Column(mark("SIGNAL"), 2.6),
    Column(mark("VALUE"), 1.9),
    Column(mark("RAW"), 1.4),
    Column(mark("FOR"), 1.3),
    Column(mark("EDGES"), 1.1),
    Column(mark("LAST EDGE"), 2.1),
    Column(mark("ADDRESS"), 3.4),
)


class PointsPage(QWidget):
    """Asks twice a second while it is in front, and never in between.

    Args:
        bridge: To ask the station.
        person: Who stands here, and may force outputs.
    """

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__()
        self._bridge = bridge
        self._asked = False
        self._found: IoPoints | InspectorError | None = None
        self.head = Label()
        self.table = Table(COLUMNS)
        self.force = ForceBar(person)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.force)
        self._every = QTimer(self)
        self._every.setInterval(ASK_EVERY_MS)
        self._every.timeout.connect(self._ask)
        self.retranslate()

    @property
    def points(self) -> tuple[IoPointNow, ...]:
        """What was found last; nothing while it is not known."""
        return self._found.points if isinstance(self._found, IoPoints) else ()

    def entered(self) -> None:
        """It is in front now."""
        self._ask()
        self._every.start()

    def left(self) -> None:
        """It is not any more."""
        self._every.stop()
        self.force.left()

    def show_away(self) -> None:
        """The station cannot be seen: nothing of before may look as if it were so now."""
        self._found = None
        self.force.show_status(None)
        self.retranslate()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._column.setSpacing(metrics.gap)
        self.table.fit(metrics)
        self.force.fit(metrics)

    def retranslate(self) -> None:
        """Say everything anew."""
        found = self._found
        if isinstance(found, InspectorError):
            self.head.setText(tr("The inputs and outputs are not known: {reason}", reason=said(found.message)))
        elif found is None:
            self.head.setText(tr("The inputs and outputs are not known"))
        else:
            backend = f"{tr('SIMULATED')} {found.backend}" if found.simulated else found.backend
            self.head.setText(
                tr("Interface {backend}: {count} signals, as they were read", backend=backend, count=len(found.points))
            )
        now_us = found.t_us if isinstance(found, IoPoints) else 0
        self.force.show_points(self.points)
        self.table.show_rows([row_of(point, now_us) for point in self.points])

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            self._bridge.ask(lambda client: client.line_points(), self._on_points)

    def _on_points(self, answer: object) -> None:
        self._asked = False
        if isinstance(answer, IoPoints | InspectorError):
            self._found = answer
            self.retranslate()


def row_of(point: IoPointNow, now_us: int) -> Row:
    """A point in words; the level by shape and word."""
    if point.on is not None:
        value = f"● {tr('ON')}" if point.on else f"○ {tr('OFF')}"
        value = f"{value} {tr('FORCED')}" if point.forced else value
    else:
        value = NOTHING if point.raw is None else str(point.raw)
    since = NOTHING if point.since_us is None else duration_words((now_us - point.since_us) / 1e6)
    last_us = point.last_edge_us
    last = NOTHING if last_us is None else datetime.fromtimestamp(last_us / 1e6).strftime("%H:%M:%S.%f")[:-3]
    fresh = last_us is not None and now_us - last_us < FRESH_US
    raw = NOTHING if point.raw is None else str(point.raw)
    direction = tr("IN") if point.direction == "input" else tr("OUT")
    return Row(
        (direction, point.name, value, raw, since, str(point.edges), last, point.address),
        odd=point.forced,
        strong=fresh,
    )
