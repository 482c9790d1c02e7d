# SPDX-License-Identifier: AGPL-3.0-or-later
"""No change is silent: what a restart finds changed is recorded with old and new value, and clocks are watched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.clock import SimulatedClock
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.station import setup_watch
from inspector.station.clock_watch import ClockWatch
from inspector.station.setup_documents import decode, encode, program_document
from inspector.store.read import RecordReader
from tests.station_bench import Bench


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Path]:
    bench = Bench(tmp_path / "station")
    bench.station.start()
    bench.close()
    yield bench.directory


def restart(directory: Path) -> list[dict[str, Any]]:
    """Start once more; its records since then."""
    with RecordReader(directory) as reader:
        before = reader.latest(1)[0].seq
    bench = Bench(directory)
    bench.station.start()
    bench.close()
    with RecordReader(directory) as reader:
        return [one.fields for one in reader.following(before, 1000)]


def kinds(records: list[dict[str, Any]]) -> list[str]:
    return [record["type"] for record in records]


def changes(records: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    return {
        (one["what"], one["name"]): (one["old"], one["new"])
        for one in records
        if one["type"] == "change" and one["name"] != "digest"
    }


def check(directory: Path) -> None:
    assert verify_station(directory).of(Severity.TAMPERED) == []


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_first_start_says_what_the_station_works_with_and_the_next_nothing(station: Path) -> None:
    with RecordReader(station) as reader:
        setup = reader.newest_of_people("setup")
    assert setup is not None
    for name in ("settings", "program", "recipe", "model"):
        assert (station / "documents" / str(setup.fields[name])).is_file()
    assert kinds(restart(station)) == ["station-start"]
    check(station)


def test_a_changed_setting_is_recorded_with_both_values(station: Path) -> None:
    edit(station / "station.toml", "[stops]\n", "[stops]\nrejects_in_row = 8\n")
    records = restart(station)
    assert kinds(records) == ["station-start", "change", "change", "setup"]
    assert changes(records) == {("setting", "stops.rejects_in_row"): ("5", "8")}
    assert {(one["by"], "nobody has said" in one["why"]) for one in records if one["type"] == "change"} == {
        (None, True)
    }
    check(station)


def test_a_changed_file_of_camera_features_is_a_changed_setting(station: Path) -> None:
    (features,) = (station / "cameras").iterdir()
    features.write_text(features.read_text() + "\n# exposure\n")
    assert list(changes(restart(station))) == [("setting", "cameras.0.features#sha256")]


def test_a_changed_threshold_is_told_from_the_rest_of_the_recipe(station: Path) -> None:
    (recipe,) = (station / "recipes").iterdir()
    text = recipe.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("min_score"))
    recipe.write_text(text.replace(line, "min_score = 0.875", 1), encoding="utf-8")
    records = restart(station)
    (found,) = changes(records).items()
    (what, name), (_old, new) = found
    assert what == "threshold"
    assert name.endswith(".min_score")
    assert new == '"0.875"'
    check(station)


def test_what_was_announced_names_who_and_why(station: Path) -> None:
    bench = Bench(station)
    bench.station.start()
    assert not bench.request("announce", operator="P-7", what="setting", why=" ")["ok"]
    assert not bench.request("announce", operator="P-7", what="weather", why="x")["ok"]
    assert bench.request("announce", operator="P-7", what="setting", why="bin sensor replaced")["ok"]
    bench.close()
    edit(station / "station.toml", "[stops]\n", "[stops]\nrejects_in_row = 8\n")
    found = [one for one in restart(station) if one["type"] == "change"]
    assert all("bin sensor replaced" in one["why"] for one in found)
    with RecordReader(station) as reader:
        assert {reader.staff_id(one["by"]) for one in found} == {"P-7"}
    edit(station / "station.toml", "rejects_in_row = 8", "rejects_in_row = 9")
    assert {one["by"] for one in restart(station) if one["type"] == "change"} == {None}, "it was for one change"
    check(station)


def test_a_lost_document_does_not_hide_that_it_differs(station: Path) -> None:
    with RecordReader(station) as reader:
        setup = reader.newest_of_people("setup")
    assert setup is not None
    (station / "documents" / str(setup.fields["settings"])).unlink()
    edit(station / "station.toml", "[stops]\n", "[stops]\nrejects_in_row = 8\n")
    assert kinds(restart(station)) == ["station-start", "change", "setup"]


@pytest.mark.parametrize(("version", "alarmed"), [("same", True), ("99.0", False)])
def test_program_files_that_change_under_one_version_raise_an_alarm(
    station: Path, monkeypatch: pytest.MonkeyPatch, version: str, alarmed: bool
) -> None:
    flat = decode(program_document())
    assert flat is not None
    assert "inspector/station/setup_watch.py" in flat
    flat["inspector/station/setup_watch.py"] = "0" * 64
    if version != "same":
        flat["inspector-station"] = version
    monkeypatch.setattr(setup_watch, "program_document", lambda: encode(flat))
    records = restart(station)
    (change,) = [one for one in records if one["type"] == "change"]
    assert (change["what"], "setup_watch.py" in change["why"]) == ("program", True)
    assert [one["code"] for one in records if one["type"] == "alarm"] == ["PROGRAM_CHANGED"] * alarmed
    check(station)


# Clocks


class Noting:
    """Stands for recorder and alarm board."""

    def __init__(self) -> None:
        self.changes: list[dict[str, object]] = []
        self.codes: list[str] = []

    def people(self, _kind: str, fields: dict[str, object]) -> None:
        self.changes.append(fields)

    def raise_alarm(self, code: str, _cause: str, _action: str) -> None:
        self.codes.append(code)

    def clear(self, code: str) -> None:
        self.codes.remove(code)


def test_a_clock_that_is_set_is_recorded_and_one_that_is_slewed_is_not() -> None:
    clock, noting = SimulatedClock(), Noting()
    watch = ClockWatch(clock, noting, noting)  # type: ignore[arg-type]
    for step_ms in (0, 400, -400, 0):
        clock.advance_ms(100)
        clock.step_utc_ms(step_ms)
        watch.look(1)
    assert noting.changes == []
    clock.advance_ms(100)
    expected_us = clock.utc_us()
    clock.step_utc_ms(-3_600_000)
    watch.look(1)
    (change,) = noting.changes
    assert (change["old"], change["new"]) == (str(expected_us), str(expected_us - 3_600_000_000))
    watch.look(1)
    assert noting.codes == ["CLOCK_STEPPED"], "once, and it stands"
    watch.look(2)
    assert noting.codes == [], "until the next shift"
    clock.step_utc_ms(501)
    watch.look(2)
    assert "forward by 0.5 s" in str(noting.changes[-1]["why"])


def test_a_clock_behind_the_records_is_an_alarm_at_the_start() -> None:
    clock, noting = SimulatedClock(), Noting()
    watch = ClockWatch(clock, noting, noting)  # type: ignore[arg-type]
    watch.started(clock.utc_us() + 400_000)
    assert noting.codes == []
    watch.started(clock.utc_us() + 600_000)
    assert noting.codes == ["CLOCK_STEPPED"]
