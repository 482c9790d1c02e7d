# SPDX-License-Identifier: AGPL-3.0-or-later
"""Changing over to another product: what judges afterwards, what records say, and what leaves the old one in force."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.api.recipe_routes import picture_of
from inspector.config import load_config, products
from inspector.errors import ConfigError, ModelRefused, NotFound, StoreError
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.ipc import Message
from inspector.part import Verdict
from inspector.station.judge import Judge
from inspector.station.model import Rules
from inspector.store.read import RecordReader
from tests.station_bench import Bench, BenchRules, ran_once, run_after_run
from tests.two_products import RING_CODE, add_ring
from tests.unit.test_station_challenges import SET, ChallengeBench, start


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with two products that has run once."""
    return ran_once(tmp_path_factory.mktemp("changeover") / "station", add_ring)


@pytest.fixture
def station(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "station"))


@pytest.fixture
def run(station: Path) -> Iterator[Callable[[], Bench]]:
    """Starts the station, and again after the run before has ended."""
    with run_after_run(station) as started:
        yield started


def change(bench: Bench, product: str, **more: Any) -> Message:
    return bench.request("recipe-change", **{"product": product, "operator": "P-7", "looked": True, **more})


def close_shift(bench: Bench) -> None:
    answer = bench.request("shift-close", operator="op", note="a test", removed_by_hand=0)
    assert answer["ok"], answer


def in_force(bench: Bench) -> str:
    return str(bench.request("recipe-list")["result"]["in_force"])


def told_number(bench: Bench) -> int:
    """What the line is told, and a PLC with it."""
    return int(bench.hub.of("line", "station-state")[-1]["recipe_number"])


def records(directory: Path, *kinds: str) -> list[dict[str, Any]]:
    with RecordReader(directory) as reader:
        return [one.fields for one in reader.following(0, 10_000) if one.kind in kinds]


def check(directory: Path) -> None:
    assert verify_station(directory).of(Severity.TAMPERED) == []


# Settings


def test_the_products_are_the_tables_with_the_top_recipe_first(station: Path) -> None:
    known = products(load_config(station))
    assert list(known) == ["disc", "ring"]
    assert known["disc"].package == load_config(station).detector.package
    assert known["ring"].package == "models/ring"
    assert known["ring"].is_meant(RING_CODE)
    assert not known["ring"].is_meant("order-r17"), "capital letters count"
    assert not known["ring"].is_meant("")


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("modle = 'x'\n", "there is no such setting"),
        ("[recipes.third]\nrecipe = 'recipes/ring.toml'\n", "twice"),
        ("[recipes.main]\nrecipe = 'recipes/third.toml'\n", "not the recipe at the top"),
        ("[challenge]\nfile = 'recipes/challenge.toml'\n", "recipes.ring.challenge"),
    ],
)
def test_what_does_not_fit_in_the_settings_is_refused(station: Path, added: str, words: str) -> None:
    with (station / "station.toml").open("a") as settings:
        settings.write(added)
    with pytest.raises(ConfigError, match=words):
        load_config(station)


def test_the_picture_of_a_product_is_an_image_or_not_there(station: Path) -> None:
    data, media = picture_of(station, "ring")
    assert (data[:3], media) == (b"\xff\xd8\xff", "image/jpeg")
    (station / "recipes" / "ring.jpg").write_text("not an image")
    for product in ("ring", "disc", "third"):
        with pytest.raises(NotFound):
            picture_of(station, product)


# Changing over


