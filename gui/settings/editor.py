# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changes one setting: a value, a reason, one key."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.settings.words import value_words
from gui.text import mark, tr
from gui.widgets.form import button, field
from gui.widgets.metrics import Metrics
from inspector.api.settings_schema import SettingInfo

LONGEST_VALUE, LONGEST_WHY = 500, 200
MOST_CHOICES = 4
FLAG = ("true", "false")


class SettingEditor(QWidget):
    """Below what is said of the setting."""

    asked = Signal(str, str, str)
    """Name, value as typed, reason."""

    def __init__(self) -> None:
        super().__init__()
        self._setting: SettingInfo | None = None
        self._chosen = ""
        self._open = False
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        self.value = field(mark("New value"), LONGEST_VALUE)
        self.choices: list[QPushButton] = [button("", "plain") for _ in range(MOST_CHOICES)]
        self.why = field(mark("Why, for the record"), LONGEST_WHY)
        self.change_key = button(mark("CHANGE"), "primary")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.hint)
        layout.addWidget(self.value)
        row = QHBoxLayout()
        for index, key in enumerate(self.choices):
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, at=index: self._choose(at))
            row.addWidget(key, 1)
        layout.addLayout(row)
        last = QHBoxLayout()
        last.addWidget(self.why, 3)
        last.addWidget(self.change_key, 1)
        layout.addLayout(last)
        self.value.textChanged.connect(self._refresh)
        self.why.textChanged.connect(self._refresh)
        self.change_key.clicked.connect(self._ask)
        self._refresh()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        for widget in (self.value, self.why, self.change_key, *self.choices):
            widget.setFixedHeight(metrics.touch)

    def show_setting(self, setting: SettingInfo | None, why_not: str) -> None:
        """Take what is to be changed, and why it cannot be; what was typed for another one is gone."""
        if self._setting is None or setting is None or self._setting.name != setting.name:
            self.forget()
        self._setting, self._open = setting, setting is not None and not why_not
        self.hint.setText(why_not)
        self._refresh()

    def forget(self) -> None:
        """Nothing is typed."""
        self._chosen = ""
        self.value.clear()
        self.why.clear()

    def _options(self) -> tuple[str, ...]:
        if self._setting is None:
            return ()
        return FLAG if self._setting.kind == "flag" else self._setting.choices[:MOST_CHOICES]

    def _choose(self, index: int) -> None:
        self._chosen = self._options()[index]
        self._refresh()

    def _typed(self) -> str:
        return self._chosen if self._options() else self.value.text().strip()

    def _ask(self) -> None:
        if self._setting is not None:
            self.asked.emit(self._setting.name, self._typed(), self.why.text().strip())

    def _refresh(self) -> None:
        options = self._options()
        self.hint.setVisible(bool(self.hint.text()))
        self.value.setVisible(self._open and not options)
        for index, key in enumerate(self.choices):
            key.setVisible(self._open and index < len(options))
            if index < len(options):
                flag = self._setting is not None and self._setting.kind == "flag"
                key.setText(value_words(options[index] == FLAG[0]) if flag else options[index])
                key.setChecked(options[index] == self._chosen)
        for widget in (self.why, self.change_key):
            widget.setVisible(self._open)
        self.change_key.setEnabled(bool(self._typed() and self.why.text().strip()))
        self.change_key.setText(tr("CHANGE"))
