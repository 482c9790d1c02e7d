# SPDX-License-Identifier: AGPL-3.0-or-later
"""The row that says what is looked for: a scanned serial, a lot, a defect, a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from gui.history.question import Question
from gui.text import mark, tr
from gui.widgets.form import button, field
from gui.widgets.metrics import Metrics
from inspector.errors import RequestInvalid

LONGEST = 200
LONGEST_DAY = 12
DAY = timedelta(days=1)
FORMS = ("%Y-%m-%d", "%d.%m.%Y")


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
        self.day = field(mark("Day"), LONGEST_DAY)
        self.today_key = button(mark("TODAY"), "plain")
        self._fields = (self.serial, self.lot, self.defect, self.day)
        self._keys = (self.today_key, self.failed_key, self.clear_key, self.find_key)
        self._layout = QHBoxLayout(self)
        for widget in (*self._fields, *self._keys):
            self._layout.addWidget(widget, 3 if widget is self.serial else 2 if isinstance(widget, QLineEdit) else 0)
        for line in self._fields:
            line.returnPressed.connect(self.asked)
        self.find_key.clicked.connect(self.asked)
        self.clear_key.clicked.connect(self.clear)
        self.failed_key.clicked.connect(self.asked)
        self.today_key.clicked.connect(self._today)

    def question(self) -> Question:
        """What is looked for.

        Raises:
            RequestInvalid: What stands in the field of the day is none.
        """
        serial, lot, defect, day = (line.text().strip() for line in self._fields)
        begin = end = None
        if day:
            midnight = day_of(day)
            begin = midnight.astimezone()
            end = (midnight + DAY).astimezone() - timedelta(seconds=1)  # a day may have 23 or 25 hours
        return Question(serial, lot, defect, begin, end, self.failed_key.isChecked())

    def set_lot(self, lot: str) -> None:
        """Nothing but this lot is looked for."""
        for line in self._fields:
            line.clear()
        self.failed_key.setChecked(False)
        self.lot.setText(lot)

    def clear(self) -> None:
        """Nothing particular is looked for; the next scan is a serial."""
        for line in self._fields:
            line.clear()
        self.failed_key.setChecked(False)
        self.serial.setFocus()
        self.asked.emit()

    def _today(self) -> None:
        self.day.setText(datetime.now().astimezone().date().isoformat())
        self.asked.emit()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window."""
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(metrics.gap)
        for widget in (*self._fields, *self._keys):
            widget.setFixedHeight(metrics.touch)


def day_of(day: str) -> datetime:
    """Midnight, without offset from UTC, of a day as people write it: 2026-11-21 or 21.11.2026.

    Raises:
        RequestInvalid: It is no day.
    """
    for form in FORMS:
        try:
            return datetime.strptime(day, form)
        except ValueError:
            continue
    raise RequestInvalid(tr("this is no day: {day}", day=day), tr("Write it like 2026-11-21"))
