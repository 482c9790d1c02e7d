# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera for contract tests: loaded, opened, and the world around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harvesters.core import Harvester, ImageAcquirer

from inspector.camera.simulator import SimulatorControl
from tests.simulated_camera import (
    control,
    harvester,
    opened,
    write_images,
)


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "endpoint.json"
    monkeypatch.setenv("INSPECTOR_SIMULATOR_ENDPOINT", str(path))
    monkeypatch.setenv("INSPECTOR_SIMULATOR_IMAGES", str(write_images(tmp_path / "images")))
    monkeypatch.delenv("INSPECTOR_SIMULATOR_IMAGES_1", raising=False)
    return path


@pytest.fixture
def cameras(endpoint: Path) -> Iterator[Harvester]:
    with harvester() as subject:
        yield subject
    assert not endpoint.exists()


@pytest.fixture
def camera(cameras: Harvester) -> Iterator[ImageAcquirer]:
    with opened(cameras) as acquirer:
        yield acquirer


@pytest.fixture
def world(camera: ImageAcquirer, endpoint: Path) -> Iterator[SimulatorControl]:
    with control(endpoint) as client:
        yield client
