# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases at a station: what judges afterwards, what records say, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from inspector.config import load_config
from inspector.errors import InspectorError, RulesGone, StoreError
from inspector.release.folder import Release
from inspector.station.in_force import load_in_force
from inspector.station.releases import folder_of
from inspector.station.replay_rules import RuleFinder
from inspector.store.backup import back_up
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.restore import restore
from tests.release_steps import activate, check, damage, failing, judged_by, part, put, records, roll_back
from tests.station_bench import Bench


def test_a_release_judges_from_its_record_on_and_over_a_restart(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench, release = run(), made["2"]
    before = part(bench, 1)
    answer = activate(bench, release)
    assert answer["ok"], answer
    assert answer["result"]["changed"]
    said = release.document
    after = part(bench, 2)
    assert (after["model_digest"], after["recipe_digest"]) == (said.model.digest, said.recipe.digest)
    assert before["model_digest"] != after["model_digest"]
    (record,) = put(station)
    assert record["why"] == f"activation of release {release.digest[:16]}"
    assert record["new"].endswith(f"recipe {said.recipe.digest}, model {said.model.digest}")
    documents = DocumentStore(station)
    names = ("document", "proposal", "approval", "report")
    kept = [documents.get(record["release"][name]) for name in names]
    assert kept == [release.data, release.proposal, release.approval, release.file("report.json")]
    with RecordReader(station) as reader:
        assert reader.staff_id(record["by"]) == "Q-1"
    again = activate(bench, release)
    assert (again["result"]["changed"], again["result"]["seq"]) == (False, None)
    count = len(records(station, "change")) + len(records(station, "setup"))
    assert judged_by(run()) == release.digest
    assert len(records(station, "change")) + len(records(station, "setup")) == count, "a restart finds nothing changed"
    check(station)


def test_going_back_twice_goes_further_back_and_never_forth(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    assert "nothing to roll back" in roll_back(bench)["error"]["advice"].lower()
    settings = bench.request("status")["result"]["model"]["digest"]
    assert activate(bench, made["2"])["ok"]
    assert activate(bench, made["3"])["ok"]
    assert "reason" in roll_back(bench, why=" ")["error"]["message"]
    assert roll_back(bench)["result"]["changed"]
    bench = run()
    assert judged_by(bench) == made["2"].digest
    assert roll_back(bench, product="disc")["result"]["recipe"]["release"] is None
    assert bench.request("status")["result"]["model"]["digest"] == settings
    assert roll_back(bench)["error"]["code"] == "RELEASE_REFUSED"
    assert judged_by(run()) is None
    told = [(one["why"].partition(" ")[0], one.get("release", {}).get("document")) for one in put(station)]
    two, three = made["2"].digest, made["3"].digest
    assert told == [("activation", two), ("activation", three), ("rollback", two), ("rollback", None)]
    assert "too many rejects" in put(station)[-1]["why"]
    check(station)


@pytest.mark.long
def test_what_is_activated_again_goes_back_to_what_it_has_replaced(
    run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    for version in ("2", "3", "2"):
        assert activate(bench, made[version])["result"]["changed"]
    found = []
    while (answer := roll_back(bench))["ok"]:
        found.append(answer["result"]["recipe"]["release"])
    assert found == [made["3"].digest, made["2"].digest, None]
    check(bench.directory)


def test_a_product_that_comes_back_keeps_its_release(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    for product, wanted in (("ring", None), ("disc", made["2"].digest)):
        assert bench.request("recipe-change", product=product, operator="P-7")["result"]["changed"]
        assert judged_by(bench) == wanted
    assert bench.request("recipe-change", product="ring", operator="P-7")["ok"]
    bench = run()
    assert judged_by(bench) is None
    assert "ring is in force" in roll_back(bench, product="disc")["error"]["message"]
    assert "ring is in force" in activate(bench, made["3"])["error"]["message"]
    assert "judged by the files" in roll_back(bench)["error"]["message"]
    assert bench.request("recipe-change", product="disc", operator="P-7")["ok"]
    assert roll_back(bench)["result"]["recipe"]["release"] is None
    check(station)


def test_killed_before_the_record_nothing_has_changed_and_after_it_the_start_completes_it(
    station: Path, run: Callable[[], Bench], made: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = run()
    with monkeypatch.context() as patch:
        patch.setattr(bench.station._setup, "put_in_force", failing)
        with suppress(InspectorError):  # the heartbeat after the answer ends it, so that the store is tried again
            activate(bench, made["2"])
        assert bench.hub.of("api", "response")[-1]["error"]["code"] == "STORE"
    bench = run()
    assert judged_by(bench) is None
    for ask, wanted in ((partial(activate, release=made["2"]), made["2"].digest), (roll_back, None)):
        monkeypatch.setattr(bench.station._setup, "complete", failing)
        with pytest.raises(StoreError):
            ask(bench)
        bench = run()
        assert judged_by(bench) == wanted
        said = [one for one in records(station, "change") if one["name"] == "in force"]
        assert [one["what"] for one in said[-2:]] == ["recipe", "model"]
        assert records(station, "change")[-1] == said[-1], "nothing else was found changed"
        newest = records(station, "setup")[-1]
        assert newest["recipe"] == bench.request("status")["result"]["recipe"]["digest"]
    part(bench, 1)
    check(station)


def test_what_a_release_has_judged_is_found_again(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    judged = part(bench, 1)
    assert roll_back(bench)["ok"]
    (opening,) = records(station, "shift-open")
    found = RuleFinder(station).find(judged, opening)
    folder = folder_of(station, made["2"].digest)
    assert found.package.path == folder / "model"
    damage(folder, "weights")
    with pytest.raises(RulesGone, match="changed"):
        RuleFinder(station).find(judged, opening)
    assert RuleFinder(station, [made["2"].model]).find(judged, opening).package.path == made["2"].model


def test_a_backup_takes_releases_along(
    station: Path, run: Callable[[], Bench], made: dict[str, Release], tmp_path: Path
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    bench.close()
    assert back_up(station, tmp_path / "backup").problems == []
    restore(tmp_path / "backup", tmp_path / "restored")
    config = load_config(tmp_path / "restored")
    rules = load_in_force(tmp_path / "restored", config)
    assert rules.package.path == folder_of(tmp_path / "restored", made["2"].digest) / "model"
