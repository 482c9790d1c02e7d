# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen of settings, on answers made by hand: what is found and shown, who changes what, and what waits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.settings.screen import SettingsScreen
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.window import SMALLEST
from gui.text.catalogue import NAMES
from gui.text.languages import LANGUAGES, SOURCE, messages_of, show_language
from inspector.api.command_schema import LoggedIn
from inspector.api.schema import Status
from inspector.api.settings_schema import SettingChange, SettingChanged, SettingInfo, SettingList
from inspector.config import Config
from inspector.config.catalogue import catalogue
from inspector.config.edit import flat_settings
from inspector.config.flat import value_at
from inspector.errors import InspectorError, SettingRefused
from tests.api_station import IDLE, status_document
from tests.unit.test_setting_files import FULL

NAVIGATION_PX, STATE_PX = 100, 48
"""What the window keeps for itself when it is as small as it gets."""
T_US = 1_800_000_000_000_000
USERS = {"access": {"required": True, "people": []}}
SINCE = {"record": 80, "t_us": T_US, "why": "announced in record 70: stops.rejects = 9: more", "by": "kim"}


def listed(**changes: dict[str, Any]) -> SettingList:
    """All settings of a station, some of them otherwise."""
    flat = flat_settings(Config.model_validate(FULL))
    found = []
    for one in catalogue(flat):
        value = value_at(flat, one.name) if not one.secret else None
        value = tuple(value) if isinstance(value, list) else () if one.kind == "list" and value is None else value
        fields = {name: getattr(one, name) for name in SettingInfo.model_fields if hasattr(one, name)}
        fields |= {"hidden": one.secret, "value": value, "in_file": value, "differs": False, "waits": False}
        found.append(SettingInfo.model_validate(fields | changes.get(one.name.replace(".", "_"), {})))
    waiting = sum(one.waits for one in found)
    return SettingList(settings=tuple(found), waiting=waiting, trouble="", first_us=T_US, names=True)


class Api:
    """What it answers, and what was asked."""

    def __init__(self) -> None:
        self.found = listed(stops_rejects={"value": 9, "in_file": 9, "differs": True, "since": SINCE})
        self.asked: list[SettingChange] = []
        self.error: InspectorError | None = None

    def settings(self) -> SettingList:
        return self.found

    def logout(self, _session: str) -> None: ...

    def change_setting(self, body: SettingChange) -> SettingChanged:
        self.asked.append(body)
        if self.error is not None:
            raise self.error
        self.found = listed(stops_rejects_in_row={"in_file": 8, "waits": True})
        return SettingChanged(seq=81, name=body.name, old="5", new=body.value, waiting=1)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def screen(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: Api) -> Iterator[SettingsScreen]:
    bridge = Bridge(tmp_path)

    def ask(question: Callable[[Any], object], done: Callable[[object], None]) -> None:
        try:
            answer: object = question(api)
        except InspectorError as error:
            answer = error
        done(answer)

    monkeypatch.setattr(bridge, "ask", ask)
    person = Person(bridge)
    monkeypatch.setattr(person, "_client", api)
    made = SettingsScreen(bridge, person)
    qtbot.addWidget(made)
    made.resize(SMALLEST[0] - NAVIGATION_PX, SMALLEST[1] - STATE_PX)
    made.show()
    qtbot.waitExposed(made)
    bridge.status_came.emit(Status.model_validate(status_document(**IDLE, **USERS)))
    made.entered()
    yield made
    made.left()


def tap(qtbot: QtBot, key: Any) -> None:
    assert key.isVisible() and key.isEnabled()
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)


def come(screen: SettingsScreen, role: str, *may: str) -> None:
    screen.person._come(LoggedIn(session="s", user="kim", role=role, idle_s=0, may=may))


def texts(screen: SettingsScreen) -> list[str]:
    return [key.text() for key in screen.settings.keys if not key.isHidden()]


def test_tables_settings_and_what_each_means(screen: SettingsScreen, qtbot: QtBot) -> None:
    assert screen.tables.keys[0].text() == "station"
    screen.search.setText("Usual stops")
    assert texts(screen) == ["rejects_in_row = 5"]
    assert screen.meaning.text().startswith("So many rejected parts in a row")
    words = screen.pairs.words
    assert "in force 5" in words and "allowed 2 to 1000" in words and "since the first start" in words
    screen.search.setText("rejects")
    tap(qtbot, screen.filters["differs"])
    assert texts(screen) == ["• rejects = 9"]
    assert "kim: announced in record 70" in screen.pairs.words and "default 10" in screen.pairs.words
    screen.search.setText("no such words")
    assert texts(screen) == [] and "nothing fits" in screen.pairs.words
    assert screen.take_scan("line.decide_by_ms")
    tap(qtbot, screen.filters["all"])
    assert "in force 700 ms" in screen.pairs.words


