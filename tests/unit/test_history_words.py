# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the history says of seals, pictures and jobs; each case in words of its own, and what is wrong in its tone."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pytestqt.qtbot import QtBot

from gui.history.question import PAGE, Found, Question, find
from gui.history.record_text import RecordText
from gui.history.search import SearchRow
from gui.history.words import facts_of, job_words, seal_words
from gui.widgets.palette import Tone
from inspector.api.history_schema import FoundPart, HistoryPage, PartRecord, SealState
from inspector.api.job_schema import Job
from inspector.errors import RequestInvalid

DIGEST = "ab" * 32
PART: dict[str, Any] = {
    "key": ["00" * 8, 7],
    "plc_count": 7,
    "seq": 31,
    "t_us": 1_800_000_000_000_000,
    "verdict": "FAIL",
    "reason": "dent 0.93",
    "serial": "SN-7",
    "shift": 2,
    "lot": "L-1",
}


def record(**changes: Any) -> PartRecord:
    fields = {"seq": 31, "shift": 2, "hash": DIGEST, "bytes": "{}", "record": {}, "lot": "L-1", **changes}
    return PartRecord.model_validate(fields)


def image(**changes: Any) -> dict[str, Any]:
    return {"camera": "top", "digest": DIGEST, "state": "stored", "there": True, **changes}


def job(kind: str, state: str = "done", **changes: Any) -> Job:
    fields = {"id": "0" * 16, "kind": kind, "about": "", "state": state, "started_us": 1, **changes}
    return Job.model_validate(fields)


SEALS = [
    None,
    SealState(shift=2),
    SealState(shift=2, ledgers=("log",)),
    SealState(shift=2, seal=DIGEST),
    SealState(shift=2, seal=DIGEST, signed=True),
    SealState(shift=2, seal=DIGEST, signed=True, ledgers=("log",)),
]


def test_every_state_of_a_seal_has_words_of_its_own() -> None:
    said = [seal_words(seal) for seal in SEALS]
    assert len({words for words, _ in said}) == len(SEALS)
    assert [done for _, done in said] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("image_state", "said", "odd"),
    [
        (image(), "stored", False),
        (image(there=False), "not there", True),
        (image(state="erased", there=False, reason="old enough"), "old enough", False),
        (image(state="lost", there=False, reason="disk"), "lost: disk", True),
        (image(state="unknown", there=False), "no record says yet", True),
    ],
)
def test_what_became_of_a_picture(image_state: dict[str, Any], said: str, odd: bool) -> None:
    facts = facts_of(FoundPart.model_validate(PART), record(images=[image_state]))
    (fact,) = [one for one in facts if one[0] == "picture"]
    assert said in fact[1] and fact[2] is odd


def test_what_asks_for_attention_is_marked() -> None:
    facts = {name: (words, odd) for name, words, odd in facts_of(FoundPart.model_validate(PART), record(holds=["x"]))}
    assert facts["where it went"] == ("no record says yet", True)
    assert facts["legal hold"] == ("x", True)
    assert facts["picture"] == ("there was none", False)
    gone = record(outcome={"commanded": "reject", "confirmed": "good"})
    facts = {name: (words, odd) for name, words, odd in facts_of(FoundPart.model_validate(PART), gone)}
    assert facts["where it went"] == ("rejected, good lane", False)
    assert "last review" not in facts
    said = [{"seq": 40 + number, "t_us": 1, "finding": one} for number, one in enumerate(("unsure", "agree"))]
    facts = {name: (words, odd) for name, words, odd in facts_of(FoundPart.model_validate(PART), record(reviews=said))}
    assert facts["last review"][0].startswith("AGREE")


def replayed(state: str, reason: str = "") -> dict[str, Any]:
    return {"replays": [{"state": state, "reason": reason, "recorded": "FAIL"}], "exit_code": 0}


@pytest.mark.parametrize(
    ("found", "begin", "tone"),
    [
        (job("replay", result=replayed("same")), "Judged again from its picture: the same, FAIL.", Tone.CALM),
        (job("replay", result=replayed("differs", "box")), "JUDGED DIFFERENTLY: box", Tone.STOP),
        (job("replay", result=replayed("not replayable by rule", "gone")), "Cannot be judged again: gone", Tone.WARN),
        (job("verify", result={"exit_code": 0, "checked": {"records": 9}}), "VERIFIED: 9 records", Tone.CALM),
        (job("verify", result={"exit_code": 2, "first": "record 3"}), "TAMPERED: record 3", Tone.STOP),
        (job("verify", result={"exit_code": 1, "first": None}), "COULD NOT CHECK everything", Tone.WARN),
        (job("export", result={"name": "a.zip", "size": 2_500_000}), "Exported to the folder", Tone.CALM),
        (job("export", "failed", error={"code": "SHIFT", "message": "open", "advice": "wait"}), "It could", Tone.WARN),
        (job("verify", "stopped"), "Stopped.", Tone.WARN),
        (job("verify", "running"), "Checking ...", Tone.CALM),
        (
            job("verify", "running", progress={"stage": "parts", "done": 1, "total": 4}),
            "Checking: 25 %",
            Tone.CALM,
        ),
    ],
)
def test_how_a_job_ended(found: Job, begin: str, tone: Tone) -> None:
    words, asked = job_words(found)
    assert words.startswith(begin)
    assert asked is tone


def test_the_row_asks_for_what_was_typed(qtbot: QtBot) -> None:
    row = SearchRow()
    qtbot.addWidget(row)
    assert row.question() == Question()
    row.serial.setText("  SN-7 ")
    row.defect.setText("dent")
    row.failed_key.click()
    for day in ("2026-11-21", "21.11.2026"):
        row.day.setText(day)
        begin, end = datetime(2026, 11, 21).astimezone(), datetime(2026, 11, 21, 23, 59, 59).astimezone()
        assert row.question() == Question("SN-7", "", "dent", begin, end, True)
    row.day.setText("31.02.2026")
    with pytest.raises(RequestInvalid, match=r"31\.02\.2026"):
        row.question()
    row.today_key.click()
    assert row.question().since is not None
    with qtbot.waitSignal(row.asked):
        row.clear()
    assert row.question() == Question()


class Pages:
    """An api whose pages end at their bound of work."""

    def __init__(self) -> None:
        self.limits: list[object] = []

    def history(self, *, limit: int, before: int | None, **_asked: object) -> HistoryPage:
        self.limits.append((limit, before))
        found = (FoundPart.model_validate(PART | {"seq": before - 1}),) if before is not None else ()
        return HistoryPage(parts=found, before=100 if before is None else before - 1)


def test_a_page_is_filled_whatever_the_bound_of_the_api() -> None:
    api = Pages()
    found = find(api, Question(), None)  # type: ignore[arg-type]
    assert isinstance(found, Found)
    assert [one.seq for one in found.parts] == list(range(99, 99 - PAGE, -1))
    assert found.before == 100 - PAGE
    assert api.limits[:2] == [(PAGE, None), (PAGE, 100)]


def test_every_character_of_a_record_is_on_one_of_its_pages(qtbot: QtBot) -> None:
    text = RecordText()
    qtbot.addWidget(text)
    text.resize(300, 200)
    whole = "".join(chr(33 + number % 90) for number in range(3_000))
    text.show_record(whole, DIGEST)
    assert text.pages > 2
    shown = text.shown
    while text.turn():
        shown += text.shown
    assert shown == whole
    assert text.shown == whole[: len(text.shown)]
