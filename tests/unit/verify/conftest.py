# SPDX-License-Identifier: AGPL-3.0-or-later
"""A good station directory, built once, copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inspector.evidence.chain import Entry
from tests.unit.evidence_station import build_station


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    directory = tmp_path_factory.mktemp("evidence") / "station"
    return directory, build_station(directory)


@pytest.fixture
def station(original: tuple[Path, list[Entry]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(original[0], tmp_path / "copy"))


@pytest.fixture
def entries(original: tuple[Path, list[Entry]]) -> list[Entry]:
    return original[1]
