# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of the ledgers: how far each has come, how it stands with it, and why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from gui.maintenance.table import Column, Row, Table
from gui.text import mark, tr
from gui.text.times import duration_words
from gui.widgets.form import Label
from gui.widgets.metrics import Metrics
from inspector.api.schema import LedgerInfo, OneLedger

COLUMNS = (
    Column(mark("LEDGER"), 3.6),
    Column(mark("STATE"), 2.2),
    Column(mark("SEALS"), 1.4),
    Column(mark("OLDEST WAITS"), 1.6),
    Column(mark("COUNTS"), 1.0),
)
STATES = {
    "unknown": mark("not known"),
    "working": mark("working"),
    "away": mark("does not answer"),
    "refused": mark("refuses"),
    "stopped": mark("STOPPED"),
}
NOTHING = "-"
MOST_TROUBLES = 3
ROWS = 9
"""The embedded log and eight others: never a second page."""


class LedgersPage(QWidget):
    """Shows what the status says of ledgers; it asks for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self._ledger: LedgerInfo | None = None
        self.head = Label()
        self.table = Table(COLUMNS, ROWS)
        self.why = QLabel()
        self.why.setTextFormat(Qt.TextFormat.PlainText)
        self.why.setWordWrap(True)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.why)
        self.retranslate()

    def show_ledger(self, ledger: LedgerInfo | None) -> None:
        """Take what the status says; None while the station cannot be seen."""
        if ledger != self._ledger:
            self._ledger = ledger
            self.retranslate()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._column.setSpacing(metrics.gap)
        self.table.fit(metrics)

    def retranslate(self) -> None:
        """Say everything anew."""
        ledger = self._ledger
        ledgers = () if ledger is None else tuple(ledger.ledgers)
        self.head.setText(tr("The ledgers are not known") if ledger is None else head_words(ledger))
        sealed = 0 if ledger is None else ledger.sealed
        self.table.show_rows([row_of(one, sealed) for one in ledgers])
        worst_first = sorted(ledgers, key=lambda one: one.state != "stopped")
        troubles = [f"{one.name}: {one.trouble}" for one in worst_first if one.trouble]
        self.why.setText("\n".join(troubles[:MOST_TROUBLES]))
        self.why.setVisible(bool(troubles))


def head_words(ledger: LedgerInfo) -> str:
    """How many seals enough ledgers hold."""
    count = sum(one.counts for one in ledger.ledgers)
    if not count:
        return tr("This station has no ledger: nobody outside can check its shifts")
    return tr(
        "{anchored} of {sealed} seals are on at least {needed} of {count} ledgers that count",
        anchored=ledger.anchored,
        sealed=ledger.sealed,
        needed=ledger.needed,
        count=count,
    )


def row_of(one: OneLedger, sealed: int) -> Row:
    """A ledger in words."""
    age_s = one.oldest_unanchored_s
    return Row(
        (
            one.name,
            tr(STATES[one.state]),
            tr("{count} of {limit}", count=one.anchored, limit=sealed),
            NOTHING if age_s is None else duration_words(age_s),
            tr("yes") if one.counts else tr("no"),
        ),
        odd=one.state == "stopped",
        strong=one.state in ("away", "refused"),
    )
