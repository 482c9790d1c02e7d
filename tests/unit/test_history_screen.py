# SPDX-License-Identifier: AGPL-3.0-or-later
"""The screen of the history, with an api made by hand: pages, keys by role, jobs, and what is said when it fails."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from gui.history.screen import HistoryScreen
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.shell.window import SMALLEST
from gui.text.languages import LANGUAGES, SOURCE, show_language
from gui.widgets.picture import Shot
from inspector.api.command_schema import LoggedIn
from inspector.api.history_schema import FoundPart, HistoryPage, PartRecord
from inspector.api.job_schema import Job
from inspector.api.schema import Status
from inspector.errors import InspectorError, NotFound, RoleRefused
from tests.api_station import status_document

DIGEST = "ab" * 32
NEWEST = 100
NAVIGATION_PX, STATE_PX = 100, 48
"""What the window keeps for itself when it is as small as it gets."""
BOX = {"class": "dent", "score_ppm": 930_000, "box_16": [0, 0, 160, 160]}
VIEWS = [
    {"camera": "top", "verdict": "PASS", "reason": "", "image": DIGEST},
    {"camera": "side", "verdict": "FAIL", "reason": "dent 0.93", "image": "cd" * 32},
]


def part(seq: int, **changes: Any) -> FoundPart:
    fields = {"key": ["00" * 8, seq], "plc_count": seq, "seq": seq, "t_us": 1_800_000_000_000_000, "shift": 2}
    seen = {"camera": "side", "image": "cd" * 32, "boxes": [BOX], "views": VIEWS}
    return FoundPart.model_validate(
        {**fields, **seen, "verdict": "FAIL", "serial": f"SN-{seq}", "lot": "L-1", **changes}
    )


class Api:
    """An api with `NEWEST` parts."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, object]] = []
        self.state = "running"
        self.error: InspectorError | None = None

    def history(self, *, limit: int, before: int | None, serial: str | None, **_asked: object) -> HistoryPage:
        if self.error is not None:
            raise self.error
        if serial is not None:
            found = (part(int(serial.removeprefix("SN-"))),) if serial.startswith("SN-") else ()
            return HistoryPage(parts=found)
        newest = NEWEST if before is None else before - 1
        seqs = range(newest, max(0, newest - limit), -1)
        last = newest - len(seqs) + 1
        return HistoryPage(parts=tuple(part(seq) for seq in seqs), before=last if last > 1 else None)

    def part(self, seq: int) -> PartRecord:
        views = [{"camera": one["camera"], "detections": [BOX] if one["camera"] == "side" else []} for one in VIEWS]
        return PartRecord(seq=seq, shift=2, hash=DIGEST, bytes='{"v":1}', record={"views": views}, lot="L-1")

    def job(self, number: str) -> Job:
        result = {"exit_code": 2, "first": "record 3"} if self.state == "done" else None
        fields = {"id": number, "kind": "verify", "about": "", "state": self.state, "started_us": 1}
        return Job.model_validate({**fields, "result": result})

    def verify(self, shift: int) -> Job:
        if self.error is not None:
            raise self.error
        self.begun.append(("verify", shift))
        return self.job("0" * 16)

    def export(self, **what: object) -> Job:
        self.begun.append(("export", what))
        return self.job("1" * 16)

    def stop_job(self, number: str) -> Job:
        self.begun.append(("stop", number))
        self.state = "stopped"
        return self.job(number)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def screen(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: Api) -> HistoryScreen:
    bridge = Bridge(tmp_path)

    def ask(question: Callable[[Any], object], done: Callable[[object], None]) -> None:
        try:
            answer: object = question(api)
        except InspectorError as error:
            answer = error
        done(answer)

    def ask_image(wanted: FoundPart, done: Callable[[object], None]) -> None:
        image = QImage(64, 48, QImage.Format.Format_Grayscale8)
        image.fill(QColor("#606060"))
        done(Shot(image, 64, 48, wanted.boxes) if wanted.camera == "side" else NotFound("erased by its rule"))

    monkeypatch.setattr(bridge, "ask", ask)
    monkeypatch.setattr(bridge, "ask_image", ask_image)
    person = Person(bridge)
    monkeypatch.setattr(person, "_client", api)
    made = HistoryScreen(bridge, person)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    made.entered()
    return made


def rows(screen: HistoryScreen) -> list[int]:
    return [row.part.seq for row in screen.results.rows if row.part is not None]


def press(qtbot: QtBot, key: Any) -> None:
    assert key.isEnabled()
    qtbot.mouseClick(key, Qt.MouseButton.LeftButton)


def come(screen: HistoryScreen, *may: str) -> None:
    """Somebody with a role that may do this logs in."""
    screen.bridge.status_came.emit(Status.model_validate(status_document(access={"required": True, "people": []})))
    screen.person._come(LoggedIn(session="s", user="eve", role="auditor", idle_s=0, may=may))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_fits_beside_the_navigation_of_the_smallest_window(
    screen: HistoryScreen, qtbot: QtBot, language: str
) -> None:
    try:
        show_language(language)
        screen.resize(SMALLEST[0] - NAVIGATION_PX, SMALLEST[1] - STATE_PX)
        qtbot.mouseClick(screen.results.rows[0], Qt.MouseButton.LeftButton)
        qtbot.wait(50)
        assert screen.minimumSizeHint().width() <= SMALLEST[0] - NAVIGATION_PX
        assert screen.minimumSizeHint().height() <= SMALLEST[1] - STATE_PX
    finally:
        show_language(SOURCE)


