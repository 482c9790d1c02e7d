# SPDX-License-Identifier: AGPL-3.0-or-later
"""A new station directory is complete or not there, and an old one is never touched."""

from __future__ import annotations

import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import camera_configs
import data_samples
from inspector.config import load_config
from inspector.detect.package import ModelPackage
from inspector.errors import ConfigError, PassphraseWrong
from inspector.evidence.keys import load_key, read_public_key
from inspector.recipe import Recipe
from inspector.station_directory import NewStation, create_station

NEW = NewStation(
    name="s1",
    model=data_samples.model_dir(),
    recipe=data_samples.recipe_file(),
    features=camera_configs.path("simulated"),
    images=data_samples.images_dir(),
)


def test_everything_is_inside_and_fits(tmp_path: Path) -> None:
    station = tmp_path / "station"
    create_station(station, NEW, "a passphrase")
    config = load_config(station)
    package = ModelPackage.load(station / config.detector.package)
    recipe = Recipe.load(station / config.recipe)
    recipe.check_classes(package.classes, package.manifest.thresholds.score_ppm)
    assert (station / config.cameras[0].features).is_file()
    key = load_key(station / config.key.file, "a passphrase")
    assert key.public_key == read_public_key(station / "keys" / "station.pub")
    with pytest.raises(PassphraseWrong):
        load_key(station / config.key.file, "another passphrase")
    if sys.platform != "win32":
        assert stat.S_IMODE((station / "keys" / "station.key").stat().st_mode) == 0o600


def test_two_stations_have_two_keys(tmp_path: Path) -> None:
    for name in ("one", "two"):
        create_station(tmp_path / name, NEW, "a passphrase")
    assert read_public_key(tmp_path / "one/keys/station.pub") != read_public_key(tmp_path / "two/keys/station.pub")


def test_names_with_quotes_and_umlauts_survive(tmp_path: Path) -> None:
    new = replace(NEW, producer='C:\\Programme\\Hersteller "x"\\prüf.cti', serials=("ä'\"\\",), passphrase_file="a b")
    create_station(tmp_path / "station", new, "a passphrase")
    camera = load_config(tmp_path / "station").cameras[0]
    assert (camera.producer, camera.serial) == (new.producer, *new.serials)


def test_a_directory_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("mine")
    with pytest.raises(ConfigError, match="not empty"):
        create_station(tmp_path, NEW, "a passphrase")
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


@pytest.mark.parametrize("what", ["model", "recipe", "features", "images"])
def test_a_missing_source_leaves_nothing(what: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.* (does not exist|is not a directory)"):
        create_station(tmp_path / "station", replace(NEW, **{what: tmp_path / "nowhere"}), "a passphrase")
    assert not (tmp_path / "station").exists()


def test_settings_that_would_be_refused_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"station\.name"):
        create_station(tmp_path / "station", replace(NEW, name="Not A Name"), "a passphrase")
    assert not (tmp_path / "station").exists()
