# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lamps on a camera's outputs show what the line says of the whole station."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.ipc import Message
from tests.station_bench import CAMERA, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "station")
    bench.station.start()  # a locked key would be a warning
    yield bench
    bench.close()


def lamps(bench: Bench) -> Message:
    """What the next heartbeat tells the camera."""
    before = len(bench.hub.of(CAMERA, "lamps"))
    bench.until(lambda: len(bench.hub.of(CAMERA, "lamps")) > before)
    return bench.hub.of(CAMERA, "lamps")[-1]


def test_the_green_lamp_is_the_ready_of_the_line(bench: Bench) -> None:
    assert lamps(bench) == {"type": "lamps", "ready": False, "warning": False}
    bench.everybody_is_here()
    assert lamps(bench)["ready"] is True
    bench.lose("line")
    assert lamps(bench)["ready"] is False
