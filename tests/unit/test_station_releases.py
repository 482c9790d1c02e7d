# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases at a station: what judges afterwards, what records say, the way back, and what leaves in force what was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from inspector.cli import doctor
from inspector.cli import recipe as recipe_commands
from inspector.cli.control import _result
from inspector.cli.main import main
from inspector.config import load_config
from inspector.errors import InspectorError, ModelRefused, ReleaseRefused, RulesGone, StoreError
from inspector.evidence.verify.report import Severity
from inspector.evidence.verify.station import verify_station
from inspector.ipc import Message
from inspector.release.folder import APPROVAL_FILE, Release
from inspector.station.in_force import load_in_force, remembered
from inspector.station.judge import Judge
from inspector.station.model import Rules
from inspector.station.release_list import list_releases
from inspector.station.releases import folder_of, place
from inspector.station.replay_rules import RuleFinder
from inspector.store.backup import back_up
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from inspector.store.restore import restore
from tests.station_bench import Bench, BenchRules
from tests.station_releases import key_of, make_release, sign, signed_release, still_there, trust
from tests.two_products import add_ring
from training.release import commands_station

SIDE = "\n[views.side.gate]\nbrightness_min = 60\n"
"""A camera that the station does not have."""


def prepare(station: Path) -> None:
    add_ring(station)
    trust(station)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with two products and the keys of two people that has run once."""
    bench = Bench(tmp_path_factory.mktemp("releases") / "station", prepare=prepare)
    bench.station.start()
    bench.close()
    return bench.directory


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    """Two signed releases of disc."""
    folder = tmp_path_factory.mktemp("made")
    return {version: signed_release(folder / f"disc-{version}", version, product="disc") for version in ("2", "3")}


@pytest.fixture
def station(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "station"))


@pytest.fixture
def run(station: Path) -> Iterator[Callable[[], Bench]]:
    """Starts the station, and again after the run before has ended."""
    runs: list[Bench] = []

    def started() -> Bench:
        for one in runs:
            one.close()
        runs.clear()
        runs.append(Bench(station))
        runs[0].station.start()
        runs[0].everybody_is_here()
        return runs[0]

    yield started
    for one in runs:
        one.close()


def activate(bench: Bench, release: Release, **more: Any) -> Message:
    place(bench.directory, release)
    return bench.request("release-activate", **{"digest": release.digest, "operator": "Q-1", **more})


def roll_back(bench: Bench, **more: Any) -> Message:
    return bench.request("release-rollback", **{"why": "too many rejects", "operator": "Q-1", **more})


def judged_by(bench: Bench) -> str | None:
    """The release of the product in force, as the api shows it."""
    (one,) = [one for one in bench.request("recipe-list")["result"]["recipes"] if one["in_force"]]
    status = bench.request("status")["result"]
    assert status["model"]["digest"] == one["model"]["digest"]
    assert status["recipe"]["digest"] == one["digest"]
    return one["release"]  # type: ignore[no-any-return]


def records(directory: Path, kind: str) -> list[dict[str, Any]]:
    with RecordReader(directory) as reader:
        return [one.fields for one in reader.following(0, 10_000) if one.kind == kind]


def put(directory: Path) -> list[dict[str, Any]]:
    """The records that put a product in force."""
    found = records(directory, "change")
    return [one for one in found if (one["what"], one["name"]) == ("recipe", "in force")]


def check(directory: Path) -> None:
    assert verify_station(directory).of(Severity.TAMPERED) == []


def part(bench: Bench, number: int) -> dict[str, Any]:
    """A shift with one part, and its record."""
    still_there(bench, number - 1)
    assert bench.request("shift-open", lot=f"L-{number}", operator="op")["ok"]
    bench.part(number)
    bench.until(lambda: number in bench.acks("trigger"))
    bench.outcome(number)
    bench.until(lambda: number in bench.acks("outcome"))
    bench.line_state(number)
    assert bench.request("shift-close", operator="op", note="a test", removed_by_hand=0)["ok"]
    return records(bench.directory, "part")[-1]


# Activate and go back


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


# Refused


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


# Cut off, and damaged


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


def failing(*_arguments: object) -> None:
    raise StoreError("the disk is gone", "Look at it")


def damage(folder: Path, how: str) -> None:
    weights = folder / "model" / "model.onnx"
    if how == "missing":
        shutil.rmtree(folder)
    elif how == "weights":
        weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    elif how == "recipe":
        (folder / "recipe.toml").write_text((folder / "recipe.toml").read_text() + "# a lower limit\n")
    else:
        (folder / "more.toml").write_text("")


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


# Files of the settings, other folders


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_release_judges_on_beside_edited_files_which_a_start_records(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    edit(station / "recipes" / "disc.toml", "min_score = 0.30", "min_score = 0.20")
    assert "not those that judged before" in roll_back(bench)["error"]["message"]
    bench = run()
    assert judged_by(bench) == made["2"].digest
    (told,) = [one for one in records(station, "change") if one["name"] == "recipes.disc.recipe#sha256"]
    assert told["what"] == "recipe"
    assert roll_back(bench)["result"]["recipe"]["release"] is None, (
        "the start has recorded it, and nobody approves here"
    )
    check(station)


@pytest.mark.long
def test_without_tables_only_the_files_that_have_judged_are_gone_back_to(tmp_path: Path) -> None:
    """No record would tell of an edited file of a product that stands in no table."""
    bench = Bench(tmp_path / "station", prepare=trust)
    bench.station.start()
    assert activate(bench, signed_release(tmp_path / "main-2"))["ok"]
    bench.close()
    recipe = bench.directory / "recipes" / "disc.toml"
    text = recipe.read_text()
    edit(recipe, "min_score = 0.30", "min_score = 0.20")
    bench = Bench(tmp_path / "station")
    try:
        bench.station.start()
        refused = roll_back(bench)["error"]
        assert "not those that judged before" in refused["message"]
        digest = refused["advice"].partition("documents/")[2].partition(".")[0]
        assert DocumentStore(bench.directory).get(digest).decode() == text
        recipe.write_text(text)
        assert roll_back(bench)["result"]["changed"]
    finally:
        bench.close()
    check(bench.directory)


@pytest.mark.long
def test_a_product_with_another_name_is_another_product_and_the_records_say_so(
    station: Path, run: Callable[[], Bench], made: dict[str, Release]
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    edit(station / "station.toml", "[recipes.disc]", "[recipes.disc-2]")
    bench = run()
    assert judged_by(bench) is None
    newest = put(station)[-1]
    assert (newest["why"], newest["by"], "release" in newest) == ("disc is not in the settings any more", None, False)
    assert list_releases(station, load_config(station))["unused"] == [], "records name it all the same"
    edit(station / "station.toml", "[recipes.disc-2]", "[recipes.disc]")
    assert judged_by(run()) == made["2"].digest
    assert put(station)[-1]["release"]["document"] == made["2"].digest
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


def test_records_that_cannot_be_read_are_not_taken_for_none(station: Path) -> None:
    (station / "records.sqlite").write_bytes(b"this is no database, but long enough to look like one" * 100)
    with pytest.raises(StoreError):
        remembered(station, load_config(station))


# The command line


class Wired:
    """Stands for the connection to a station: asks the bench."""

    bench: Bench

    def __init__(self, _station: Path) -> None:
        self.session: str | None = None

    def __enter__(self) -> Wired:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def request(self, command: str, **arguments: Any) -> dict[str, Any]:
        return _result(self.bench.request(command, **arguments))


def test_one_command_each_activates_goes_back_and_tells(
    station: Path,
    run: Callable[[], Bench],
    made: dict[str, Release],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Wired, "bench", run(), raising=False)
    monkeypatch.setattr(commands_station, "StationControl", Wired)
    where = ["--station", str(station)]
    who = [*where, "--operator", "Q-1"]
    stranger = sign(make_release(tmp_path / "stranger", "4", product="disc"), "carl")
    assert main(["release", "activate", str(stranger.path), *who]) == 3
    assert not (station / "releases").exists(), "nothing of a stranger's is copied"
    two, three = made["2"], made["3"]
    for number, words in ((1, "(record "), (2, "so it was before")):
        assert main(["release", "activate", str(two.path), *who]) == 0, number
        told = capsys.readouterr().out
        assert f"disc is judged by release {two.digest[:16]}: model disc-demo 2, recipe disc, version r2" in told
        assert words in told
    assert main(["release", "activate", str(three.path), *who, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"]["release"] == three.digest
    place(station, stranger)
    assert main(["release", "list", *where]) == 0
    told = capsys.readouterr().out
    for words in (
        "disc (in force)",
        f"judged by release {three.digest[:16]}: model disc-demo 3, recipe disc r3",
        "proposed by Anna; approved by Ben",
        f"a rollback goes to release {two.digest[:16]}: model disc-demo 2",
        f"that no record names: {stranger.digest[:16]}",
        "ring\n  judged by the files of the settings",
    ):
        assert words in told
    monkeypatch.setattr(recipe_commands, "StationControl", Wired)
    monkeypatch.setenv("COLUMNS", "250")  # no cell of the table is folded
    assert main(["recipe", "list", *where]) == 0
    assert f"in force, release {three.digest[:16]}" in " ".join(capsys.readouterr().out.split())
    for _ in range(2):
        assert main(["release", "rollback", *who, "--why", "lot 88", "--product", "disc"]) == 0
    assert "disc is judged by the files of the settings: model " in capsys.readouterr().out
    assert main(["release", "rollback", *who, "--why", "lot 88"]) == 3
    (station / "keys" / "anna.pub").write_text(key_of("dora").public_key.hex() + "\n")
    assert main(["release", "list", *where, "--json"]) == 0
    (disc, ring) = json.loads(capsys.readouterr().out)["products"]
    assert (disc["release"], disc["rollback"], ring["history"]) == (None, None, [])
    assert [(one["what"], one["by"]) for one in disc["history"]] == [
        *[("activation", "Q-1")] * 2,
        *[("rollback", "Q-1")] * 2,
    ]


@pytest.mark.long
def test_who_is_not_trusted_any_more_is_told(
    station: Path, run: Callable[[], Bench], made: dict[str, Release], capsys: pytest.CaptureFixture[str]
) -> None:
    bench = run()
    assert activate(bench, made["2"])["ok"]
    (station / "keys" / "anna.pub").write_text(key_of("dora").public_key.hex() + "\n")
    assert main(["release", "list", "--station", str(station)]) == 0
    assert "proposed by Anna (whose key the settings do not name any more); approved by Ben" in capsys.readouterr().out
    told = {one.what: one.found for one in doctor._station(station)}
    assert told["release authority"].endswith("a key that signed the release of disc")
    assert f"of release {made['2'].digest[:16]}, which judges instead of the files" in told["model and recipe of disc"]
    assert judged_by(run()) == made["2"].digest, "it goes on: the record binds the release"
    edit(station / "station.toml", '"keys/anna.pub", ', "")
    told = {one.what: one.found for one in doctor._station(station)}
    assert "one key alone" in told["release authority"]
