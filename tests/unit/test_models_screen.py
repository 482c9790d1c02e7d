# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen of models, on answers made by hand: what is shown to whom, what waits, where a lot leads."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gui.models.screen import ModelsScreen
from gui.models.words import digest_words
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.window import SMALLEST
from gui.text.languages import LANGUAGES, SOURCE, show_language
from inspector.api.command_schema import LoggedIn
from inspector.api.model_schema import Judged, Models
from inspector.api.schema import Status
from inspector.errors import StationAway
from tests.api_station import status_document

NAVIGATION_PX, STATE_PX = 100, 48
"""What the window keeps for itself when it is as small as it gets."""
T_US = 1_800_000_000_000_000
DIGEST, RECIPE = "0123456789abcdef" * 4, "cd" * 32
APPROVED = {"record": 90, "t_us": T_US, "role": "qa", "by": "eve"}
SINCE = {"record": 80, "t_us": T_US, "why": "announced in record 70: fewer false rejects", "by": "ada"}
LIMIT = {"name": "dent", "min_score_ppm": 600_000, "grey_from_ppm": 400_000}
MODEL = {
    **{"digest": DIGEST, "since": SINCE | {"approved": APPROVED}, "name": "housing", "version": "3", "format": "onnx"},
    **{"precision": "f32", "width": 640, "height": 640, "classes": ["scratch", "dent"], "score_ppm": 50_000},
    **{"iou_ppm": 700_000, "max_detections": 300, "weights": {"model.onnx": DIGEST}},
    "provenance": {"note": "recall 0.991 (95 % from 0.984 to 0.996)"},
}
CHANGE = {"record": 79, "t_us": T_US, "what": "recipe", "name": "digest", "old": RECIPE, "new": "ef" * 32, "why": "w"}
CHALLENGE = {"record": 60, "shift": 4, "t_us": T_US, "reason": "", "shown": 2, "rejected": 2}


def models(**changes: Any) -> Models:
    recipe = {"digest": RECIPE, "since": SINCE, "name": "disc", "version": "2", "number": 1, "classes": [LIMIT]}
    parts = [{"serial": "T-1", "class_name": "dent", "valid_until": "2999-12-31"}]
    document = {
        "model": MODEL,
        "recipe": recipe,
        "challenge_set": {"digest": "aa" * 32, "recipe": "disc", "presentations": 1, "parts": parts},
        "challenges": [CHALLENGE | {"result": "passed"}],
        "changes": [CHANGE | {"announced": False, "waits": False, "approved": APPROVED}],
        "waiting": 0,
        "names": True,
    }
    return Models.model_validate(document | changes)


def judged(complete: bool = True) -> Judged:
    lots = [{"lot": f"L-{number}", "parts": 10, "shifts": [number]} for number in (2, 1)]
    rules = {"model": {"digest": DIGEST, "name": "housing", "version": "3"}, "recipe": {"digest": RECIPE}}
    counted = {"parts": 20, "verdicts": {"PASS": 18, "FAIL": 2}, "from_us": T_US, "to_us": T_US, "shifts": 2}
    nothing = {"model": None, "recipe": None, "lots": [], "more_lots": 0}
    listed = [{**rules, **counted, "lots": lots, "more_lots": 3}, {**counted, **nothing}]
    return Judged.model_validate({"judged": listed, "complete": complete})


class Api:
    """What it answers."""

    def __init__(self) -> None:
        self.found: object = models()
        self.counted: object = judged()
        self.asked = 0

    def models(self) -> object:
        self.asked += 1
        return self.found

    def judged(self) -> object:
        return self.counted


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def screen(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: Api) -> ModelsScreen:
    bridge = Bridge(tmp_path)

    def ask(question: Callable[[Any], object], done: Callable[[object], None]) -> None:
        done(question(api))

    monkeypatch.setattr(bridge, "ask", ask)
    person = Person(bridge)
    monkeypatch.setattr(person, "_client", api)
    made = ModelsScreen(bridge, person)
    qtbot.addWidget(made)
    made.resize(SMALLEST[0] - NAVIGATION_PX, SMALLEST[1] - STATE_PX)
    made.show()
    qtbot.waitExposed(made)
    made._take_status(Status.model_validate(status_document()))
    made.entered()
    yield made
    made.left()