def test_where_a_secret_lies_is_not_shown(screen: SettingsScreen) -> None:
    screen.search.setText("key.passphrase_file")
    assert texts(screen) == ["passphrase_file"]
    assert "in force not shown" in screen.pairs.words
    assert screen.editor.hint.text() == "It is changed in station.toml, on the station's computer."


def test_an_admin_changes_one_between_shifts(screen: SettingsScreen, qtbot: QtBot, api: Api) -> None:
    screen.search.setText("stops.rejects_in_row")
    editor = screen.editor
    assert editor.hint.text() == "An admin changes it: log in." and not editor.change_key.isVisible()
    come(screen, "admin", "setting-set", "change-list")
    assert editor.hint.text() == ""
    editor.value.setText("8")
    assert not editor.change_key.isEnabled(), "the reason is missing"
    editor.why.setText("the new feeder bounces")
    api.error = SettingRefused("stops.rejects_in_row: Input should be less than or equal to 1000", "See it")
    tap(qtbot, editor.change_key)
    assert "less than or equal to 1000" in screen.message.text() and editor.value.text() == "8"
    api.error = None
    tap(qtbot, editor.change_key)
    asked = {"name": "stops.rejects_in_row", "value": "8", "why": "the new feeder bounces"}
    assert api.asked[-1].model_dump() == asked
    assert "holds from the next start on" in screen.message.text()
    assert "1 changes wait for a restart" in screen.waiting.text() and editor.value.text() == ""
    assert texts(screen) == ["→ rejects_in_row = 5"] and "from the next start on 8" in screen.pairs.words
    screen.search.clear()
    tap(qtbot, screen.filters["waits"])
    assert [key.text() for key in screen.tables.keys if not key.isHidden()] == ["→ stops"]


def test_choices_are_keys(screen: SettingsScreen, qtbot: QtBot, api: Api) -> None:
    come(screen, "admin", "setting-set")
    screen.search.setText("challenge.required")
    assert not screen.editor.value.isVisible()
    assert [key.text() for key in screen.editor.choices if key.isVisible()] == ["on", "off"]
    tap(qtbot, screen.editor.choices[1])
    screen.editor.why.setText("trial")
    tap(qtbot, screen.editor.change_key)
    assert (api.asked[-1].name, api.asked[-1].value) == ("challenge.required", "false")
    screen.search.setText("clock.synchronised")
    assert screen.editor.why.text() == ""
    assert [key.text() for key in screen.editor.choices if key.isVisible()] == ["warn", "require", "ignore"]


def test_nobody_changes_anything_else(screen: SettingsScreen) -> None:
    come(screen, "admin", "setting-set")
    screen.search.setText("access.approve")
    assert "station.toml" in screen.editor.hint.text() and not screen.editor.change_key.isVisible()
    screen.search.setText("stops.rejects_in_row")
    assert screen.editor.change_key.isVisible()
    screen.bridge.status_came.emit(Status.model_validate(status_document(**USERS)))
    assert screen.editor.hint.text() == "It is changed between two shifts."
    screen.bridge.away.emit("the cable")
    assert screen.editor.hint.text() == "no connection"
    screen.person.log_out()
    screen.bridge.status_came.emit(Status.model_validate(status_document(**IDLE)))
    assert "no users yet" in screen.editor.hint.text() and not screen.editor.change_key.isVisible()


@pytest.mark.usefixtures("qapp")
def test_every_meaning_is_translated() -> None:
    full = FULL | {"recipes": {"other": {"recipe": "r2"}}}
    every = catalogue(flat_settings(Config.model_validate(full)))
    wanted = {f"SETTING {one.topic}" for one in every}
    for language in NAMES:
        known = {source for context, source, _ in messages_of(language) if context == "reasons"}
        assert {source for source in known if source.startswith("SETTING ")} == wanted, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_beside_the_navigation_of_the_smallest_window(
    screen: SettingsScreen, qtbot: QtBot, language: str
) -> None:
    try:
        show_language(language)
        come(screen, "admin", "setting-set")
        for sought in ("", "verified_by", "line.tracking", "reaction_plan", "key.file", "synchronised"):
            screen.search.setText(sought)
            qtbot.wait(20)
            assert screen.minimumSizeHint().width() <= SMALLEST[0] - NAVIGATION_PX, sought
            assert screen.minimumSizeHint().height() <= SMALLEST[1] - STATE_PX, sought
    finally:
        show_language(SOURCE)
