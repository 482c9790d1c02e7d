# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release activate`, `rollback` and `list`, and what `inspector doctor` says of releases."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.cli import doctor
from inspector.cli import recipe as recipe_commands
from inspector.cli.main import main
from inspector.release.folder import Release
from inspector.station.releases import place
from tests.release_steps import Wired, activate, edit, judged_by
from tests.station_bench import Bench
from tests.station_releases import key_of, make_release, sign
from training.release import commands_station


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
