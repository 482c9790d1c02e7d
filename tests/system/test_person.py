# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who stands at the screen, on a real api process with a scripted station behind it; the clock is a number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.person import IDLE_S, Person
from gui.shell.scanner import Wedge
from gui.shell.window import Window
from inspector.errors import InspectorError, LoginNeeded, LoginRefused
from inspector.ipc import Message
from tests.api_station import ApiProcess, FakeStation, make_station, status_document
from tests.day.hands import type_like_a_scanner

WAIT_MS = 30_000
MAY = ["shift-open", "password"]


class Desk:
    """A person at a station, and what was answered."""

    def __init__(self, station: FakeStation, person: Person, qtbot: QtBot) -> None:
        self.station = station
        self.person = person
        self.now_s = 0.0
        self.answers: list[object] = []
        self.signs: list[str] = []
        self._qtbot = qtbot
        person._now_s = lambda: self.now_s
        person.locked.connect(lambda: self.signs.append("locked"))
        person.wanted.connect(lambda: self.signs.append("wanted"))

    def until(self, number: int) -> object:
        self._qtbot.waitUntil(lambda: len(self.answers) == number, timeout=WAIT_MS)
        return self.answers[-1]

    def log_in(self, person: str = "ada", secret: str = "right") -> object:
        number = len(self.answers)
        self.person.log_in(person, secret, self.answers.append)
        return self.until(number + 1)

    def open_shift(self) -> object:
        number = len(self.answers)
        self.person.ask(lambda client, who: client.open_shift("L-1", who), self.answers.append)
        return self.until(number + 1)

    def staffed(self) -> None:
        """The station has users from now on."""
        self.station.answers["logout"] = lambda _request: {"user": "ada"}
        self.station.answers["login"] = self._login
        self.people()
        self._qtbot.waitUntil(lambda: self.person.required, timeout=WAIT_MS)

    def people(self, *names: str) -> None:
        """Who has a session, as the station says."""
        there = [{"user": name, "role": "operator"} for name in names]
        self.station.change(access={"required": True, "people": there})

    def asked(self) -> list[tuple[str, str | None]]:
        return [(one["command"], one.get("session")) for one in self.station.requests if one["command"] != "status"]

    def _login(self, request: Message) -> dict[str, object]:
        user = request["arguments"]["person"]
        return {"session": f"s-{user}", "user": user, "name": "Ada L.", "role": "operator", "idle_s": 60, "may": MAY}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeStation, Path]]:
    """One station for all: an api process takes two seconds to start."""
    path = tmp_path_factory.mktemp("station")
    station = FakeStation(make_station(path))
    api = ApiProcess(path)
    api.start()
    yield station, path
    station.close()
    assert api.end() == 0


@pytest.fixture
def desk(place: tuple[FakeStation, Path], qtbot: QtBot) -> Iterator[Desk]:
    station, path = place
    station.requests.clear()
    station.errors.clear()
    station.change(access={"required": False, "people": []})
    bridge = Bridge(path)
    person = Person(bridge)
    came: list[object] = []
    bridge.status_came.connect(came.append)
    bridge.start()
    qtbot.waitUntil(lambda: bool(came), timeout=WAIT_MS)
    yield Desk(station, person, qtbot)
    bridge.close()
    shiboken6.delete(person)  # or whatever thread collects garbage next deletes it


def test_a_staff_number_is_typed_once_where_there_are_no_users(desk: Desk) -> None:
    assert isinstance(desk.open_shift(), LoginNeeded)
    assert desk.signs == ["wanted"]
    assert not desk.person.may("shift-open")
    assert desk.log_in("4711", "") is None
    assert (desk.person.name, desk.person.role, desk.person.may("shift-open")) == ("4711", "", True)
    assert not isinstance(desk.open_shift(), InspectorError)
    opened = next(one for one in desk.station.requests if one["command"] == "shift-open")
    assert opened["arguments"]["operator"] == "4711"
    desk.person.log_out()
    assert not desk.person.known


