# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts: a reject is reviewed, trends are counted, an auditor has one judged again, checked, and takes it along."""

from __future__ import annotations

from gui.gallery.screen import GalleryScreen
from gui.gallery.tile import RejectTile
from gui.history.screen import HistoryScreen
from gui.text.classes import class_word
from gui.trends.screen import TrendsScreen
from inspector.api.schema import Verdict
from inspector.cli.main import main
from tests.day.place import AUDITOR, LOT, Day


def review_a_reject(day: Day) -> None:
    """The operator looks at a reject, and agrees with one touch."""
    gallery = day.screen(GalleryScreen)
    day.wait(lambda: any(_failed(tile) for tile in gallery.tiles))
    tile = next(tile for tile in gallery.tiles if _failed(tile))
    day.hands.tap(tile)
    agree = gallery.detail.review.keys["agree"]
    day.wait(lambda: gallery.detail.picture.shot is not None)
    day.hands.tap(agree)
    day.wait(lambda: "Recorded: AGREE" in gallery.detail.facts.words and agree.isChecked())
    day.picture("review")
    shown = gallery.detail.part
    (record,) = day.records("review")
    assert shown is not None
    assert (record["finding"], record["record"], record["role"]) == ("agree", shown.seq, "operator")


def look_at_trends(day: Day) -> None:
    """Yield, defects and places of all parts of the day, as the records have them."""
    screen = day.screen(TrendsScreen)
    parts = day.production()
    day.hands.tap(screen.shift_key)
    day.wait(lambda: f"of {len(parts)} parts" in screen.yields.title.text())
    day.wait(lambda: screen.places.map is not None)
    recorded = {class_word(name) for part in parts if part["verdict"] == "FAIL" for name in _classes(part)}
    found = {name for name, _number in screen.pareto.bars}
    assert found and found <= recorded
    day.hands.tap(screen.defect_key)
    day.wait(lambda: not screen.message.text())
    day.picture("trends")


def audit_a_part(day: Day) -> None:
    """A part is found by its serial, seen, judged again, checked with its shift, and exported with its proof."""
    day.log_in(AUDITOR)
    screen = day.screen(HistoryScreen)
    page = screen.page
    day.wait(lambda: screen.results.rows[0].part is not None)
    serial = next(part["serial"]["text"] for part in day.production() if part["verdict"] == "FAIL" and part["serial"])
    day.hands.write(screen.search.serial, serial)
    day.hands.tap(screen.search.find_key)
    day.wait(lambda: page.part is not None or screen.results.rows[0].part is not None)
    if page.part is None:  # the belt has brought it more than once
        day.wait(lambda: all(row.part is None or row.part.serial == serial for row in screen.results.rows))
        day.hands.tap(screen.results.rows[0])
    day.wait(lambda: page.record is not None and page.picture.shot is not None)
    assert page.head.accessibleName() == f"FAIL {serial}"
    assert "sealed signed, in the ledger" in page.facts.words and f"{LOT}, 1" in page.facts.words
    day.picture("history")
    day.hands.tap(page.record_key)
    assert page.shows_text and page.record is not None
    assert page.text.shown == page.record.bytes[: len(page.text.shown)]
    assert "the same, FAIL" in _ask(day, screen, "replay")
    assert _ask(day, screen, "verify").startswith(("VERIFIED", "COULD NOT CHECK"))
    words = _ask(day, screen, "proof")
    day.picture("proof")
    (exported,) = (day.rig.directory / "exports").iterdir()
    assert exported.name in words
    key = (day.rig.directory / "keys" / "station.pub").read_text().strip()
    assert main(["verify", str(exported), "--serial", serial, "--key", key, "--json"]) == 0
    day.log_out()


def _ask(day: Day, screen: HistoryScreen, key: str) -> str:
    """Touch a key of the part, and wait for what comes of it."""
    day.hands.tap(screen.page.keys[key])
    day.wait(lambda: screen.job is not None and screen.job.state.value != "running")
    return screen.page.message.text()


def _failed(tile: RejectTile) -> bool:
    return tile.shot is not None and tile.part is not None and tile.part.verdict is Verdict.FAIL


def _classes(part: dict[str, object]) -> set[str]:
    views = part["views"]
    assert isinstance(views, list)
    return {found["class"] for view in views for found in view["detections"]}
