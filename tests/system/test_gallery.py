# SPDX-License-Identifier: AGPL-3.0-or-later
"""The gallery of rejects, on a real api process with a scripted station."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from gui.gallery.pictures import AT_ONCE, Pictures
from gui.gallery.review_keys import ReviewKeys
from gui.gallery.screen import GalleryScreen
from gui.gallery.words import classes_of, defect_words
from gui.shell.bridge import Bridge
from gui.shell.person import Person
from gui.widgets.picture import Shot
from inspector.api.client import ApiClient
from inspector.api.part_schema import PartEvent
from inspector.api.schema import Verdict
from inspector.errors import NotFound
from inspector.evidence.keys import SigningKey
from inspector.store.writer import RecordWriter
from tests.api_station import ApiProcess, FakeStation, make_station, status_document
from tests.store_station import make_writer, opening, part
from tests.unit.evidence_samples import VIEW

WAIT_MS = 60_000


@dataclass
class Scene:
    """The screen before a scripted station with some rejects."""

    served: Served
    screen: GalleryScreen
    person: Person
    qtbot: QtBot

    def until(self, condition: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(condition, timeout=WAIT_MS)

    def tap(self, key: QAbstractButton) -> None:
        self.qtbot.mouseClick(key, Qt.MouseButton.LeftButton)

    def shown(self) -> list[int]:
        """Numbers of the parts in the tiles."""
        return [tile.part.plc_count for tile in self.screen.tiles if tile.part is not None]

    def reviews(self) -> list[dict[str, Any]]:
        """What the station was asked to record."""
        return [request["arguments"] for request in self.served.station.requests if request["command"] == "review"]


def reject(number: int, name: str) -> dict[str, Any]:
    found = [{"class": name, "score_ppm": 830_000, "box_16": [16, 16, 160, 160]}]
    view = {**VIEW, "image": None, "detections": found}
    return {**part(number, "FAIL"), "views": [view], "serial": {"text": f"SN-{number}", "source": "image"}}


@dataclass
class Served:
    """A scripted station behind a real api process, with records of rejects."""

    folder: Path
    station: FakeStation
    writer: RecordWriter
    number: int = 0

    def reject(self, name: str, *others: dict[str, Any]) -> int:
        """One more reject; the number of its record."""
        self.number += 1
        fields = reject(self.number, name)
        return self.writer.append("part", {**fields, "views": [*fields["views"], *others]}).result(10).seq


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("station")
    run = make_station(folder)
    writer = make_writer(folder, SigningKey.generate())
    writer.append("shift-open", opening(writer)).result(10)
    station = FakeStation(run)
    station.status = status_document()
    station.answers["review"] = lambda _request: {"seq": 4711}
    served = Served(folder, station, writer)
    for number in range(1, 21):
        served.reject("dent" if number % 4 else "burr")
        writer.append("part", part(100 + number, "PASS")).result(10)
    api = ApiProcess(folder)
    api.start()
    yield served
    station.close()
    assert api.end() == 0
    writer.close()


@pytest.fixture
def scene(served: Served, qtbot: QtBot) -> Iterator[Scene]:
    before = threading.active_count()
    served.station.requests.clear()
    served.station.errors.clear()
    bridge = Bridge(served.folder)
    person = Person(bridge)
    screen = GalleryScreen(bridge, person)
    screen.resize(1100, 700)
    screen.show()
    bridge.start()
    screen.entered()
    scene = Scene(served, screen, person, qtbot)
    scene.until(lambda: screen.status is not None and len(screen.parts) == served.number)
    yield scene
    assert QApplication.activeModalWidget() is None
    screen.close()
    bridge.close()
    screen.deleteLater()
    assert threading.active_count() == before


def test_rejects_come_in_pages_newest_first_and_by_class(scene: Scene) -> None:
    screen, count = scene.screen, len(scene.screen.tiles)
    numbers = [part.plc_count for part in screen.parts]
    of = {name: [one.plc_count for one in screen.parts if classes_of(one) == (name,)] for name in ("burr", "dent")}
    assert numbers == sorted(numbers, reverse=True) and len(of["burr"]) == 5
    assert scene.shown() == numbers[:count]
    assert screen.tiles[0].words.startswith(f"{defect_words(screen.parts[0])}, SN-{numbers[0]}, top")
    assert not screen.newer.isEnabled()
    scene.tap(screen.older)
    assert scene.shown() == numbers[count : 2 * count]
    assert "page 2" in screen.message.text()
    assert [key.text() for key in screen.classes.keys.values()] == ["ALL", "BURR  5", f"DENT  {len(of['dent'])}"]
    scene.tap(screen.classes.keys["burr"])
    scene.until(lambda: scene.shown() == of["burr"][:count])
    assert screen.page == 0
    scene.tap(screen.classes.keys[None])
    scene.until(lambda: len(screen.parts) == len(numbers))
    newest = screen.parts[0]
    said = {"part": "1" * 64, "record": newest.seq, "finding": "agree", "class": None, "by": "1" * 64}
    scene.served.writer.append("review", {**said, "role": "qa", "login": "2" * 64, "note": ""}).result(10)
    scene.tap(screen.classes.open)
    scene.until(lambda: scene.shown()[0] == numbers[1])
    scene.tap(screen.classes.open)
    scene.until(lambda: scene.shown()[0] == numbers[0])
    assert "AGREE - quality" in screen.tiles[0].words


def test_one_tap_shows_a_part_and_one_more_says_what_one_thinks(scene: Scene) -> None:
    screen, detail = scene.screen, scene.screen.detail
    tile = next(one for one in screen.tiles[1:] if one.part is not None and one.part.review is None)
    part = tile.part
    scene.tap(tile)
    assert part is not None and detail.part == part
    assert "nobody has said anything" in detail.facts.words
    assert detail.picture.placeholder == "there is no picture of this part"
    elsewhere = ReviewKeys(scene.person, only_who_may=True)  # as on the run screen
    elsewhere.show_part(detail.part)
    scene.person.log_in("4711", "", lambda _error: None)
    scene.tap(detail.review.keys["agree"])
    scene.until(lambda: "Recorded: AGREE" in detail.facts.words)
    assert detail.review.keys["agree"].isChecked()
    assert elsewhere.keys["agree"].isChecked()
    elsewhere.close()
    scene.tap(detail.review.keys["not-a-defect"])
    scene.until(lambda: "Recorded: NOT A DEFECT" in detail.facts.words)
    asked = {"part": part.seq, "note": "", "class": classes_of(part)[0], "operator": "4711"}
    assert scene.reviews() == [{**asked, "finding": "agree"}, {**asked, "finding": "not-a-defect"}]
    scene.tap(detail.older)
    assert detail.part is not None and detail.part.plc_count == part.plc_count - 1
    assert "Recorded" not in detail.facts.words
    scene.tap(detail.newer)
    assert "NOT A DEFECT" in detail.facts.words
    scene.tap(detail.back)
    assert "NOT A DEFECT" in tile.words
    assert tile.isVisible()


def test_each_camera_of_a_part_is_seen_with_its_own_findings(scene: Scene) -> None:
    detail = scene.screen.detail
    burr = reject(0, "burr")["views"][0]
    scene.served.reject("dent", {**burr, "camera": "side", "verdict": "PASS"})
    scene.screen.reload()
    scene.until(lambda: scene.shown()[0] == scene.served.number)
    assert not detail.camera.isVisible()
    scene.tap(scene.screen.tiles[0])
    assert (detail.picture.words, detail.camera.isVisible()) == ("top", True)
    scene.tap(detail.camera)
    scene.until(lambda: detail.picture.words == "side")
    assert detail.shown is not None and [box.class_name for box in detail.shown.boxes] == ["burr"]
    scene.tap(detail.camera)
    scene.until(lambda: detail.picture.words == "top")
    assert [box.class_name for box in detail.shown.boxes] == ["dent"]
    scene.tap(detail.older)
    assert not detail.camera.isVisible()


def test_nobody_there_records_nothing_and_a_refusal_stands_in_words(scene: Scene, qtbot: QtBot) -> None:
    screen, detail = scene.screen, scene.screen.detail
    scene.tap(screen.tiles[0])
    with qtbot.waitSignal(scene.person.wanted):
        scene.tap(detail.review.keys["unsure"])
    assert "Not recorded: nobody is logged in" in detail.facts.words
    assert scene.reviews() == []
    scene.served.station.errors["review"] = {
        "code": "ROLE_REFUSED",
        "message": "maintenance may not do this",
        "advice": "ask",
    }
    scene.person.log_in("max", "", lambda _error: None)
    scene.tap(detail.review.keys["unsure"])
    scene.until(lambda: "Not recorded: maintenance may not do this. ask" in detail.facts.words)
    assert not detail.review.keys["unsure"].isChecked()


def test_a_new_reject_moves_no_tile_under_a_finger(scene: Scene) -> None:
    screen = scene.screen
    scene.tap(screen.older)
    before = scene.shown()
    scene.served.station.part(scene.served.reject("dent"), "FAIL")
    scene.until(lambda: screen.show_new.isVisible())
    assert scene.shown() == before
    scene.tap(screen.show_new)
    scene.until(lambda: scene.shown()[0] == scene.served.number)
    assert not screen.show_new.isVisible()


def test_what_was_missed_while_the_station_was_away_is_there_when_it_is_back(scene: Scene) -> None:
    scene.screen.bridge.away.emit("cable")
    assert scene.screen.message.text() == "no connection: cable"
    scene.served.reject("dent")
    scene.served.station.change(ready=True)
    scene.until(lambda: scene.shown()[0] == scene.served.number)
    assert "page 1" in scene.screen.message.text()


class Asked:
    """A bridge that answers when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[object], None]] = []

    def ask(self, _question: Callable[[ApiClient], object], done: Callable[[object], None]) -> None:
        self.waiting.append(done)