def test_a_session_holds_for_several_commands_and_no_staff_id_goes_with_them(desk: Desk) -> None:
    desk.staffed()
    assert desk.log_in() is None
    assert (desk.person.name, desk.person.role) == ("Ada L.", "operator")
    assert (desk.person.may("shift-open"), desk.person.may("hold")) == (True, False)
    for _ in range(2):
        assert not isinstance(desk.open_shift(), InspectorError)
    assert desk.asked() == [("login", None), ("shift-open", "s-ada"), ("shift-open", "s-ada")]
    assert "operator" not in desk.station.requests[-1]["arguments"]


def test_a_refused_log_in_leaves_nobody_there(desk: Desk) -> None:
    desk.staffed()
    desk.station.errors["login"] = {"code": "LOGIN_REFUSED", "message": "they do not fit", "advice": "Try again"}
    assert isinstance(desk.log_in(), LoginRefused)
    assert not desk.person.known


def test_controls_lock_when_nothing_is_touched(desk: Desk, qtbot: QtBot) -> None:
    desk.staffed()
    desk.log_in()
    desk.now_s = 50
    desk.person.touched()
    desk.now_s = 109
    desk.person.look()
    assert desk.person.known
    desk.now_s = 110
    desk.person.look()
    assert not desk.person.known
    assert desk.signs == ["locked"]
    qtbot.waitUntil(lambda: desk.asked()[-1] == ("logout", "s-ada"), timeout=WAIT_MS)
    assert isinstance(desk.open_shift(), LoginNeeded)


def test_a_typed_staff_number_is_forgotten_too(desk: Desk) -> None:
    desk.log_in("4711", "")
    desk.now_s = IDLE_S
    desk.person.look()
    assert not desk.person.known


def test_nobody_is_locked_out_while_a_command_waits(desk: Desk, qtbot: QtBot) -> None:
    desk.staffed()
    desk.log_in()
    desk.person.ask(lambda client, who: client.open_shift("L-1", who), desk.answers.append)
    desk.now_s = 10_000
    desk.person.look()
    assert desk.person.known
    desk.until(2)
    desk.person.look()
    assert desk.person.known, "the answer counts as a touch: somebody reads it"


def test_a_session_that_the_station_has_ended_is_over_here(desk: Desk, qtbot: QtBot) -> None:
    desk.staffed()
    desk.log_in()
    desk.station.errors["shift-open"] = {"code": "LOGIN_NEEDED", "message": "the session is over", "advice": "log in"}
    assert isinstance(desk.open_shift(), LoginNeeded)
    assert not desk.person.known
    assert desk.signs == ["locked", "wanted"]
    desk.log_in()
    desk.people("ada", "eve")
    qtbot.waitUntil(lambda: desk.person._seen, timeout=WAIT_MS)
    desk.people("eve")
    qtbot.waitUntil(lambda: not desk.person.known, timeout=WAIT_MS)


def test_who_comes_sends_the_one_before_away(desk: Desk) -> None:
    desk.staffed()
    desk.log_in("ada")
    desk.log_in("eve")
    assert desk.person.user == "eve"
    assert not isinstance(desk.open_shift(), InspectorError)
    assert desk.asked()[-1] == ("shift-open", "s-eve")
    assert ("logout", "s-ada") in desk.asked()


# In the window


@pytest.fixture
def window(place: tuple[FakeStation, Path], qtbot: QtBot) -> Iterator[Window]:
    station, path = place
    station.requests.clear()
    station.errors.clear()
    station.change(**status_document(access={"required": False, "people": []}))
    bridge = Bridge(path)
    window = Window(bridge, SCREENS[:1])
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    came: list[object] = []
    bridge.status_came.connect(came.append)
    bridge.start()
    qtbot.waitUntil(lambda: bool(came), timeout=WAIT_MS)
    yield window
    window.close()


