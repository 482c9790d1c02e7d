# SPDX-License-Identifier: AGPL-3.0-or-later
"""Manual mode below the list of points: switch to it, choose an output, pulse or hold it, let go.

Whoever holds an output here says so twice a second; a screen that is gone lets go of it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.shell.person import Person
from gui.text import mark, tr
from gui.widgets.form import Label, button, field
from gui.widgets.metrics import Metrics
from inspector.api.client import ApiClient
from inspector.api.maintenance_schema import IoPointNow
from inspector.api.schema import ForcedOutput, Status
from inspector.errors import InspectorError

KEEP_EVERY_MS = 500
PULSE_MS = 1_000
HOLD_MS = 10_000
LONGEST_WHY = 200
MOST_OUTPUTS = 4
BEGIN, FORCE, END = "manual-begin", "manual-force", "manual-end"
"""Commands of the table of roles."""


class ForceBar(QWidget):
    """Asks in the name of the person who stands here; the station decides what may be.

    Args:
        person: Who stands here.
    """

    def __init__(self, person: Person) -> None:
        super().__init__()
        self._person = person
        self._status: Status | None = None
        self._outputs: tuple[str, ...] = ()
        self._choice = ""
        self._said = ""
        self.message = Label()
        self.why = field(mark("Why: for the record"), LONGEST_WHY)
        self.begin_key = button(mark("SWITCH TO MANUAL"), "primary")
        self.outputs = [button("", "plain") for _ in range(MOST_OUTPUTS)]
        self.pulse_key = button(mark("PULSE 1 s"), "primary")
        self.on_key = button(mark("ON"), "plain")
        self.off_key = button(mark("OFF"), "plain")
        self.free_key = button(mark("LET GO"), "plain")
        self.end_key = button(mark("END MANUAL MODE"), "plain")
        self._keys: tuple[QPushButton, ...] = (
            *(self.begin_key, *self.outputs),
            *(self.pulse_key, self.on_key, self.off_key, self.free_key, self.end_key),
        )
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.message)
        self._row = QHBoxLayout()
        self._row.addWidget(self.why, 1)
        for key in self._keys:
            self._row.addWidget(key)
        self._column.addLayout(self._row)
        self._connect()
        self._keep = QTimer(self)
        self._keep.setInterval(KEEP_EVERY_MS)
        self._keep.timeout.connect(self._say_here)
        self.refresh()

    @property
    def mine(self) -> bool:
        """Whether manual mode is that of who stands here."""
        manual = None if self._status is None else self._status.manual
        return manual is not None and manual.by == self._person.user

    def show_status(self, status: Status | None) -> None:
        """The station has said how it is; None: it cannot be seen."""
        before, self._status = self._status, status
        if (status is None or status.manual is None) is not (before is None or before.manual is None):
            self._said = ""  # what was refused is of before
        if self.mine and status is not None and status.manual is not None and status.manual.forced:
            if not self._keep.isActive():
                self._keep.start()
        else:
            self._keep.stop()
        self.refresh()

    def show_points(self, points: tuple[IoPointNow, ...]) -> None:
        """The points of the line; those that may be forced get a key."""
        self._outputs = tuple(point.name for point in points if point.forceable)[:MOST_OUTPUTS]
        if self._choice not in self._outputs:
            self._choice = self._outputs[0] if self._outputs else ""
        self.refresh()

    def left(self) -> None:
        """Another page is in front: nobody holds anything from there."""
        if self._keep.isActive():
            self._keep.stop()
            self._person.ask(lambda client, staff: client.release_outputs(staff), lambda _answer: None)

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        self._column.setSpacing(metrics.gap)
        self._row.setSpacing(metrics.gap)
        for widget in (self.why, *self._keys):
            widget.setFixedHeight(metrics.touch)

    def refresh(self) -> None:
        """Say everything anew."""
        status = self._status
        manual = None if status is None else status.manual
        between = status is not None and status.shift is None
        self.why.setVisible(manual is None)
        self.begin_key.setVisible(manual is None)
        self.begin_key.setEnabled(between and bool(self.why.text().strip()) and self._person.may(BEGIN))
        for key, name in zip(self.outputs, (*self._outputs, *[""] * MOST_OUTPUTS), strict=False):
            key.setVisible(self.mine and bool(name))
            key.setText(name)
            key.setChecked(name == self._choice)
        for key in (self.pulse_key, self.on_key, self.off_key, self.free_key):
            key.setVisible(self.mine)
            key.setEnabled(bool(self._choice) and self._person.may(FORCE))
        self.end_key.setVisible(manual is not None)
        self.end_key.setEnabled(self._person.may(END))
        self.message.setText(self._said or self._words())

    # Inside

    def _words(self) -> str:
        status = self._status
        if status is None:
            return ""
        if status.manual is None:
            if status.shift is not None:
                return tr("Outputs are forced in manual mode, and that is possible between shifts only.")
            if not self._person.may(BEGIN):
                return tr("Log in as maintenance to switch to manual.")
            return tr("In manual mode no shift opens, and every output falls back by itself.")
        forced = ", ".join(_forced_words(one) for one in status.manual.forced)
        return tr("Manual mode of {by}: {forced}", by=status.manual.by, forced=forced or tr("nothing is forced"))

    def _connect(self) -> None:
        self.why.textChanged.connect(self.refresh)
        self._person.changed.connect(self.refresh)
        self.begin_key.clicked.connect(self._begin)
        for index, key in enumerate(self.outputs):
            key.setCheckable(True)
            key.clicked.connect(lambda _checked=False, at=index: self._choose(at))
        self.pulse_key.clicked.connect(lambda: self._force(True, PULSE_MS))
        self.on_key.clicked.connect(lambda: self._force(True, HOLD_MS))
        self.off_key.clicked.connect(lambda: self._force(False, HOLD_MS))
        self.free_key.clicked.connect(lambda: self._do(lambda client, staff: client.release_outputs(staff)))
        self.end_key.clicked.connect(lambda: self._do(lambda client, staff: client.end_manual(staff)))

    def _choose(self, index: int) -> None:
        self._choice = self._outputs[index]
        self.refresh()

    def _begin(self) -> None:
        why = self.why.text().strip()
        self._do(lambda client, staff: client.begin_manual(why, staff))

    def _force(self, on: bool, for_ms: int) -> None:
        name = self._choice
        self._do(lambda client, staff: client.force(name, on, for_ms, staff))

    def _do(self, command: Callable[[ApiClient, str | None], object]) -> None:
        def answered(answer: object) -> None:
            self._said = tr("Refused: {reason}", reason=answer.message) if isinstance(answer, InspectorError) else ""
            if not self._said:
                self.why.clear()
            self.refresh()

        self._person.ask(command, answered)

    def _say_here(self) -> None:
        self._person.ask(lambda client, staff: client.keep_manual(staff), lambda _answer: None)


def _forced_words(one: ForcedOutput) -> str:
    level = tr("ON") if one.on else tr("OFF")
    return f"{one.name} {level} ({-(-one.left_ms // 1000)} s)"
