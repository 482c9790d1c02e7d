# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings: tables of the file on the left, their settings in the middle, one of them on the right."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from gui.settings.editor import SettingEditor
from gui.settings.words import NOTHING, fits, meaning, setting_pairs, table_words, title, waiting_words, why_not
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.screen import Screen
from gui.text import mark, tr
from gui.text.said import said_error
from gui.widgets.form import Lines, button, field, style
from gui.widgets.key_list import KeyList
from gui.widgets.metrics import Metrics
from gui.widgets.pairs import Pairs
from gui.widgets.palette import Tone
from inspector.api.answers import command
from inspector.api.client import ApiClient
from inspector.api.schema import Status
from inspector.api.settings_schema import SettingChange, SettingChanged, SettingInfo, SettingList
from inspector.errors import InspectorError

PAGE = 6
LONGEST = 60
SEES = "change-list"
"""Command of the table of roles: who has changed what."""
FILTERS: dict[str, Callable[[SettingInfo], bool]] = {
    "all": lambda _one: True,
    "differs": lambda one: one.differs,
    "waits": lambda one: one.waits,
}


class SettingsScreen(Screen):
    """Everybody reads; an admin changes some, between two shifts."""

    name = "settings"
    word = mark("Settings")
    symbol = "settings"

    def __init__(self, bridge: Bridge, person: Person) -> None:
        super().__init__(bridge, person)
        self.found: SettingList | None = None
        self._table = "-"
        self._name = ""
        self._filter = "all"
        self._saw = False
        self._in_front = False
        self._shift: int | None = None
        self.search = field(mark("Search: name or meaning"), LONGEST)
        words = {"all": mark("ALL"), "differs": mark("NOT DEFAULT"), "waits": mark("WAITING")}
        self.filters = {name: button(word, "plain") for name, word in words.items()}
        self.waiting, self.message = Lines(), Lines()
        self.tables, self.settings, self.pairs = KeyList(PAGE), KeyList(PAGE), Pairs(0.32)
        self.meaning = QLabel()
        self.editor = SettingEditor()
        self.meaning.setTextFormat(Qt.TextFormat.PlainText)
        self.meaning.setWordWrap(True)
        for listed in (self.tables, self.settings):
            listed.name_turns(mark("BACK"), mark("ON"))
        self._lay_out()
        self._connect()
        self._say("", Tone.CALM)
        self._show()

    @property
    def chosen(self) -> SettingInfo | None:
        """The setting on the right."""
        return None if self.found is None else next((o for o in self.found.settings if o.name == self._name), None)

    def entered(self) -> None:
        self._in_front = True
        self._reload()

    def left(self) -> None:
        self._in_front = False
        self.editor.forget()
        self._say("", Tone.CALM)

    def take_scan(self, code: str) -> bool:
        self.search.setText(code[:LONGEST])
        return True

    def show_status(self, status: Status) -> None:
        shift = None if status.shift is None else status.shift.number
        if self.status is None or shift != self._shift:
            self._shift = shift
            self._show_chosen(status)
            if self._in_front and self.status is None:
                self._reload()  # it was started again, perhaps with what waited

    def show_away(self, reason: str) -> None:
        self._show_chosen(None)

    def retranslate(self) -> None:
        self._show()

    def fit(self, metrics: Metrics) -> None:
        gap = metrics.gap
        self._outer.setContentsMargins(gap, gap, gap, gap)
        self._outer.setSpacing(gap)
        self._columns.setSpacing(gap)
        for widget in (self.search, *self.filters.values()):
            widget.setFixedHeight(metrics.touch)
        for part in (self.tables, self.settings, self.editor):
            part.fit(metrics)
        narrow = f"QPushButton {{ padding: 0 {gap}px; }} QLabel {{ padding: 0; }}"  # three columns in a small window
        self.setStyleSheet(style("SettingsScreen", metrics.text, gap) + narrow)

    # Inside

    def _lay_out(self) -> None:
        self._outer = QVBoxLayout(self)
        top = QHBoxLayout()
        top.addWidget(self.search, 2)
        for key in self.filters.values():
            key.setCheckable(True)
            top.addWidget(key, 1)
        self._outer.addLayout(top)
        self._outer.addWidget(self.waiting)
        self._outer.addWidget(self.message)
        self._columns = QHBoxLayout()
        self._columns.addWidget(self.tables, 3)
        self._columns.addWidget(self.settings, 5)
        right = QVBoxLayout()
        right.addWidget(self.meaning)
        right.addWidget(self.pairs, 1)
        right.addWidget(self.editor)
        self._columns.addLayout(right, 7)
        self._outer.addLayout(self._columns, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._show)
        for name, key in self.filters.items():
            key.clicked.connect(lambda _checked=False, chosen=name: self._take_filter(chosen))
        self.tables.tapped.connect(self._tap_table)
        self.settings.tapped.connect(self._tap_setting)
        self.editor.asked.connect(self._change)
        self.person.changed.connect(self._on_person)

    def _on_person(self) -> None:
        if not self.person.known:
            self.editor.forget()
        sees = self.person.may(SEES)
        if self._in_front and sees != self._saw and not self.person.busy:
            self._reload()
        self._show_chosen(self.status)

    def _reload(self) -> None:
        """In the name of who is logged in and may see names; else in nobody's."""
        self._saw = self.person.may(SEES)
        if self._saw and self.person.required:
            self.person.ask(lambda client, _staff: client.settings(), self._on_settings)
        else:
            self.bridge.ask(lambda client: client.settings(), self._on_settings)

    def _on_settings(self, answer: object) -> None:
        if isinstance(answer, SettingList):
            self.found = answer
        elif isinstance(answer, InspectorError):
            self._say(said_error(answer), Tone.WARN)
        self._show()

    def _listed(self) -> dict[str, list[SettingInfo]]:
        """What is looked for, by table."""
        sought, wanted = self.search.text().strip(), FILTERS[self._filter]
        listed: dict[str, list[SettingInfo]] = {}
        for one in () if self.found is None else self.found.settings:
            if wanted(one) and fits(one, sought):
                listed.setdefault(one.table, []).append(one)
        return listed

    def _take_filter(self, name: str) -> None:
        self._filter = name
        self._show()

    def _tap_table(self, number: int) -> None:
        self._table = list(self._listed())[number]
        self._name = ""
        self._show()

    def _tap_setting(self, number: int) -> None:
        self._name = self._listed()[self._table][number].name
        self._say("", Tone.CALM)
        self._show()

    def _change(self, name: str, value: str, why: str) -> None:
        def ask(client: ApiClient, _staff: str | None) -> SettingChanged:
            return client.change_setting(command(SettingChange, name=name, value=value, why=why))

        self.person.ask(ask, self._on_changed)

    def _on_changed(self, answer: object) -> None:
        if isinstance(answer, SettingChanged):
            self.editor.forget()
            words = tr(
                "Recorded: {name} from {old} to {new}. It holds from the next start on; then quality approves it.",
                name=answer.name,
                old=answer.old,
                new=answer.new,
            )
            self._say(words, Tone.CALM)
            self._reload()
        elif isinstance(answer, InspectorError):
            self._say(tr("Refused: {words}", words=said_error(answer)), Tone.WARN)

    def _say(self, text: str, tone: Tone) -> None:
        _paint(self.message, text, tone)

    def _show(self) -> None:
        listed = self._listed()
        tables = list(listed)
        if self._table not in listed:
            self._table = tables[0] if tables else ""
        here = listed.get(self._table, [])
        names = [one.name for one in here]
        if self._name not in names:
            self._name = names[0] if names else ""
        for name, key in self.filters.items():
            key.setChecked(name == self._filter)
        place = tables.index(self._table) if tables else None
        self.tables.show_texts([table_words(table, listed[table]) for table in tables], place)
        self.settings.show_texts([title(one) for one in here], names.index(self._name) if names else None)
        waiting = "" if self.found is None else waiting_words(self.found)
        _paint(self.waiting, waiting, Tone.ACTION)
        self._show_chosen(self.status)

    def _show_chosen(self, status: Status | None) -> None:
        found, chosen = self.found, self.chosen
        if found is None or chosen is None:
            self.meaning.setText("")
            self.pairs.show_pairs(tr("SETTING"), [(tr("settings"), tr("nothing fits") if found else NOTHING, False)])
            self.editor.show_setting(None, "")
            return
        self.meaning.setText(meaning(chosen))
        self.pairs.show_pairs(chosen.name, setting_pairs(chosen, found))
        self.editor.show_setting(chosen, why_not(chosen, self.person, status))


def _paint(label: QLabel, text: str, tone: Tone) -> None:
    colours = tone.value
    label.setText(text)
    label.setVisible(bool(text))
    label.setStyleSheet(f"background: {colours.fill.name()}; color: {colours.ink.name()};")