def test_a_password_is_asked_for_in_place_and_the_name_stands_at_the_edge(
    window: Window, place: tuple[FakeStation, Path], qtbot: QtBot
) -> None:
    desk = Desk(place[0], window.person, qtbot)
    desk.staffed()
    assert window.person_key.text() == "Log in"
    qtbot.mouseClick(window.person_key, Qt.MouseButton.LeftButton)
    bar = window.log_in
    assert bar.isVisible()
    assert not bar.geometry().intersects(window._stack.geometry())
    qtbot.keyClicks(bar.who, "ada")
    assert not bar.enter_key.isEnabled()
    qtbot.keyPress(bar.who, Qt.Key.Key_Return)
    desk.station.errors["login"] = {"code": "LOGIN_REFUSED", "message": "they do not fit", "advice": "Try again"}
    qtbot.keyClicks(bar.secret, "wrong")
    qtbot.keyPress(bar.secret, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bar.words.text() == "Not logged in: they do not fit - Try again", timeout=WAIT_MS)
    assert (bar.who.text(), bar.secret.text()) == ("ada", "")
    desk.station.errors.clear()
    qtbot.keyClicks(bar.secret, "right")
    qtbot.mouseClick(bar.enter_key, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.person_key.text() == "Ada L.", timeout=WAIT_MS)
    assert not bar.isVisible()
    assert bar.secret.text() == ""
    qtbot.mouseClick(window.person_key, Qt.MouseButton.LeftButton)
    assert bar.words.text().startswith("Ada L. (operator) is logged in")
    qtbot.mouseClick(bar.leave_key, Qt.MouseButton.LeftButton)
    assert (window.person_key.text(), bar.isVisible()) == ("Log in", False)


def test_the_display_goes_on_when_controls_lock(window: Window, place: tuple[FakeStation, Path], qtbot: QtBot) -> None:
    desk = Desk(place[0], window.person, qtbot)
    window.person.log_in("4711", "", desk.answers.append)
    assert window.person_key.text() == "4711"
    desk.now_s = IDLE_S
    window.person.look()
    assert window.person_key.text() == "Log in"
    assert "RUNNING" in window.screens["run"].banner.words  # type: ignore[attr-defined]
    window.person.ask(lambda client, who: client.open_shift("L-1", who), desk.answers.append)
    assert window.log_in.isVisible(), "what needs somebody asks who is there"
    assert window.log_in.words.text().startswith("Locked")


def test_keys_on_the_screen_type_into_the_field_that_is_touched(window: Window, qtbot: QtBot) -> None:
    qtbot.mouseClick(window.person_key, Qt.MouseButton.LeftButton)
    keypad, field = window.keypad, window.log_in.who
    assert not keypad.isVisible()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    assert keypad.isVisible()
    qtbot.waitUntil(lambda: not keypad.geometry().intersects(window._stack.geometry()))
    window.activateWindow()
    field.setFocus()
    for character in "47a":
        qtbot.mouseClick(keypad.key_of(character), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(keypad.shift_key, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(keypad.key_of("B"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(keypad.signs_key, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(keypad.key_of("&"), Qt.MouseButton.LeftButton)
    assert field.text() == "47aB&"
    qtbot.mouseClick(keypad.delete_key, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(keypad.enter_key, Qt.MouseButton.LeftButton)
    assert window.person.user == "47aB"
    assert not keypad.isVisible()


def test_the_verdict_stays_in_sight_while_somebody_types(window: Window, qtbot: QtBot) -> None:
    run = window.screens["run"]
    qtbot.mouseClick(window.person_key, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.log_in.who, Qt.MouseButton.LeftButton)
    tile = run.verdict  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: not run.facts.isVisible())  # type: ignore[attr-defined]
    assert tile.isVisible()
    assert min(tile.width(), tile.height()) > 100
    qtbot.mouseClick(window.keypad.hide_key, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(window.log_in.back_key, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(run.facts.isVisible)  # type: ignore[attr-defined]


def test_a_badge_is_read_without_touching_a_field(window: Window, qtbot: QtBot) -> None:
    line = window.focusWidget()
    if isinstance(line, QLineEdit):
        line.clearFocus()
    type_like_a_scanner(window, "4711000815")
    assert window.person.user == "4711000815"


def test_a_field_with_the_focus_gets_a_scan_without_the_scanners_prefix(
    window: Window, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "_wedge", Wedge("~"))
    lot = QLineEdit(window)
    lot.show()
    lot.setFocus()
    entered: list[str] = []
    lot.returnPressed.connect(lambda: entered.append(lot.text()))
    type_like_a_scanner(window, "~4711000815")
    assert entered == ["4711000815"]
    lot.deleteLater()