def test_there_and_back_each_part_is_judged_by_what_its_shift_says(station: Path, run: Callable[[], Bench]) -> None:
    bench = run()
    listed = bench.request("recipe-list", code=RING_CODE)["result"]
    disc, ring = listed["recipes"]
    assert (listed["in_force"], disc["in_force"], ring["in_force"]) == ("disc", True, False)
    assert (disc["meant"], ring["meant"], ring["number"], ring["blocked"]) == (False, True, 8, None)
    for number, product in enumerate((disc, ring, disc), 1):
        if number > 1:
            answer = change(bench, product["product"], digest=product["digest"], code=RING_CODE)
            assert answer["ok"], answer
            assert answer["result"]["changed"]
        assert bench.request("shift-open", lot=f"L-{number}", operator="op", recipe=product["digest"])["ok"]
        bench.part(number)
        bench.until(lambda number=number: number in bench.acks("trigger"))  # type: ignore[misc]
        bench.outcome(number)
        bench.until(lambda number=number: number in bench.acks("outcome"))  # type: ignore[misc]
        status = bench.request("status")["result"]
        assert status["recipe"] == {name: product[name] for name in ("name", "version", "digest")}
        assert status["model"]["digest"] == product["model"]["digest"]
        bench.until(lambda wanted=product["number"]: told_number(bench) == wanted)  # type: ignore[misc]
        bench.line_state(number)
        close_shift(bench)
    parts = records(station, "part")
    assert [part["recipe_digest"] for part in parts] == [disc["digest"], ring["digest"], disc["digest"]]
    assert [part["model_digest"] for part in parts] == [one["model"]["digest"] for one in (disc, ring, disc)]
    assert {part["verdict"] for part in parts} == {"PASS"}
    said = [one for one in records(station, "change") if one["name"] == "in force"]
    assert [one["what"] for one in said] == ["recipe", "model"] * 2
    assert f"code '{RING_CODE}'" in said[0]["why"]
    assert "the product is this one" in said[0]["why"]
    with RecordReader(station) as reader:
        assert {reader.staff_id(one["by"]) for one in said} == {"P-7"}
    assert len(records(station, "setup")) == 3
    check(station)


def test_what_is_in_force_stays_so_over_a_restart_and_is_no_change(station: Path, run: Callable[[], Bench]) -> None:
    assert change(run(), "ring")["ok"]
    before = len(records(station, "change", "setup"))
    assert in_force(run()) == "ring"
    assert len(records(station, "change", "setup")) == before
    check(station)