def test_pages_turn_both_ways_to_the_end(screen: HistoryScreen, qtbot: QtBot) -> None:
    page = screen.results.room
    assert page >= 3
    assert rows(screen) == list(range(NEWEST, NEWEST - page, -1))
    assert not screen.results.newer_key.isEnabled()
    press(qtbot, screen.results.older_key)
    assert rows(screen) == list(range(NEWEST - page, NEWEST - 2 * page, -1))
    assert screen.results.words.text() == "page 2"
    press(qtbot, screen.results.newer_key)
    assert rows(screen)[0] == NEWEST
    seen = rows(screen)
    while screen.results.older_key.isEnabled():
        press(qtbot, screen.results.older_key)
        seen += rows(screen)
    assert seen == list(range(NEWEST, 0, -1))


def test_a_scanned_serial_opens_its_part(screen: HistoryScreen, qtbot: QtBot) -> None:
    qtbot.keyClicks(screen.search.serial, "SN-42")
    qtbot.keyPress(screen.search.serial, Qt.Key.Key_Return)
    assert screen.page.part is not None and screen.page.part.seq == 42
    assert screen.page.head.accessibleName() == "FAIL SN-42"
    assert screen.page.picture.shot is not None and len(screen.page.picture.shot.boxes) == 1
    qtbot.keyClicks(screen.search.lot, "nowhere")
    screen.search.serial.setText("unknown")
    screen.look_up()
    assert screen.results.words.text() == "nothing found"
    assert not screen.results.older_key.isEnabled()


def test_the_record_has_a_key_and_so_has_the_other_camera(screen: HistoryScreen, qtbot: QtBot) -> None:
    assert not screen.page.record_key.isEnabled()
    qtbot.mouseClick(screen.results.rows[0], Qt.MouseButton.LeftButton)
    press(qtbot, screen.page.record_key)
    assert screen.page.shows_text and screen.page.text.shown == '{"v":1}'
    press(qtbot, screen.page.record_key)
    assert not screen.page.shows_text
    press(qtbot, screen.page.camera_key)
    # The first one shown explains the verdict; then comes the next of the views, and what has no picture says why.
    assert screen.page.picture.shot is None and "erased" in screen.page.picture.placeholder
    press(qtbot, screen.page.camera_key)
    assert screen.page.picture.shot is not None and len(screen.page.picture.shot.boxes) == 1


def test_what_is_no_day_is_said(screen: HistoryScreen) -> None:
    screen.search.day.setText("yesterday")
    screen.look_up()
    assert screen.results.words.text() == "this is no day: yesterday. Write it like 2026-11-21"


def test_keys_are_for_who_may(screen: HistoryScreen, qtbot: QtBot) -> None:
    keys = screen.page.keys
    assert not any(key.isEnabled() for key in keys.values())
    qtbot.mouseClick(screen.results.rows[0], Qt.MouseButton.LeftButton)
    assert keys["verify"].isEnabled(), "nobody is known here: the key asks who it is"
    come(screen, "verify")
    assert [name for name, key in keys.items() if key.isEnabled()] == ["verify"]
    come(screen, "replay", "verify", "export")
    assert [name for name, key in keys.items() if key.isEnabled()] == ["replay", "verify", "proof", "shift"]
    screen.choose(part(7, serial=None))
    assert not keys["proof"].isEnabled()


def test_who_is_not_known_is_asked_for(screen: HistoryScreen, qtbot: QtBot) -> None:
    qtbot.mouseClick(screen.results.rows[0], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(screen.person.wanted):
        press(qtbot, screen.page.keys["verify"])
    assert "logged in" in screen.page.message.text()


def test_a_job_is_followed_to_its_end(screen: HistoryScreen, qtbot: QtBot, api: Api) -> None:
    come(screen, "replay", "verify", "export")
    qtbot.mouseClick(screen.results.rows[0], Qt.MouseButton.LeftButton)
    press(qtbot, screen.page.keys["verify"])
    assert api.begun == [("verify", 2)]
    assert screen.page.message.text() == "Checking ..."
    assert [name for name, key in screen.page.keys.items() if key.isEnabled()] == ["stop"]
    api.state = "done"
    qtbot.waitUntil(lambda: screen.page.message.text() == "TAMPERED: record 3")
    assert screen.page.keys["verify"].isEnabled() and not screen.page.keys["stop"].isEnabled()


def test_a_job_can_be_stopped(screen: HistoryScreen, qtbot: QtBot, api: Api) -> None:
    come(screen, "export")
    qtbot.mouseClick(screen.results.rows[0], Qt.MouseButton.LeftButton)
    press(qtbot, screen.page.keys["shift"])
    press(qtbot, screen.page.keys["stop"])
    assert api.begun == [("export", {"shift": 2}), ("stop", "1" * 16)]
    assert screen.page.message.text() == "Stopped."


def test_a_refusal_stands_in_words(screen: HistoryScreen, qtbot: QtBot, api: Api) -> None:
    come(screen, "verify")
    qtbot.mouseClick(screen.results.rows[0], Qt.MouseButton.LeftButton)
    api.error = RoleRefused("you may not", "ask somebody")
    press(qtbot, screen.page.keys["verify"])
    assert screen.page.message.text() == "you may not. ask somebody"
    screen.look_up()
    assert screen.results.words.text() == "you may not. ask somebody"
    assert rows(screen), "what was found stays"
