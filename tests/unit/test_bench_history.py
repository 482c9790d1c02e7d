# SPDX-License-Identifier: AGPL-3.0-or-later
"""The benchmark of long histories at a small size: what it builds is sound, and what it asks has the right answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.bench_history import ask_all, ask_screens, grow, questions, ratio, screen_questions, sizes_up_to
from benchmarks.plant_history import MODELS, RECIPES, History, build
from inspector.cli.main import main
from inspector.evidence.keys import read_public_key
from inspector.evidence.verify.station import verify_station
from inspector.store.queries.defects import trend
from inspector.store.queries.find import PartPage
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.recall import Selection, recall
from inspector.store.queries.trends import Trend, TrendQuery, trend_of


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, History]:
    station = tmp_path_factory.mktemp("bench") / "station"
    return station, build(station, 1_500)


def test_what_is_built_verifies(built: tuple[Path, History]) -> None:
    station, history = built
    report = verify_station(station, expected_key=read_public_key(station / "keys" / "station.pub"), check_images=False)
    assert (report.findings, report.exit_code) == ([], 0)
    assert report.checked["records"] == history.records >= 1_500
    assert report.checked["parts"] == report.checked["outcomes"] == history.parts


def test_the_answers_are_those_of_what_was_built(built: tuple[Path, History]) -> None:
    station, history = built
    with AuditReader(station) as reader:
        everything = recall(reader, Selection())
        assert everything.total("verdicts") == history.verdicts
        assert (everything.seals_agree, everything.seals_contradict) == (history.shifts, ())
        assert sum(day.found for day in trend(reader, "scratch")) == history.scratches > 0
        by_model = [recall(reader, Selection(model=model)).parts for model in MODELS]
        assert sum(by_model) == sum(history.verdicts.values())
        assert min(by_model) == 13
        assert recall(reader, Selection(recipe=RECIPES[1])).parts == history.shift_parts


def test_every_question_that_is_timed_finds_something(
    built: tuple[Path, History], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    station, history = built
    asked = questions(station, tmp_path)
    assert asked.pop("start") == []
    for name, words in asked.items():
        code = main([*words, "--station", str(station), "--json"])
        answer = json.loads(capsys.readouterr().out)
        assert code == (1 if name == "audit bypasses" else 0), name  # what is built has none
        assert answer
    assert len((tmp_path / "lot.csv").read_text().splitlines()) == history.shift_parts + 1


def test_what_the_screens_ask_finds_something(built: tuple[Path, History]) -> None:
    station, history = built
    with AuditReader(station) as reader:
        found = {name: ask(reader) for name, ask in screen_questions(station).items()}
        assert trend_of(reader, TrendQuery(), "shift").classes["scratch"] > 0
    for name, page in found.items():
        if isinstance(page, PartPage):
            assert bool(page.records) is (name != "page that nothing fits"), name
    by_hour = found["trend by hour"]
    assert isinstance(by_hour, Trend)
    assert sum(sum(one.verdicts.values()) for one in by_hour.buckets) == sum(history.verdicts.values())
    answers = ask_screens(station, 1)
    assert answers.keys() == found.keys()
    assert all(0 < one["median_s"] <= one["longest_s"] for one in answers.values())


def test_the_measurement_itself(built: tuple[Path, History], monkeypatch: pytest.MonkeyPatch) -> None:
    station, history = built
    monkeypatch.setattr("benchmarks.bench_history.questions", lambda *_: {"audit missing": ["audit", "missing"]})
    (answer,) = ask_all(station, 1).values()
    assert 0 < answer["median_s"] <= answer["longest_s"]
    taken = grow({1_500: station}, 2, 5)
    assert [len(rounds) for sizes in taken.values() for rounds in sizes.values()] == [2] * 4
    with AuditReader(station) as reader:
        assert recall(reader, Selection()).parts == sum(history.verdicts.values()) + 15, "with the first round"
    assert ratio({1: [1.0, 2.0, 4.0], 10: [2.0, 4.0, 4.0]}) == 2.0
    assert sizes_up_to(1_000_000) == [10_000, 100_000, 1_000_000]
