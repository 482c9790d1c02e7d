# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the figures of the run screen say, and that nothing on the screen is cut off or too small for its panel."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from gui.run.counts import Count, counts_of
from gui.run.facts import Fact, facts_of
from gui.run.screen import CALM_PICTURE_S, FAST_PPM, RATE_OF, RunScreen, parts_a_minute
from gui.run.verdict import VerdictStrip
from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.window import Window
from gui.text.times import clock_of
from gui.widgets import paint
from gui.widgets.palette import Tone
from gui.widgets.picture import Shot
from inspector.api.command_schema import ShiftClosed
from inspector.api.part_schema import PartEvent, Preview
from inspector.api.schema import Status, Verdict
from tests.api_station import status_document
from tests.every_screen import ScriptedBridge, scripted_window
from tests.panels import PANELS

PASSED_US, NEXT_US = 1_700_000_000_000_000, 1_700_028_000_000_000
CHALLENGE = {"state": "passed", "running": False, "message": "", "parts": 2, "set": "ab" * 32}
PEOPLE = {"required": True, "people": [{"user": "4711", "role": "operator"}]}
SIZES = [(1280, 800), (1920, 1080), (2560, 1440)]


def status(**changes: object) -> Status:
    return Status.model_validate(status_document(**changes))


def production(**changes: object) -> dict[str, Any]:
    return {**status_document()["production"], **changes}  # type: ignore[dict-item]


def rate(**changes: object) -> dict[str, Any]:
    return production(reject_rate={**production()["reject_rate"], **changes})


def counts(**changes: object) -> dict[str, Count]:
    return {count.title: count for count in counts_of(status(**changes))}


def facts(**changes: object) -> dict[str, Fact]:
    return {fact.title: fact for fact in facts_of(status(**changes))}


def part(seq: int, verdict: str = "PASS", t_us: int | None = None) -> PartEvent:
    bad = verdict not in ("PASS", "BYPASSED")
    box = {"class": "dent", "score_ppm": 931_000, "box_16": [1600, 1600, 4800, 4800]}
    return PartEvent.model_validate(
        {
            "key": ["00" * 8, seq],
            "plc_count": seq,
            "seq": seq,
            "t_us": time.time_ns() // 1000 if t_us is None else t_us,
            "verdict": verdict,
            "reason": "dent 93 % on the face" if bad else "",
            "serial": f"S7-{seq:06d}",
            "camera": "cam1",
            "boxes": [box] if bad else [],
        }
    )


# Figures


def test_counts_are_of_the_lot_and_of_the_last_hour() -> None:
    told = counts()
    assert [(count.figure, count.hour) for count in told.values()][:4] == [
        ("12622", "320"),
        ("12397", "310"),
        ("214", "9"),
        ("11", "1"),
    ]
    assert told["PARTS"].detail == "3 shifts; this one: 412"
    assert told["PASS"].detail == "good lane, shift: 396"
    bypassed = production(lot={"lot": "L", "shifts": 1, "counts": {"PASS": 8, "FAIL": 2, "BYPASSED": 10}})
    assert counts(production=bypassed)["OTHER"].detail == "bypassed 10"
    assert counts(production=bypassed)["PARTS"].detail == "shift: 412"


def test_a_station_that_does_not_tell_of_the_lot_shows_the_shift() -> None:
    told = counts(production=None, rejects_in_row=None)
    assert [(count.figure, count.hour) for count in told.values()] == [
        ("412", "-"),
        ("397", "-"),
        ("14", "-"),
        ("1", "-"),
    ]


@pytest.mark.parametrize(
    ("rejected", "figure", "word", "tone"),
    [
        (10, "3.1 %", "normal", Tone.CALM),
        (16, "5.0 %", "▲ ABOVE NORMAL", Tone.WARN),
        (2, "0.62 %", "▼ BELOW NORMAL", Tone.WARN),
        (0, "0.0 %", "▼ BELOW NORMAL", Tone.WARN),
    ],
)
def test_a_rate_outside_its_band_is_told_by_word_and_arrow(rejected: int, figure: str, word: str, tone: Tone) -> None:
    told = counts(production=rate(rejected=rejected))["REJECTS IN 60 MIN"]
    assert (told.hour, told.tone) == (word, tone)
    assert (told.figure, told.detail) == (figure, "normal: 0.90 % to 4.8 %")