def test_pictures_are_asked_a_few_at_a_time_and_only_some_are_kept(qtbot: QtBot) -> None:
    bridge, took = Asked(), list[object]()
    pictures = Pictures(bridge, kept=5, side_px=100)  # type: ignore[arg-type]
    image = QImage(8, 6, QImage.Format.Format_Grayscale8)
    key = ("0" * 16, 1)

    def event(number: int) -> PartEvent:
        digest = f"{number:064x}"
        return PartEvent(key=key, plc_count=number, seq=number, t_us=1, verdict=Verdict.FAIL, image=digest)

    for number in range(12):
        pictures.wish(event(number), took.append)
    assert len(bridge.waiting) == AT_ONCE
    answered = 0
    while bridge.waiting:
        bridge.waiting.pop(0)(Shot(image, 8, 6))
        answered += 1
        assert len(bridge.waiting) <= AT_ONCE
    assert answered == AT_ONCE + 5, "what nobody waits for any more is not asked"
    assert len(pictures) == 5
    pictures.wish(event(11), took.append)
    assert bridge.waiting == [] and isinstance(took[-1], Shot)
    pictures.wish(event(50), took.append)
    bridge.waiting.pop()(NotFound("not stored"))
    assert took[-1] == "picture follows"
    qtbot.waitUntil(lambda: len(bridge.waiting) == 1, timeout=WAIT_MS)
