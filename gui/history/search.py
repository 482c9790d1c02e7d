# SPDX-License-Identifier: AGPL-3.0-or-later
"""The row that says what is looked for: a scanned serial, a lot, a defect, how far back."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QWidget

from gui.history.question import Question
from gui.text import mark
from gui.widgets.form import button, field
from gui.widgets.metrics import Metrics

LONGEST = 200
WEEK = 7


class SearchRow(QWidget):
    """Fields and keys; Return and a scanner's Return ask, too."""

    asked = Signal()
    """`question` is to be answered."""

    def __init__(self) -> None:
        super().__init__()
        self.serial = field(mark("Serial (scan or type)"), LONGEST)
        self.lot = field(mark("Lot"), LONGEST)
        self.defect = field(mark("Defect"), LONGEST)
        self.find_key = button(mark("FIND"), "primary")
        self.clear_key = button(mark("CLEAR"), "plain")
        self.failed_key = button(mark("FAIL ONLY"), "plain")
        self.failed_key.setCheckable(True)
        self.today_key = button(mark("TODAY"), "plain")
        self.week_key = button(mark("7 DAYS"), "plain")
        self.all_key = button(mark("ALL TIME"), "plain")
        self._periods = QButtonGroup(self)
        for key in (self.today_key, self.week_key, self.all_key):
            key.setCheckable(True)
            self._periods.addButton(key)
        self.all_key.setChecked(True)
        self._fields = (self.serial, self.lot, self.defect)
        self._keys = (
            self.today_key,
            self.week_key,
            self.all_key,
            self.failed_key,
            self.clear_key,
            self.find_key,
        )
        self._layout = QHBoxLayout(self)
        for widget in (*self._fields, *self._keys):
            self._layout.addWidget(widget, 2 if widget is self.serial else 1 if isinstance(widget, QLineEdit) else 0)
        for line in self._fields:
            line.returnPressed.connect(self.asked)
        self.find_key.clicked.connect(self.asked)
        self.clear_key.clicked.connect(self.clear)
        for key in (self.today_key, self.week_key, self.all_key, self.failed_key):
            key.clicked.connect(self.asked)

    def question(self, now: datetime) -> Question:
        """What is looked for.

        Args:
            now: The time where the reader is, with its offset from UTC.
        """
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        since = None
        if self.today_key.isChecked():
            since = midnight
        elif self.week_key.isChecked():
            since = midnight - timedelta(days=WEEK - 1)
        serial, lot, defect = (line.text().strip() for line in self._fields)
        return Question(serial, lot, defect, since, self.failed_key.isChecked())

    def clear(self) -> None:
        """Nothing particular is looked for; the next scan is a serial."""
        for line in self._fields:
            line.clear()
        self.all_key.setChecked(True)
        self.failed_key.setChecked(False)
        self.serial.setFocus()
        self.asked.emit()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window."""
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(metrics.gap)
        for widget in (*self._fields, *self._keys):
            widget.setFixedHeight(metrics.touch)