def test_ready_stays_off_while_the_model_is_loaded_and_says_why(
    run: Callable[[], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, go = run(), threading.Event()

    def slow(rules: BenchRules) -> Judge:
        assert go.wait(20)
        return PatientJudge.of(rules)

    monkeypatch.setattr(BenchRules, "make_judge", slow)
    message = {"type": "request", "command": "recipe-change"}
    message["arguments"] = {"product": "ring", "operator": "P-7"}
    bench.hear("api", message | {"id": "first"})
    status = bench.request("status")["result"]
    reasons = {one["code"]: one["message"] for one in status["reasons"]}
    told = len(bench.hub.of("line", "station-state"))
    bench.until(lambda: len(bench.hub.of("line", "station-state")) > told + 1)
    status = bench.request("status")["result"]
    reasons = {one["code"]: one["message"] for one in status["reasons"]}
    assert reasons["CHANGEOVER"] == "changing to recipe ring"
    assert (status["state"], status["recipe"]["name"]) == ("STARTING", "disc")
    assert not bench.hub.of("line", "station-state")[-1]["ready"]
    refused = bench.request("shift-open", lot="L", operator="op")
    assert "changing to recipe ring" in refused["error"]["message"]
    assert "under way" in change(bench, "disc")["error"]["message"]
    go.set()
    bench.until(lambda: any(one["id"] == "first" for one in bench.hub.of("api", "response")))
    assert in_force(bench) == "ring"


class PatientJudge:
    """The detector under control, as the bench makes it."""

    make = BenchRules.make_judge

    @classmethod
    def of(cls, rules: BenchRules) -> Judge:
        return cls.make(rules)


def test_it_is_refused_in_a_shift_and_for_what_was_not_shown(station: Path, run: Callable[[], Bench]) -> None:
    bench = run()
    assert change(bench, "third")["error"]["code"] == "NOT_FOUND"
    assert "another one than was shown" in change(bench, "ring", digest="0" * 64)["error"]["message"]
    assert "operator" in change(bench, "ring", operator=" ")["error"]["message"]
    assert bench.request("shift-open", lot="L", operator="op", recipe="0" * 64)["error"]["code"] == "SHIFT"
    bench.open_shift()
    assert "is open" in change(bench, "ring")["error"]["message"]
    close_shift(bench)
    assert change(bench, "disc")["result"]["changed"] is False
    assert in_force(bench) == "disc"
    assert [one for one in records(station, "change") if one["name"] == "in force"] == []


def test_what_does_not_load_leaves_in_force_what_was(
    station: Path, run: Callable[[], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = run()
    with monkeypatch.context() as patch:

        def refuses(_rules: Rules) -> Judge:
            raise ModelRefused("the runtime does not take it", "Build it again")

        patch.setattr(BenchRules, "make_judge", refuses)
        assert change(bench, "ring")["error"]["code"] == "MODEL_REFUSED"
    weights = station / "models" / "ring" / "model.onnx"
    data = weights.read_bytes()
    weights.write_bytes(data[:-1] + b"?")
    assert change(bench, "ring")["error"]["code"] == "MODEL_REFUSED"
    weights.write_bytes(data)
    recipe = station / "recipes" / "ring.toml"
    text = recipe.read_text()
    recipe.write_text(text + "# edited while the station runs\n")
    assert "when the station started" in change(bench, "ring")["error"]["message"]
    bench.open_shift()
    bench.part(1)
    bench.until(lambda: bench.grants() == [1])
    bench.outcome(1)
    bench.until(lambda: bench.acks("outcome") == [1])
    bench.line_state(1)
    close_shift(bench)
    recipe.write_text(text.replace("[classes.dent]", "[classes.crack]"))
    blocked = run().request("recipe-list")["result"]["recipes"][1]["blocked"]
    assert (blocked["code"], "'crack'" in blocked["message"]) == ("RECIPE", True)
    again = run()
    assert change(again, "ring")["error"]["code"] == "RECIPE"
    assert in_force(again) == "disc"
    check(station)


def test_what_the_camera_takes_without_a_shift_is_shown_and_judged_by_nobody(run: Callable[[], Bench]) -> None:
    bench = run()
    bench.hear("api", {"type": "subscribe", "events": ["preview"]})
    bench.part(1)
    bench.until(lambda: bool(bench.hub.of("api", "event")))
    data = bench.hub.of("api", "event")[0]["data"]
    assert (data["camera"], data["verdict"], data["key"], data["boxes"]) == ("cam1", None, None, [])
    bench.until(lambda: 1 in bench.acks("trigger"))
    assert bench.grants() == []


# Cut off


def test_killed_before_the_record_the_old_one_is_in_force_and_after_it_the_new(
    station: Path, run: Callable[[], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = run()
    with monkeypatch.context() as patch:
        patch.setattr(bench.station._setup, "put_in_force", failing)
        with pytest.raises(Exception, match="could not be written"):  # the store is tried again: by another start
            change(bench, "ring")
            bench.until(lambda: False)
        assert bench.hub.of("api", "response")[-1]["error"]["code"] == "STORE"
    bench = run()
    assert in_force(bench) == "disc"
    monkeypatch.setattr(bench.station._setup, "complete", failing)
    with pytest.raises(StoreError):
        change(bench, "ring")
    bench = run()
    assert in_force(bench) == "ring"
    newest = records(station, "setup")[-1]
    assert newest["recipe"] == bench.request("status")["result"]["recipe"]["digest"]
    said = [one for one in records(station, "change") if one["name"] == "in force"]
    assert [one["what"] for one in said] == ["recipe", "model"]
    assert {one["why"] for one in said} == {said[0]["why"]}
    assert records(station, "change")[-1] == said[-1], "nothing else was found changed"
    bench.open_shift()
    close_shift(bench)
    check(station)


def failing(*_arguments: object) -> None:
    raise StoreError("the disk is gone", "Look at it")


def test_a_product_that_is_gone_from_the_settings_gives_way_to_the_first(
    station: Path, run: Callable[[], Bench]
) -> None:
    assert change(run(), "ring")["ok"]
    settings = station / "station.toml"
    settings.write_text(settings.read_text().split("[recipes.ring]")[0])
    bench = run()
    assert in_force(bench) == "disc"
    (said,) = [one for one in records(station, "change") if one["name"] == "in force" and one["by"] is None]
    assert said["why"] == "ring is not in the settings any more"
    assert in_force(run()) == "disc"
    check(station)


def test_what_was_announced_before_a_changeover_still_names_who_and_why(
    station: Path, run: Callable[[], Bench]
) -> None:
    bench = run()
    assert bench.request("announce", operator="P-9", what="setting", why="another bin")["ok"]
    assert change(bench, "ring")["ok"]
    settings = station / "station.toml"
    settings.write_text(settings.read_text().replace("[stops]\n", "[stops]\nrejects_in_row = 8\n"))
    run()
    (found,) = [one for one in records(station, "change") if one["name"] == "stops.rejects_in_row"]
    assert "another bin" in found["why"]
    check(station)


# Challenge parts


def with_challenges(directory: Path, required: str) -> ChallengeBench:
    """A station with challenge parts for both products."""
    if not directory.exists():

        def prepare(station: Path) -> None:
            add_ring(station, challenge='challenge = "recipes/ring-parts.toml"\n')
            (station / "recipes" / "disc-parts.toml").write_text(SET)
            (station / "recipes" / "ring-parts.toml").write_text(SET.replace('"disc"', '"ring"'))
            path = station / "station.toml"
            patient = path.read_text().replace('name = "cam1"', 'name = "cam1"\nframe_timeout_ms = 5000')
            path.write_text(f'{patient}[challenge]\nfile = "recipes/disc-parts.toml"\nrequired = {required}\n')

        Bench(directory, stops={"unconfirmed_rejects": 1000}, prepare=prepare).close()
    bench = ChallengeBench(directory)
    bench.station.start()
    bench.everybody_is_here()
    return bench


def challenged(bench: ChallengeBench, *, found: bool) -> None:
    """One challenge; where nothing is found it fails."""
    before = len(bench.records("challenge"))
    start(bench)
    for serial, defect in (("S7-000003", "dent"), ("S7-000005", "stain")):
        bench.show(serial, defect if found else "", Verdict.FAIL if found else Verdict.PASS)
    bench.until(lambda: len(bench.records("challenge")) > before)


def test_the_challenge_parts_of_the_other_product_are_due(tmp_path: Path) -> None:
    bench = with_challenges(tmp_path / "station", "true")
    try:
        bench.open_shift()
        challenged(bench, found=True)
        assert bench.request("status")["result"]["challenge"]["state"] == "passed"
        disc = bench.request("status")["result"]["challenge"]["set"]
        bench.line_state(bench.number)
        close_shift(bench)
        assert change(bench, "ring")["ok"]
        bench.open_shift()
        bench.wait_codes("CHALLENGE_DUE")
        assert bench.request("status")["result"]["challenge"]["set"] != disc
        challenged(bench, found=True)
        good = bench.show("S7-000001", verdict=Verdict.PASS, lane="good")
        assert good in bench.grants()
    finally:
        bench.close()
    check(bench.directory)


def test_a_failed_challenge_waits_for_its_product_to_come_back(tmp_path: Path) -> None:
    """And its list has the parts of this product only."""
    bench = with_challenges(tmp_path / "station", "false")
    try:
        bench.open_shift()
        passed = bench.show("S7-000001", verdict=Verdict.PASS, lane="good")
        bench.line_state(bench.number)
        close_shift(bench)
        assert change(bench, "ring")["ok"]
        bench.open_shift()
        bench.show("S7-000002", verdict=Verdict.PASS, lane="good")
        challenged(bench, found=True)
        bench.line_state(bench.number)
        close_shift(bench)
        assert change(bench, "disc")["ok"]
        bench.open_shift()
        challenged(bench, found=False)
        listed = bench.records("challenge")[-1]["passed_since"]
        text = (bench.directory / "challenge" / listed["file"]).read_text()
        assert (listed["parts"], "S7-000001" in text, "S7-000002" in text) == (1, True, False)
        assert passed in bench.grants()
        bench.line_state(bench.number)
        close_shift(bench)
        assert change(bench, "ring")["ok"]
        bench.open_shift()
        bench.wait_codes("CHALLENGE_FAILED")
        challenged(bench, found=True)
        bench.line_state(bench.number)
        close_shift(bench)
        assert change(bench, "disc")["ok"]
        bench.open_shift()
        bench.wait_codes("CHALLENGE_FAILED")
    finally:
        bench.close()
    check(bench.directory)
