# SPDX-License-Identifier: AGPL-3.0-or-later
"""What leaves in force what was: releases that are refused, damaged, or not whole any more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.cli import doctor
from inspector.config import load_config
from inspector.errors import ModelRefused, ReleaseRefused, StoreError
from inspector.release.folder import APPROVAL_FILE, Release
from inspector.station.in_force import remembered
from inspector.station.judge import Judge
from inspector.station.model import Rules
from inspector.station.release_list import list_releases
from inspector.station.releases import folder_of, place
from tests.release_steps import activate, check, damage, judged_by, put, roll_back
from tests.station_bench import Bench, BenchRules
from tests.station_releases import make_release, sign, signed_release, still_there
from tests.two_products import add_ring

SIDE = "\n[views.side.gate]\nbrightness_min = 60\n"
"""A camera that the station does not have."""


def test_what_is_refused_leaves_in_force_what_was(
    station: Path, run: Callable[[], Bench], made: dict[str, Release], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (station / "recipes" / "disc.toml").read_text()
    cases = {
        "disc is in force": signed_release(tmp_path / "ring", product="ring"),
        "has no product third": signed_release(tmp_path / "third", product="third"),
        "is not proposed": make_release(tmp_path / "unsigned", product="disc"),
        "No key of those that are trusted": sign(make_release(tmp_path / "stranger", "4", product="disc"), "carl"),
        "Anna proposed": sign(make_release(tmp_path / "one", "5", product="disc"), approver="anna"),
        "side": sign(make_release(tmp_path / "camera", "6", product="disc", recipe=text + SIDE)),
        "'dent'": sign(make_release(tmp_path / "classes", "7", product="disc", classes=("scratch",))),
    }
    bench = run()
    for words, release in cases.items():
        answer = activate(bench, release)
        assert words in answer["error"]["message"], answer
    assert activate(bench, made["2"], digest="7")["error"]["code"] == "FORMAT_INVALID"
    assert activate(bench, made["2"], digest="7" * 64)["error"]["code"] == "RELEASE_REFUSED"
    assert "operator" in activate(bench, made["2"], operator=" ")["error"]["message"]
    with monkeypatch.context() as patch:

        def refuses(_rules: Rules) -> Judge:
            raise ModelRefused("the runtime does not take it", "Build it again")

        patch.setattr(BenchRules, "make_judge", refuses)
        assert activate(bench, made["2"])["error"]["code"] == "MODEL_REFUSED"
    still_there(bench)
    bench.open_shift()
    assert "is open" in activate(bench, made["2"])["error"]["message"]
    assert "is open" in roll_back(bench)["error"]["message"]
    assert bench.request("shift-close", operator="op", note="a test", removed_by_hand=0)["ok"]
    assert judged_by(bench) is None
    assert put(station) == []
    check(station)


@pytest.mark.long
def test_a_station_that_names_nobody_takes_none(tmp_path: Path, made: dict[str, Release]) -> None:
    bench = Bench(tmp_path / "station", prepare=add_ring)
    try:
        bench.station.start()
        refused = activate(bench, made["2"])["error"]
    finally:
        bench.close()
    assert (refused["code"], "release.authority" in refused["advice"]) == ("RELEASE_REFUSED", True)
    assert put(bench.directory) == []


@pytest.mark.parametrize(
    "how", ["weights", *(pytest.param(one, marks=pytest.mark.long) for one in ("missing", "recipe", "stranger"))]
)
def test_a_station_whose_release_is_damaged_does_not_start_and_says_how_it_will(
    station: Path, run: Callable[[], Bench], made: dict[str, Release], how: str
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    bench.close()
    folder = folder_of(station, made["2"].digest)
    damage(folder, how)
    config = load_config(station)
    with pytest.raises(ReleaseRefused, match="by which records say that parts are judged") as refused:
        Bench(station)
    assert "inspector release activate" in refused.value.advice
    checks = {one.what: one for one in doctor._station(station) if one.what.startswith("model and recipe")}
    assert not checks["model and recipe of disc"].fine
    assert checks["model and recipe of disc"].advice == refused.value.advice
    assert checks["model and recipe of ring"].fine
    (disc, _ring) = list_releases(station, config)["products"]
    assert disc["release"]["problem"]["message"] == refused.value.message
    assert (disc["release"]["proposer"]["name"], disc["release"]["approver"]["name"]) == ("Anna", "Ben")
    assert place(station, made["2"]) == folder
    aside = [one.name for one in folder.parent.iterdir() if one != folder]
    assert aside == ([] if how == "missing" else [f"{folder.name}.damaged-1"])
    assert judged_by(run()) == made["2"].digest
    check(station)


@pytest.mark.long
def test_a_product_whose_release_is_damaged_is_blocked_until_it_is_whole(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    assert bench.request("recipe-change", product="ring", operator="P-7")["ok"]
    damage(folder_of(station, made["2"].digest), "weights")
    bench = run()
    blocked = bench.request("recipe-list")["result"]["recipes"][0]["blocked"]
    assert blocked["code"] == "RELEASE_REFUSED"
    assert bench.request("recipe-change", product="disc", operator="P-7")["error"]["code"] == "RELEASE_REFUSED"
    assert judged_by(bench) is None, "ring judges on"
    place(station, made["2"])
    assert bench.request("recipe-change", product="disc", operator="P-7")["result"]["changed"]
    assert judged_by(bench) == made["2"].digest
    check(station)


@pytest.mark.long
def test_what_is_not_whole_any_more_is_not_gone_back_to(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    assert activate(bench, made["3"])["ok"]
    damage(folder_of(station, made["2"].digest), "recipe")
    assert roll_back(bench)["error"]["code"] == "RELEASE_REFUSED"
    assert judged_by(bench) == made["3"].digest
    place(station, made["2"])
    assert roll_back(bench)["result"]["recipe"]["release"] == made["2"].digest


@pytest.mark.long
def test_another_approval_of_the_same_release_does_not_keep_a_station_from_starting(
    station: Path, run: Callable[[], Bench], made: dict[str, Release], tmp_path: Path
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    other = sign(make_release(tmp_path / "disc-2", "2", product="disc"), "ben", "anna")
    assert (other.digest, other.approval != made["2"].approval) == (made["2"].digest, True)
    assert activate(bench, other)["result"]["changed"] is False
    assert (folder_of(station, other.digest) / APPROVAL_FILE).read_bytes() == other.approval
    assert judged_by(run()) == other.digest
    (disc, _ring) = list_releases(station, load_config(station))["products"]
    assert disc["release"]["proposer"]["name"] == "Anna", "as the record says that put it in force"
    check(station)


def test_records_that_cannot_be_read_are_not_taken_for_none(station: Path) -> None:
    (station / "records.sqlite").write_bytes(b"this is no database, but long enough to look like one" * 100)
    with pytest.raises(StoreError):
        remembered(station, load_config(station))
