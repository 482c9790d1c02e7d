# SPDX-License-Identifier: AGPL-3.0-or-later
"""Releases beside the files of the settings, which people edit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.config import load_config
from inspector.release.folder import Release
from inspector.station.release_list import list_releases
from inspector.store.documents import DocumentStore
from tests.release_steps import activate, check, edit, judged_by, put, records, roll_back
from tests.station_bench import Bench
from tests.station_releases import signed_release, trust


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