@pytest.mark.parametrize(
    ("no_band", "words"),
    [
        ("few-hours", "no band yet: 7 of 20 hours"),
        ("few-parts", "too few parts for a band"),
        ("never-moved", "no band: it was always the same"),
        ("reading", "the history is being read"),
    ],
)
def test_without_a_band_the_screen_says_why_and_judges_nothing(no_band: str, words: str) -> None:
    told = counts(production=rate(band=None, no_band=no_band, hours=7, rejected=300))["REJECTS IN 60 MIN"]
    assert (told.hour, told.tone, told.detail) == ("", Tone.CALM, words)
    assert counts(production=rate(parts=0, rejected=0, band=None, no_band=no_band))["REJECTS IN 60 MIN"].figure == "-"


@pytest.mark.parametrize(
    ("count", "limit", "tone"), [(0, 5, Tone.CALM), (3, 5, Tone.CALM), (4, 5, Tone.WARN), (6, 5, Tone.WARN)]
)
def test_rejects_in_a_row_warn_one_before_the_stop(count: int, limit: int, tone: Tone) -> None:
    told = counts(rejects_in_row={"count": count, "limit": limit})["REJECTS IN A ROW"]
    assert (told.figure, told.tone) == (f"{count} of {limit}", tone)
    assert told.filled == (min(count, limit), limit)


def test_a_limit_that_is_far_away_stands_below_the_count() -> None:
    told = counts(rejects_in_row={"count": 12, "limit": 1000})["REJECTS IN A ROW"]
    assert (told.figure, told.hour) == ("12", "of 1000")


@pytest.mark.parametrize(
    ("challenge", "headline", "detail", "tone"),
    [
        ({"passed_us": PASSED_US, "next_us": NEXT_US}, "OK {passed}", "next by {next}", Tone.CALM),
        ({"passed_us": PASSED_US, "each_shift": True}, "OK {passed}", "next in the next shift", Tone.CALM),
        ({}, "not due", "", Tone.CALM),
        ({"state": "due", "passed_us": PASSED_US}, "DUE", "last passed {passed}", Tone.WARN),
        ({"state": "overdue", "passed_us": PASSED_US}, "OVERDUE", "last passed {passed}", Tone.STOP),
        ({"state": "required"}, "REQUIRED", "", Tone.WARN),
        ({"state": "failed"}, "FAILED", "", Tone.STOP),
        (
            {"state": "required", "running": True, "message": "Show part 1"},
            "RUNS",
            "Show part 1",
            Tone.ACTION,
        ),
    ],
)
def test_the_challenge_says_what_was_and_when_the_next_is(
    challenge: dict[str, object], headline: str, detail: str, tone: Tone
) -> None:
    told = facts(challenge={**CHALLENGE, **challenge})["CHALLENGE"]
    times = {"passed": clock_of(PASSED_US), "next": clock_of(NEXT_US)}
    assert (told.headline, told.detail, told.tone) == (headline.format(**times), detail.format(**times), tone)


def test_facts_of_a_calm_station() -> None:
    told = facts(outcomes={"unknown": 0})
    assert list(told) == ["LOT", "PRODUCT", "TIME LEFT", "LEDGER"]
    assert (told["TIME LEFT"].headline, told["TIME LEFT"].detail) == ("608 ms", "worst 188 of 700 ms")
    assert told["LEDGER"].detail == "last 12 min ago"
    assert (told["PRODUCT"].headline, told["PRODUCT"].detail) == ("disc", "model disc-demo")
    assert facts(access=PEOPLE)["LOGGED IN"].headline == "4711"
    assert facts(access={"required": True})["LOGGED IN"].headline == "nobody"


def test_camera_disk_and_lanes_come_when_somebody_has_to_look() -> None:
    two = [{"name": name, "ready": True, "simulated": True} for name in ("top", "side")]
    assert "CAMERA" not in facts(cameras=two)
    two[1] |= {"ready": False, "reason": "no cable"}
    lost = facts(cameras=two)["CAMERA"]
    assert (lost.headline, lost.detail, lost.tone) == ("side not ready", "1 of 2 ready; no cable", Tone.WARN)
    slow = {"p50": 400_000, "p99": 690_000, "max": 900_000}
    assert facts(latency_us=slow)["TIME LEFT"].tone is Tone.WARN
    assert facts(disk={"free_mb": 300})["DISK"].tone is Tone.WARN
    assert facts()["LANES"].headline == "1"
    ledger = {"sealed": 3, "anchored": 1, "oldest_unanchored_s": 1000}
    ledger["anchored_us"] = time.time_ns() // 1000 - 3_600_000_000 * 5
    waiting = facts(ledger=ledger)["LEDGER"]
    assert (waiting.tone, waiting.detail) == (Tone.WARN, "last 5 h ago; oldest for 16 min")


