# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector drift` on stores that the station's own writer wrote."""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.main import exit_code
from inspector.cli.output import Output
from inspector.errors import DriftRefused, InspectorError
from inspector.store.read import RecordReader
from tests.drift_station import MODEL, DriftStation, World
from training.commands import add_parsers
from training.drift.parts import span_of_last, stream

WORLD = World()
AGED = replace(WORLD, light=116.0)
PARTS = 510


def run(*words: object) -> int:
    """A command as it is typed; what it raises becomes its exit code, as in the program."""
    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers(required=True))
    args = parser.parse_args(["drift", *(str(word) for word in words)])
    try:
        return int(args.run(args))
    except InspectorError as error:
        Output(as_json=args.json).error(error)
        return exit_code(error)


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriftStation]:
    """Shift 1 is the baseline; 2 is alike, with test parts; in 3 the lamp has aged; 4 has another model."""
    made = DriftStation(tmp_path_factory.mktemp("drift") / "station")
    made.shift(WORLD, PARTS)
    made.shift(WORLD, 120)
    made.parts(AGED, 10, purpose="challenge")
    made.shift(AGED, 120)
    made.shift(replace(WORLD, model="9" * 64), 60)
    yield made
    made.close()


@pytest.fixture(scope="module")
def baseline(station: DriftStation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("baseline") / "baseline.json"
    assert run("baseline", "--station", station.path, "--shifts", "1", "-o", path) == 0
    return path


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(*words, "--json")
    return code, json.loads(capsys.readouterr().out)


def test_the_baseline_names_its_rules_its_span_and_its_counts(station: DriftStation, baseline: Path) -> None:
    made = json.loads(baseline.read_bytes())
    assert (made["model"], made["parts"], made["first_record"]) == (MODEL, PARTS, 2)
    with RecordReader(station.path) as reader:
        last = reader.record(made["last_record"])
    assert last is not None
    assert last.hash == made["last_record_hash"]
    assert last.fields["t_us"] == made["last_us"]
    assert run("baseline", "--station", station.path, "--shifts", "1", "-o", baseline) == 1  # not over an old one
    assert json.loads(baseline.read_bytes()) == made


def test_an_unchanged_shift_does_not_drift(
    station: DriftStation, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = answer(capsys, "check", "--station", station.path, "--baseline", baseline, "--shifts", "2")
    assert (code, said["drift"], said["parts"]) == (0, False, 120)
    assert {one["measure"]: one["now"] for one in said["comparisons"]} == dict.fromkeys(
        ("brightness", "sharpness", "score", "class"), 120
    )


def test_an_aged_lamp_drifts_and_its_shift_is_named(
    station: DriftStation, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = answer(capsys, "check", "--station", station.path, "--baseline", baseline, "--by", "shift")
    assert (code, said["drift"], said["began"]) == (4, True, "3")
    assert said["parts"] == 240
    assert said["left_out"]["test_parts"] == 10
    assert [(one["model"], one["parts"]) for one in said["left_out"]["other_rules"]] == [("9" * 64, 60)]
    assert [(one["name"], one["parts"]) for one in said["groups"]] == [("2", 120), ("3", 120)]
    readings = [[one["reading"] for one in group["comparisons"]] for group in said["groups"]]
    assert readings[1][0] == "much"
    assert readings[0][0] in ("none", "chance")


def test_people_are_told_the_same(station: DriftStation, baseline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("check", "--station", station.path, "--baseline", baseline, "--by", "shift") == 4
    said = " ".join(capsys.readouterr().out.split())
    assert "DRIFT: brightness of camera top, first in shift 3" in said
    assert "left out: 10 test parts" in said
    assert "not compared: 60 parts" in said
    assert "make a new baseline" in said


def test_by_hour_and_by_time(station: DriftStation, baseline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("check", "--station", station.path, "--baseline", baseline, "--by", "hour")
    code, said = answer(capsys, *words, "--from", "2026-01-01")
    assert code == 4
    assert said["in_baseline"] == PARTS
    assert [one["parts"] for one in said["groups"]] == [PARTS, 120, 120]
    assert said["parts"] == PARTS + 240
    assert said["began"] == said["groups"][2]["name"] == "2026-09-21 17:00"
    code, said = answer(capsys, *words, "--to", "2026-01-01")
    assert (code, said["error"]["code"]) == (1, "DRIFT_REFUSED")


@pytest.mark.parametrize("last", [1, 60, 61, 300, 10_000])
def test_the_last_parts_are_the_last_ones(station: DriftStation, last: int) -> None:
    with RecordReader(station.path) as reader:
        everything = [one.seq for one in stream(reader, span_of_last(reader, 10_000)) if not one.test]
        found = [one.seq for one in stream(reader, span_of_last(reader, last)) if not one.test]
    assert len(everything) == PARTS + 300
    assert found == everything[-last:]


def test_parts_of_another_model_alone_are_refused(
    station: DriftStation, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("check", "--station", station.path, "--baseline", baseline)
    code, said = answer(capsys, *words, "--shifts", "4")
    assert (code, said["error"]["code"]) == (1, "DRIFT_REFUSED")
    assert "None of these 60 parts" in said["error"]["message"]
    code, said = answer(capsys, *words, "--shifts", "2..9")
    assert "shifts 1 to 5" in said["error"]["message"]


def test_several_models_and_too_few_parts_make_no_baseline(
    station: DriftStation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "new.json"
    code, said = answer(capsys, "baseline", "--station", station.path, "-o", path)
    assert code == 1
    assert "more than one model" in said["error"]["message"]
    code, said = answer(capsys, "baseline", "--station", station.path, "-o", path, "--newest-rules")
    assert code == 1
    assert "Camera top has 60 pictures" in said["error"]["message"]
    assert not path.exists()


def test_too_few_pictures_are_no_good_news(
    station: DriftStation, baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = answer(capsys, "check", "--station", station.path, "--baseline", baseline, "--last", "100")
    assert (code, said["parts"], said["compared"], said["drift"]) == (1, 40, 0, False)


def test_wrong_usage(station: DriftStation, baseline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("check", "--station", station.path, "--baseline", baseline)
    for more in (("--last", "9", "--shifts", "2"), ("--shifts", "3..2"), ("--last", "0"), ("--by", "week")):
        with pytest.raises(SystemExit) as ended:
            run(*words, *more)
        assert ended.value.code == 2
    capsys.readouterr()


def test_another_station_and_no_station(baseline: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = answer(capsys, "check", "--station", tmp_path / "none", "--baseline", baseline)
    assert (code, said["error"]["code"]) == (3, "STORE")
    other = DriftStation(tmp_path / "other", seed=2)
    try:
        other.shift(WORLD, 5)
        code, said = answer(capsys, "check", "--station", other.path, "--baseline", baseline)
    finally:
        other.close()
    assert (code, said["error"]["code"]) == (1, "DRIFT_REFUSED")
    code, said = answer(capsys, "check", "--station", other.path, "--baseline", tmp_path / "none.json")
    assert (code, said["error"]["code"]) == (1, "DRIFT_REFUSED")


def test_nothing_is_written_to_the_station(station: DriftStation, baseline: Path) -> None:
    def newest() -> int:
        with sqlite3.connect(f"file:{station.path / 'records.sqlite'}?mode=ro", uri=True) as connection:
            (seq,) = connection.execute("SELECT max(seq) FROM record").fetchone()
        connection.close()
        return int(seq)

    before = newest(), sorted(path.name for path in station.path.rglob("*"))
    assert run("check", "--station", station.path, "--baseline", baseline, "--by", "shift") == 4
    assert (newest(), sorted(path.name for path in station.path.rglob("*"))) == before


def test_pieces_of_a_stream_leave_nothing_out(station: DriftStation, monkeypatch: pytest.MonkeyPatch) -> None:
    with RecordReader(station.path) as reader:
        span = span_of_last(reader, 10_000)
        whole = [one.seq for one in stream(reader, span)]
        monkeypatch.setattr("training.drift.parts.PIECE", 7)
        seen: list[tuple[int, int]] = []
        assert [one.seq for one in stream(reader, span, lambda done, total: seen.append((done, total)))] == whole
        assert seen[-1][0] == seen[-1][1]
        assert [one.seq for one in stream(reader, span_of_last(reader, 30)) if not one.test] == whole[-30:]


def test_more_groups_than_can_be_read_are_refused(
    station: DriftStation, baseline: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("training.drift.commands.MAX_GROUPS", 1)
    words = ("check", "--station", station.path, "--baseline", baseline, "--by", "shift")
    code, said = answer(capsys, *words)
    assert (code, said["error"]["code"]) == (1, DriftRefused.code)
