# SPDX-License-Identifier: AGPL-3.0-or-later
"""Legal holds: which are in force, a new one, the end of one."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.text import mark, tr
from gui.text.said import said_error
from gui.widgets.form import button, field
from gui.widgets.metrics import Metrics
from inspector.api.answers import command
from inspector.api.client import ApiClient
from inspector.api.people_schema import HoldBegin, HoldEnd, HoldInfo, HoldRecorded, HoldScope
from inspector.errors import InspectorError

SHOWN = 4
"""Keys; older holds are on further pages."""
SHOWN_LOW, LOW_MM = 2, 240.0
"""Keys in a window that is lower than this."""
LONGEST_NAME, LONGEST_VALUE, LONGEST_REASON = 64, 200, 200
BEGIN = "hold"
"""Command of the table of roles."""


class Holds(QWidget):
    """The list above, what is to be typed below."""

    said = Signal(object, bool)
    """What became of it, and whether it went well."""

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__()
        self._bridge, self._person = bridge, person
        self.holds: tuple[HoldInfo, ...] = ()
        self._page = 0
        self._shown = SHOWN
        self._choice = ""
        self.title = QLabel()
        self.title.setWordWrap(True)
        self.keys = [button("", "plain") for _ in range(SHOWN)]
        self.newer = button(mark("NEWER"), "plain")
        self.older = button(mark("OLDER"), "plain")
        self.hold_name = field(mark("Name, for example the number of the complaint"), LONGEST_NAME)
        self.lot = field(mark("Lot"), LONGEST_VALUE)
        self.serial = field(mark("Serial"), LONGEST_VALUE)
        self.defect = field(mark("Defect"), LONGEST_VALUE)
        self.reason = field(mark("Why, for the record"), LONGEST_REASON)
        self.begin_key = button(mark("BEGIN HOLD"), "primary")
        self.end_key = button(mark("END HOLD"), "plain")
        self._fields = (self.hold_name, self.lot, self.serial, self.defect, self.reason)
        self._lay_out()
        self._connect()
        self.refresh()

    def fit(self, metrics: Metrics) -> None:
        """Sizes for this window and screen."""
        for widget in (*self.keys, self.newer, self.older, *self._fields, self.begin_key, self.end_key):
            widget.setFixedHeight(metrics.touch)
        for layout in (self._layout, self._pages, self._grid):
            layout.setSpacing(metrics.gap)
        shown = SHOWN_LOW if metrics.height_mm < LOW_MM else SHOWN
        if shown != self._shown:
            self._shown, self._page = shown, 0
            self.refresh()

    def reload(self) -> None:
        """Ask for the holds in force."""
        self._bridge.ask(lambda client: client.holds(), self._on_holds)

    def forget(self) -> None:
        """Nobody stands here any more."""
        for line in self._fields:
            line.clear()

    def refresh(self) -> None:
        """What can be done now."""
        count = len(self.holds)
        self.title.setText(tr("LEGAL HOLDS: {count} in force", count=count) if count else tr("LEGAL HOLDS: none"))
        here = self._here()
        for index, key in enumerate(self.keys):
            key.setVisible(index < len(here))
            if index < len(here):
                key.setText(words_of(here[index]))
                key.setChecked(here[index].name == self._choice)
        for key in (self.newer, self.older):
            key.setVisible(count > self._shown)
        self.newer.setEnabled(self._page > 0)
        self.older.setEnabled((self._page + 1) * self._shown < count)
        may = self._person.may(BEGIN) and not self._person.busy
        for line in self._fields:
            line.setEnabled(may)
        why, covered = bool(self.reason.text().strip()), any(line.text().strip() for line in self._fields[1:4])
        self.begin_key.setEnabled(may and why and covered and bool(self.hold_name.text().strip()))
        self.end_key.setEnabled(may and why and bool(self._choice))

    def _here(self) -> tuple[HoldInfo, ...]:
        return tuple(reversed(self.holds))[self._page * self._shown : (self._page + 1) * self._shown]

    def _lay_out(self) -> None:
        layout = self._layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        pages = self._pages = QHBoxLayout()
        pages.addWidget(self.title, 1)
        pages.addWidget(self.newer)
        pages.addWidget(self.older)
        layout.addLayout(pages)
        for key in self.keys:
            key.setCheckable(True)
            layout.addWidget(key)
        layout.addStretch(1)
        grid = self._grid = QGridLayout()
        grid.addWidget(self.hold_name, 0, 0, 1, 3)
        grid.addWidget(self.reason, 0, 3, 1, 3)
        for column, line in enumerate((self.lot, self.serial, self.defect)):
            grid.addWidget(line, 1, column * 2, 1, 2)
        grid.addWidget(self.begin_key, 2, 0, 1, 3)
        grid.addWidget(self.end_key, 2, 3, 1, 3)
        for column in range(6):
            grid.setColumnStretch(column, 1)
        layout.addLayout(grid)

    def _connect(self) -> None:
        for index, key in enumerate(self.keys):
            key.clicked.connect(lambda _checked=False, at=index: self._tap(at))
        for line in self._fields:
            line.textChanged.connect(self.refresh)
        self.newer.clicked.connect(lambda: self._turn(-1))
        self.older.clicked.connect(lambda: self._turn(1))
        self.begin_key.clicked.connect(self._begin)
        self.end_key.clicked.connect(self._end)

    def _tap(self, index: int) -> None:
        name = self._here()[index].name
        self._choice = "" if name == self._choice else name
        self.refresh()

    def _turn(self, by: int) -> None:
        self._page += by
        self.refresh()

    def _begin(self) -> None:
        name, reason = self.hold_name.text().strip(), self.reason.text().strip()
        lot, serial, defect = (line.text().strip() or None for line in (self.lot, self.serial, self.defect))

        def ask(client: ApiClient, staff: str | None) -> HoldRecorded:
            scope = command(HoldScope, lot=lot, serial=serial, defect=defect)
            return client.begin_hold(command(HoldBegin, name=name, scope=scope, reason=reason, operator=staff))

        self._person.ask(ask, self._on_answer)

    def _end(self) -> None:
        name, reason = self._choice, self.reason.text().strip()
        self._person.ask(
            lambda client, staff: client.end_hold(command(HoldEnd, name=name, reason=reason, operator=staff)),
            self._on_answer,
        )

    def _on_holds(self, answer: object) -> None:
        if isinstance(answer, tuple):
            self.holds = answer
            self._page = min(self._page, max(0, (len(answer) - 1) // self._shown))
            if self._choice not in {hold.name for hold in answer}:
                self._choice = ""
        self.refresh()

    def _on_answer(self, answer: object) -> None:
        if isinstance(answer, HoldRecorded):
            self.said.emit(tr("Recorded."), True)
            self.forget()
            self.reload()
        elif isinstance(answer, InspectorError):
            self.said.emit(tr("Refused: {words}", words=said_error(answer)), False)
        self.refresh()


def words_of(hold: HoldInfo) -> str:
    """A hold in one line: its name, and what it covers."""
    scope = hold.scope
    named = ((tr("lot"), scope.lot), (tr("serial"), scope.serial), (tr("defect"), scope.defect))
    covered = [f"{name} {value}" for name, value in named if value is not None]
    if scope.from_us is not None or scope.to_us is not None:
        covered.append(tr("a time"))
    return f"{hold.name}: {', '.join(covered)}"