def test_several_ledgers_are_one_figure_with_its_quorum() -> None:
    def one(name: str, age_s: int | None, state: str = "working") -> dict[str, object]:
        return {"name": name, "anchored": 3, "oldest_unanchored_s": age_s, "state": state}

    ledger: dict[str, object] = {"sealed": 3, "anchored": 3, "oldest_unanchored_s": None, "needed": 2}
    shown = facts(ledger={**ledger, "ledgers": [one("a", None), one("b", None), one("c", 40, "away")]})["LEDGERS"]
    assert (shown.headline, shown.detail, shown.tone) == ("2 of 3", "2 needed, oldest 40 s", Tone.CALM)
    shown = facts(ledger={**ledger, "ledgers": [one("a", None), one("b", None)]})["LEDGERS"]
    assert (shown.headline, shown.detail) == ("2 of 2", "2 needed")
    late = {**ledger, "anchored": 2, "oldest_unanchored_s": 1000}
    shown = facts(ledger={**late, "ledgers": [one("a", None), one("b", 1000), one("c", 7300)]})["LEDGERS"]
    assert (shown.headline, shown.detail, shown.tone) == ("1 of 3", "2 needed, oldest 2 h", Tone.WARN)
    shown = facts(ledger={**ledger, "ledgers": [one("a", None), one("b", 40, "stopped")]})["LEDGERS"]
    assert (shown.headline, shown.detail, shown.tone) == ("1 of 2", "2 needed, 1 stopped", Tone.WARN)
    assert "LEDGERS" not in facts(ledger={**ledger, "ledgers": [one("a", None)]})


def test_the_end_of_a_shift_says_who_has_its_seal_and_goes_on_saying_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = scripted_window(tmp_path, PANELS[0])
    qtbot.addWidget(window)
    run, bridge = window.screens["run"], window._bridge
    assert isinstance(run, RunScreen) and isinstance(bridge, ScriptedBridge)
    closed = {"shift": 7, "parts": 412, "counts": {"parts": 412}, "seal": "ab" * 32, "sealed": "sealed"}
    run._on_closed(ShiftClosed.model_validate({**closed, "reconciliation": {"station": 412, "difference": 0}}))
    assert run.shift_bar.message.text().endswith("On the ledger: waiting, 2 of 4, witness: 1 of 2.")
    page = bridge.scripted.handover(7)
    assert page.seal is not None
    places = tuple(one.model_copy(update={"holds": True, "witnessed": True}) for one in page.seal.places)
    seal = page.seal.model_copy(update={"places": places, "anchored": True})
    asked: list[int] = []
    now = page.model_copy(update={"seal": seal})
    monkeypatch.setattr(bridge.scripted, "handover", lambda shift: asked.append(shift) or now)
    for receipts in (8, 8, 9):
        bridge.status_came.emit(status(ledger={"sealed": 9, "anchored": receipts, "oldest_unanchored_s": 1}))
    assert run.shift_bar.message.text().endswith("On the ledger: yes, 4 of 4, witness: yes.")
    assert asked == [7, 7], "it is asked for when there is another receipt, and not with each status"


# Fast lines


def test_the_rate_of_parts() -> None:
    assert parts_a_minute([]) == parts_a_minute([5] * 20) == 0.0
    assert parts_a_minute([step * 500_000 for step in range(8)]) == pytest.approx(120)


