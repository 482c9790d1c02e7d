# SPDX-License-Identifier: AGPL-3.0-or-later
"""For how long, and why: an alarm is shelved in place, at the lower edge of its screen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.text import mark, tr
from gui.text.codes import alarm_name
from gui.widgets.form import Label, button, field, row
from gui.widgets.metrics import Metrics
from inspector.api.schema import AlarmInfo

REASON_LENGTH = 200
CHOICES = ((30, mark("30 MIN")), (120, mark("2 HOURS")), (480, mark("THIS SHIFT")))


class ShelfForm(QWidget):
    """Asks for time and reason."""

    given = Signal(str, int, str)
    """code, minutes, reason."""
    left = Signal()
    """Not to be shelved."""

    def __init__(self) -> None:
        super().__init__()
        self._alarm: AlarmInfo | None = None
        self._minutes = CHOICES[0][0]
        self._idle = True
        self.words = Label()
        self.reason = field(mark("Why nobody has to act now"), REASON_LENGTH)
        self.back_key = button(mark("BACK"), "plain")
        self.shelve_key = button(mark("SHELVE"), "primary")
        self.time_keys = {minutes: button(word, "plain") for minutes, word in CHOICES}
        for minutes, key in self.time_keys.items():
            key.setCheckable(True)
            key.setAutoExclusive(True)
            key.clicked.connect(lambda _checked, chosen=minutes: self._choose(chosen))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        first: list[QWidget | None] = [self.words, None, *self.time_keys.values()]
        self._layout.addWidget(row(first))
        self._layout.addWidget(row([self.reason, self.shelve_key, None, self.back_key]))
        self.reason.textChanged.connect(self._refresh)
        self.reason.returnPressed.connect(self._give)
        self.shelve_key.clicked.connect(self._give)
        self.back_key.clicked.connect(self.left)

    @property
    def code(self) -> str:
        """Of the alarm that is asked about; empty if none is."""
        return "" if self._alarm is None else self._alarm.code

    def ask(self, alarm: AlarmInfo | None) -> None:
        """Ask about an alarm; None: about none."""
        self._alarm = alarm
        self.reason.clear()
        self._choose(CHOICES[0][0])
        if alarm is not None:
            self.words.setText(tr("Shelve {alarm} for at most", alarm=alarm_name(alarm.code)))
            self.reason.setFocus()

    def set_idle(self, idle: bool) -> None:
        """Whether a command may be given."""
        self._idle = idle
        self._refresh()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._layout.setSpacing(metrics.gap)
        for widget in (self.reason, self.back_key, self.shelve_key, *self.time_keys.values()):
            widget.setFixedHeight(metrics.touch)

    def _choose(self, minutes: int) -> None:
        self._minutes = minutes
        self.time_keys[minutes].setChecked(True)
        self._refresh()

    def _give(self) -> None:
        if self.shelve_key.isEnabled():
            self.given.emit(self.code, self._minutes, self.reason.text().strip())

    def _refresh(self) -> None:
        self.shelve_key.setEnabled(self._idle and bool(self.code) and bool(self.reason.text().strip()))
