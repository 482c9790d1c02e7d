# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station with two products, and signed releases of one of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.release.folder import Release
from tests.station_bench import Bench, ran_once, run_after_run
from tests.station_releases import signed_release, trust
from tests.two_products import add_ring


def prepare(station: Path) -> None:
    add_ring(station)
    trust(station)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A station with two products and the keys of two people that has run once."""
    return ran_once(tmp_path_factory.mktemp("releases") / "station", prepare)


@pytest.fixture(scope="session")
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
    with run_after_run(station) as started:
        yield started