def tap(qtbot: QtBot, key: Any) -> None:
    assert key.isVisible() and key.isEnabled()
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)


def test_what_judges_since_when_and_by_whom(screen: ModelsScreen, qtbot: QtBot) -> None:
    words = screen.model.words
    assert "name housing 3" in words and "classes scratch, dent" in words and "input size 640 x 640 px" in words
    assert "ada: announced in record 70: fewer false rejects" in words and "approved eve" in words
    assert DIGEST[:12] in words and DIGEST[:13] not in words
    assert "dent from 0.60, check from 0.40" in screen.recipe.words and "approved nobody had to" in screen.recipe.words
    assert "recall 0.991 (95 % from 0.984 to 0.996)" in screen.origin.words
    assert "92 ms of 700 ms" in screen.checks.words and "T-1 dent" in screen.checks.words
    assert "challenge, shift 4 passed" in screen.checks.words
    tap(qtbot, screen.digest_key)
    assert digest_words(DIGEST, True) in screen.model.words
    assert digest_words(DIGEST, True).replace(" ", "") == DIGEST


def test_what_waits_leads_to_where_it_is_signed(screen: ModelsScreen, qtbot: QtBot, api: Api) -> None:
    assert not screen.quality_key.isVisible() and not screen.message.isVisible()
    api.found = models(waiting=1, changes=[CHANGE | {"announced": False, "waits": True}])
    screen.entered()
    assert "1 changes wait" in screen.message.text()
    with qtbot.waitSignal(screen.wanted) as wanted:
        tap(qtbot, screen.quality_key)
    assert wanted.args == ["quality"]
    tap(qtbot, screen.tabs[2])
    assert screen.change_list.keys[0].text().startswith("WAITS")
    assert "approved waits for quality" in screen.change.words


def test_a_lot_leads_to_the_history(screen: ModelsScreen, qtbot: QtBot) -> None:
    tap(qtbot, screen.tabs[1])
    assert screen.pairs_list.keys[0].text() == f"housing 3 with {RECIPE[:12]}: 20 parts"
    assert "L-2: 10 parts, L-1: 10 parts, and 3 more" in screen.pair.words
    tap(qtbot, screen.next_lot_key)
    with qtbot.waitSignal(screen.wanted_about) as wanted:
        tap(qtbot, screen.lot_key)
    assert wanted.args == ["history", "L-1"]
    tap(qtbot, screen.pairs_list.keys[1])
    assert "model -" in screen.pair.words and not screen.lot_key.isVisible()


def test_who_may_see_names_asks_in_their_own_name(screen: ModelsScreen, api: Api) -> None:
    screen.bridge.status_came.emit(Status.model_validate(status_document(access={"required": True, "people": []})))
    before = api.asked
    screen.person._come(LoggedIn(session="s", user="eve", role="operator", idle_s=0, may=("shift-open",)))
    assert api.asked == before, "an operator sees no more than nobody"
    screen.person._come(LoggedIn(session="s", user="eve", role="auditor", idle_s=0, may=("change-list",)))
    assert api.asked == before + 1


def test_what_is_not_known_is_said(screen: ModelsScreen, qtbot: QtBot, api: Api) -> None:
    api.found = StationAway("the station is away", "Wait")
    screen.entered()
    assert "the station is away" in screen.message.text()
    api.found = models(model=None, recipe=None, challenge_set=None, challenges=[], changes=[])
    api.counted = judged(complete=False)
    screen.entered()
    assert "state not known" in screen.model.words and "none are registered" in screen.checks.words
    tap(qtbot, screen.tabs[1])
    assert screen.message.text() == "Older parts are left out."
    screen._take_away("the cable")
    assert screen.message.text() == "no connection" and "state not known" in screen.model.words


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_beside_the_navigation_of_the_smallest_window(
    screen: ModelsScreen, qtbot: QtBot, language: str
) -> None:
    try:
        show_language(language)
        for tab in screen.tabs:
            tap(qtbot, tab)
            qtbot.wait(20)
            assert screen.minimumSizeHint().width() <= SMALLEST[0] - NAVIGATION_PX
            assert screen.minimumSizeHint().height() <= SMALLEST[1] - STATE_PX
    finally:
        show_language(SOURCE)