def test_a_fast_line_has_no_flickering_live_picture(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Previews are thinned; the one of a reject is shown all the same, with its part."""
    bridge = Bridge(tmp_path)
    window = Window(bridge, SCREENS)
    qtbot.addWidget(window)
    screen = window.screens["run"]
    assert isinstance(screen, RunScreen)
    monkeypatch.setattr(screen, "_begin_shift", lambda _shift: None)
    now_s = [100.0]
    monkeypatch.setattr("gui.run.screen.time.monotonic", lambda: now_s[0])
    bridge.status_came.emit(status())
    shown: list[int] = []
    monkeypatch.setattr(screen.live, "show_shot", lambda _camera, shot: shown.append(shot.width))

    def preview(seq: int) -> None:
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        shot = Shot(image, seq, 8)
        told = Preview(camera="cam1", width=seq, height=8, jpeg="", key=("00" * 8, seq))
        monkeypatch.setattr(bridge, "take_previews", lambda: ((told, shot),))
        bridge.preview_came.emit()

    apart_us = 60_000_000 // (FAST_PPM * 2)
    for seq in range(1, 21):
        bridge.part_came.emit(part(seq, "FAIL" if seq == 15 else "PASS", t_us=seq * apart_us))
        preview(seq)
        now_s[0] += CALM_PICTURE_S / 10
    assert shown == [*range(1, RATE_OF), RATE_OF - 1 + 10], "it takes some parts to know that the line is fast"
    assert screen.reject.shot is not None
    assert screen.reject.shot.width == 15
    assert screen.strip.verdicts == tuple(Verdict.FAIL if seq == 15 else Verdict.PASS for seq in range(1, 21))


# Sizes


def full_window(qtbot: QtBot, folder: Path, size: tuple[int, int], last: str, **changes: object) -> Window:
    """Everything on, with figures of a long lot."""
    bridge = Bridge(folder)
    window = Window(bridge, SCREENS)
    qtbot.addWidget(window)
    window.resize(*size)
    window.show()
    screen = window.screens["run"]
    assert isinstance(screen, RunScreen)
    screen._begin_shift = lambda _shift: None  # type: ignore[method-assign]
    challenge = {**CHALLENGE, "passed_us": PASSED_US, "next_us": NEXT_US}
    bridge.status_came.emit(status(challenge=challenge, access=PEOPLE, **changes))
    for seq in range(VerdictStrip.LENGTH):
        bridge.part_came.emit(part(seq + 1, "FAIL" if seq % 9 == 8 else "PASS"))
    bridge.part_came.emit(part(99, last))
    image = QImage(640, 640, QImage.Format.Format_RGB32)
    image.fill(QColor("#777777"))
    screen.live.show_shot("cam1", Shot(image, 640, 640))
    screen.reject.show_shot(Shot(image, 640, 640, part(1, "FAIL").boxes))
    qtbot.waitExposed(window)
    return window


NOT_READY = {
    "ready": False,
    "reasons": [
        {"code": "CAMERA_AWAY", "message": "camera 1 not answering", "advice": "check cable X1"},
        {"code": "DISK_LOW", "message": "the disk is nearly full: 300 MB", "advice": "make space or call maintenance"},
    ],
    "cameras": [{"name": "cam1", "ready": False, "reason": "not answering", "simulated": True}],
    "disk": {"free_mb": 300},
    "production": rate(band=None, no_band="few-hours", hours=7),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("last", "changes"),
    [
        ("PASS", {}),
        ("FAIL", {}),
        *((str(verdict), {}) for verdict in Verdict if verdict not in (Verdict.PASS, Verdict.FAIL)),
        ("MISSING_IMAGE", NOT_READY),
        ("PASS", {"rejects_in_row": {"count": 999, "limit": 1000}}),
        ("PASS", {"production": rate(rejected=100), "rejects_in_row": {"count": 4, "limit": 5}}),
    ],
)
def test_no_text_is_cut_off(
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    last: str,
    changes: dict[str, object],
) -> None:
    cut: list[str] = []
    fit = paint.fit_text

    def measured(*args: Any, **values: Any) -> paint.FittedText:
        fitted = fit(*args, **values)
        if not fitted.whole:
            cut.append(args[2])
        return fitted

    monkeypatch.setattr(paint, "fit_text", measured)
    window = full_window(qtbot, tmp_path, size, last, **changes)
    assert (window.width(), window.height()) == size
    window.grab()
    assert cut == []


def test_nothing_stands_over_the_verdict(qtbot: QtBot, tmp_path: Path) -> None:
    window = full_window(qtbot, tmp_path, (1280, 800), "FAIL", **NOT_READY)
    screen = window.screens["run"]
    assert isinstance(screen, RunScreen)
    for x in range(4, screen.verdict.width(), 40):
        for y in range(4, screen.verdict.height(), 40):
            point = screen.verdict.mapTo(window, screen.verdict.rect().topLeft())
            assert window.childAt(point.x() + x, point.y() + y) is screen.verdict
