# SPDX-License-Identifier: AGPL-3.0-or-later
"""What judges, since when, by whose change, and what it has judged: from the records of a real station."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.api.model_document import SetupHistory
from inspector.evidence.keys import SigningKey
from inspector.store.documents import DocumentStore
from inspector.store.queries.reader import AuditReader
from inspector.store.queries.rules import judged
from tests.station_bench import Bench
from tests.store_station import CLOSE, make_writer, opening, part
from tests.unit import test_people
from tests.unit.test_people import OTHER, add, approve, log_in, lower_a_threshold, started_again
from tests.unit.test_station_challenges import made

quick_hashes, template, staffed = test_people.quick_hashes, test_people.template, test_people.staffed


def test_a_change_is_told_with_who_why_and_who_approved_it(staffed: Bench) -> None:
    first = SetupHistory(staffed.directory).models(names=True)
    assert first.model is not None and first.recipe is not None
    assert first.model.since.why is None and first.changes == () and first.waiting == 0
    manifest = json.loads(DocumentStore(staffed.directory).get(first.model.digest))
    assert (first.model.name, first.model.version) == (manifest["name"], manifest["version"])
    assert first.model.provenance == manifest["provenance"]
    assert (first.model.width, first.model.format) == (manifest["input"]["width"], manifest["weights"]["kind"])
    log_in(staffed, OTHER)
    assert staffed.request("announce", what="recipe", why="fewer false rejects")["ok"]
    lower_a_threshold(staffed.directory, "0.875")
    bench = started_again(staffed)
    waiting = SetupHistory(bench.directory).models(names=True)
    assert waiting.recipe is not None
    assert waiting.recipe.digest != first.recipe.digest
    assert waiting.recipe.since.by == OTHER and "fewer false rejects" in (waiting.recipe.since.why or "")
    assert waiting.recipe.since.approved is None
    assert [(one.what, one.announced, one.waits) for one in waiting.changes] == [
        ("threshold", False, True),
        ("recipe", False, True),
        ("recipe", True, False),
    ]
    assert waiting.waiting == 2
    log_in(bench, "kim")
    assert add(bench, "zoe", "qa")["ok"]
    assert approve(bench, "zoe")["ok"]
    done = SetupHistory(bench.directory).models(names=True)
    assert done.waiting == 0 and done.recipe is not None and done.model is not None
    assert done.recipe.since.approved is not None and done.recipe.since.approved.by == "zoe"
    assert done.recipe.since.approved.role == "qa"
    assert {None if one.approved is None else one.approved.by for one in done.changes if not one.announced} == {"zoe"}
    assert done.model.since == first.model.since, "the model is as before"
    assert done.recipe.classes[0].min_score_ppm == 875_000
    nameless = SetupHistory(bench.directory).models(names=False)
    assert "zoe" not in nameless.model_dump_json() and f'"by":"{OTHER}"' not in nameless.model_dump_json()
    assert nameless.recipe is not None and nameless.recipe.since.t_us == done.recipe.since.t_us
    bench.close()


def test_names_are_for_quality_admins_and_auditors(staffed: Bench) -> None:
    assert test_people.code(staffed.request("change-list")) == "LOGIN_NEEDED"
    for user, role in test_people.ROLES.items():
        log_in(staffed, user)
        assert staffed.request("change-list")["ok"] is (role in ("qa", "admin", "auditor"))


def test_the_registered_set_and_the_last_results_are_told(tmp_path: Path) -> None:
    bench = made(tmp_path / "station")
    bench.station.start()
    bench.open_shift()
    bench.request("challenge-start", operator="ada")
    bench.show("S7-000003", "dent")
    told = SetupHistory(bench.directory).models(names=True)
    assert told.challenge_set is not None
    parts = [(one.serial, one.class_name, one.valid_until) for one in told.challenge_set.parts]
    assert parts == [("S7-000003", "dent", "2999-12-31"), ("S7-000005", "stain", "2999-12-31")]
    assert told.challenges == (), "it still runs"
    bench.show("S7-000005", "stain")
    bench.until(lambda: len(bench.records("challenge")) == 1)
    (done,) = SetupHistory(bench.directory).models(names=True).challenges
    assert (done.result, done.shown, done.rejected) == ("passed", 2, 2)
    bench.close()
    with (tmp_path / "station" / "recipes" / "challenge.toml").open("a") as file:
        file.write("\n# touched since the start\n")
    assert SetupHistory(tmp_path / "station").models(names=True).challenge_set is None


@pytest.fixture
def judged_station(tmp_path: Path) -> Iterator[Path]:
    """Two lots by one pair of rules, half of the second by another, and a part that nothing judged."""
    writer = make_writer(tmp_path, SigningKey.generate())
    number = 0
    for lot, rules in (("L-1", ["a", "a"]), ("L-2", ["a", "b", None])):
        writer.append("shift-open", {**opening(writer), "lot": lot}).result(10)
        for one in rules:
            number += 1
            digest = None if one is None else one * 64
            fields = part(number, "PASS" if one == "b" else "FAIL")
            writer.append("part", {**fields, "model_digest": digest, "recipe_digest": digest}).result(10)
        if lot == "L-1":
            person = writer.commit_operator("anna").result(10)
            writer.seal_shift(person, {**CLOSE, "plc_count": 2, "station": 2, "difference": 0}).result(10)
    yield tmp_path
    writer.close()


@pytest.mark.parametrize("piece", [1, 2, 200_000])
def test_parts_are_counted_by_what_judged_them(judged_station: Path, piece: int) -> None:
    with AuditReader(judged_station) as reader:
        found, complete = judged(reader, piece=piece)
        assert complete
        counts = {one.rules.model: (one.parts, one.verdicts, list(one.shifts.items())) for one in found}
    assert counts == {
        "a" * 64: (3, {"FAIL": 3}, [(2, 1), (1, 2)]),
        "b" * 64: (1, {"PASS": 1}, [(2, 1)]),
        None: (1, {"FAIL": 1}, [(2, 1)]),
    }
    told = SetupHistory(judged_station).judged()
    by_a = next(one for one in told.judged if one.model is not None and one.model.digest == "a" * 64)
    assert [(lot.lot, lot.parts, lot.shifts) for lot in by_a.lots] == [("L-2", 1, (2,)), ("L-1", 2, (1,))]
    assert (by_a.shifts, by_a.more_lots, told.complete) == (2, 0, True)


def test_what_is_left_out_is_said(judged_station: Path) -> None:
    with AuditReader(judged_station) as reader:
        found, complete = judged(reader, most_parts=1, piece=2)
    assert not complete
    assert sum(one.parts for one in found) < 5
