# SPDX-License-Identifier: AGPL-3.0-or-later
"""The way to another product on its screen, with a scripted station behind a real api process."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

import data_samples
from gui.changeover.screen import ChangeoverScreen
from gui.changeover.words import Step
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from inspector.ipc import Message
from tests.api_station import IDLE, ApiProcess, FakeStation, make_station, recipe_list

WAIT_MS = 30_000
RING = recipe_list()["recipes"][1]
TABLES = '[recipes.ring]\nrecipe = "ring.toml"\npicture = "ring.jpg"\n'
CHALLENGE = {"state": "required", "running": False, "message": "", "parts": 1, "set": "ab" * 32, "last": None}
Setup = tuple[FakeStation, ChangeoverScreen, Person]


@pytest.fixture
def setup(tmp_path: Path, qtbot: QtBot) -> Iterator[Setup]:
    station = FakeStation(make_station(tmp_path, TABLES))
    shutil.copyfile(data_samples.images_dir() / "part-000000.jpg", tmp_path / "ring.jpg")
    in_force = {"product": "disc"}

    def changed(_request: Message) -> dict[str, object]:
        in_force["product"] = "ring"
        station.change(recipe={name: RING[name] for name in ("name", "version", "digest")})
        return {"seq": 9, "changed": True, "recipe": RING}

    station.answers["recipe-list"] = lambda request: recipe_list(
        in_force["product"], code=request["arguments"].get("code", "")
    )
    station.answers["recipe-change"] = changed
    station.change(recipe={"name": "disc", "version": "3", "digest": "07" * 32})
    api = ApiProcess(tmp_path)
    api.start()
    bridge = Bridge(tmp_path)
    person = Person(bridge)
    screen = ChangeoverScreen(bridge, person)
    screen.resize(1180, 740)
    screen.show()
    bridge.start()
    qtbot.waitUntil(lambda: screen.status is not None, timeout=WAIT_MS)
    screen.entered()
    qtbot.waitUntil(lambda: screen.choice.tiles[1].recipe is not None, timeout=WAIT_MS)
    yield station, screen, person
    screen.close()
    bridge.close()
    station.close()
    assert api.end() == 0
    screen.deleteLater()


def tap(qtbot: QtBot, key: QAbstractButton) -> None:
    qtbot.waitUntil(lambda: key.isVisible() and key.isEnabled(), timeout=WAIT_MS)
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)


def reach(qtbot: QtBot, screen: ChangeoverScreen, step: Step) -> None:
    qtbot.waitUntil(lambda: screen.step is step, timeout=WAIT_MS)


def asked(station: FakeStation, command: str) -> list[dict[str, object]]:
    return [one["arguments"] for one in station.requests if one["command"] == command]


def test_a_scanned_order_leads_to_the_open_shift_and_its_test_parts(setup: Setup, qtbot: QtBot) -> None:
    station, screen, person = setup
    person.log_in("4711", "", lambda _error: None)
    assert screen.headline.text.startswith("Which product comes?")
    assert screen.take_scan("R-17")
    reach(qtbot, screen, Step.LOOK)
    assert screen.headline.text == "Put one product in front of the camera. Is it this one: ring?"
    assert "number 8" in screen.look.facts.words
    qtbot.waitUntil(lambda: screen.look.reference.shot is not None, timeout=WAIT_MS)
    assert asked(station, "recipe-change") == []
    tap(qtbot, screen.next_key)
    reach(qtbot, screen, Step.LOT)
    (told,) = asked(station, "recipe-change")
    assert told == {"product": "ring", "digest": RING["digest"], "code": "R-17", "looked": True, "operator": "4711"}
    assert screen.lot.text() == "R-17", "the order is mostly the lot, too"
    assert screen.take_scan("L-2041")
    station.change(challenge=CHALLENGE)
    tap(qtbot, screen.next_key)
    reach(qtbot, screen, Step.CHALLENGE)
    (told,) = asked(station, "shift-open")
    assert told == {"lot": "L-2041", "operator": "4711", "recipe": RING["digest"]}
    station.answers["challenge-start"] = lambda _request: {"parts": 1, "presentations": 1, "message": ""}
    tap(qtbot, screen.wizard.start_key)
    qtbot.waitUntil(lambda: bool(asked(station, "challenge-start")), timeout=WAIT_MS)
    station.change(challenge={**CHALLENGE, "state": "passed"})
    reach(qtbot, screen, Step.DONE)
    assert screen.headline.text == "RUNNING with recipe ring"
    with qtbot.waitSignal(screen.wanted, timeout=WAIT_MS) as wanted:
        tap(qtbot, screen.next_key)
    assert wanted.args == ["run"]


def test_nothing_is_changed_in_an_open_shift_or_before_somebody_says_that_it_is_this_product(
    setup: Setup, qtbot: QtBot
) -> None:
    station, screen, _person = setup
    tap(qtbot, screen.choice.tiles[1])
    reach(qtbot, screen, Step.LOOK)
    tap(qtbot, screen.back_key)
    reach(qtbot, screen, Step.CHOOSE)
    tap(qtbot, screen.choice.tiles[1])
    with qtbot.waitSignal(screen.wanted, timeout=WAIT_MS):
        tap(qtbot, screen.cancel_key)
    assert screen.step is Step.CHOOSE
    tap(qtbot, screen.choice.tiles[1])
    with qtbot.waitSignal(screen.person.wanted, timeout=WAIT_MS):
        tap(qtbot, screen.next_key)
    assert (screen.step, asked(station, "recipe-change")) == (Step.LOOK, []), "nobody is there"
    shift = {"number": 12, "lot": "L-9", "opened_us": 1, "parts": 3}
    station.change(state="RUNNING", ready=True, reasons=[], shift=shift)
    reach(qtbot, screen, Step.CLOSE)
    assert screen.headline.text == "Shift 12 of lot L-9 is open. Close it first."
    with qtbot.waitSignal(screen.wanted, timeout=WAIT_MS):
        tap(qtbot, screen.next_key)
    station.change(**IDLE)
    reach(qtbot, screen, Step.LOOK)
    screen.show_away("the station process does not answer")
    assert screen.step is Step.AWAY
    assert not screen.next_key.isVisible()


def test_an_unknown_code_a_blocked_recipe_and_a_refusal_say_what_to_do(setup: Setup, qtbot: QtBot) -> None:
    station, screen, person = setup
    person.log_in("4711", "", lambda _error: None)
    QTest.keyClicks(screen.choice.code, "X-1")
    tap(qtbot, screen.choice.find_key)
    qtbot.waitUntil(lambda: "has the code X-1" in screen.message.text(), timeout=WAIT_MS)
    station.errors["recipe-change"] = {"code": "MODEL_REFUSED", "message": "model.onnx is damaged", "advice": "restore"}
    tap(qtbot, screen.choice.tiles[1])
    tap(qtbot, screen.next_key)
    qtbot.waitUntil(lambda: "model.onnx is damaged" in screen.message.text(), timeout=WAIT_MS)
    reach(qtbot, screen, Step.LOOK)
    station.answers["recipe-list"] = lambda _request: recipe_list(blocked="ring")
    tap(qtbot, screen.back_key)
    qtbot.waitUntil(lambda: not screen.choice.tiles[1].isEnabled(), timeout=WAIT_MS)
    assert screen.choice.tiles[1].state.startswith("BLOCKED: ")
