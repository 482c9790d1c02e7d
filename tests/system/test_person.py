# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who stands at the screen, on a real api process with a scripted station behind it; the clock is a number."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shiboken6
from pytestqt.qtbot import QtBot

from gui.shell.bridge import Bridge
from gui.shell.person import IDLE_S, Person
from inspector.errors import InspectorError, LoginNeeded, LoginRefused
from inspector.ipc import Message
from tests.api_station import ApiProcess, FakeStation, make_station

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
    with qtbot.waitSignal(bridge.status_came, timeout=WAIT_MS):
        bridge.start()
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
