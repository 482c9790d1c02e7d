# SPDX-License-Identifier: AGPL-3.0-or-later
"""The wire from sensor to camera: pulses carry their picture, and a camera that is gone or hangs holds up nobody."""

from __future__ import annotations

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.line.plant.camera_line import STALE_NS, CameraLine, CameraLines
from inspector.line.plant.feed import Disturbance, Item


class Camera:
    """The control channel of a simulated camera."""

    def __init__(self, endpoint: Path) -> None:
        self.commands: queue.Queue[str] = queue.Queue()
        self._listener = socket.create_server(("127.0.0.1", 0))
        endpoint.write_text(json.dumps({"port": self._listener.getsockname()[1], "pid": 1}), "utf-8")
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rw", encoding="ascii", newline="\n") as stream:
            for line in stream:
                self.commands.put(line.strip())
                stream.write("OK t_ns=1 exposures=1\n" if line.startswith("PULSE") else "OK\n")
                stream.flush()

    def close(self) -> None:
        self._thread.join()
        self._listener.close()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CameraLine]:
    line = CameraLine(tmp_path / "simulator-cam1.json")
    yield line
    line.close()


def test_pulses_carry_their_time_their_picture_and_their_fault(tmp_path: Path) -> None:
    camera = Camera(tmp_path / "simulator-cam1.json")
    line = CameraLine(tmp_path / "simulator-cam1.json")
    now = time.perf_counter_ns()
    line.pulse(now, Item(3, None, 0))
    assert camera.commands.get(timeout=10) == f"PULSE 0 Line0 scene=3 t_ns={now}"
    now = time.perf_counter_ns()
    line.pulse(now, Item(4, Disturbance.DARK, 0))
    assert camera.commands.get(timeout=10) == "FAULT 0 dark"
    assert camera.commands.get(timeout=10) == f"PULSE 0 Line0 scene=4 t_ns={now}"
    assert camera.commands.get(timeout=10) == "FAULT 0 dark n=0"
    line.pulse(time.perf_counter_ns(), Item(4, Disturbance.DISCONNECT, 0))
    assert camera.commands.get(timeout=10) == "FAULT 0 device-lost ms=1000"
    assert camera.commands.get(timeout=10).startswith("PULSE 0 Line0 scene=4 ")
    line.pulse(time.perf_counter_ns() - 2 * STALE_NS, Item(5, None, 0))
    line.pulse(time.perf_counter_ns(), Item(6, Disturbance.BOUNCE, 0))
    assert camera.commands.get(timeout=10).startswith("PULSE 0 Line0 scene=6 ")
    line.close()
    camera.close()
    assert camera.commands.empty()


def test_without_a_camera_pulses_are_lost_like_on_a_wire(line: CameraLine) -> None:
    for scene in range(500):
        line.pulse(time.perf_counter_ns(), Item(scene, None, 0))


def test_one_edge_reaches_every_camera_and_a_fault_only_the_one_that_it_names(tmp_path: Path) -> None:
    cameras = [Camera(tmp_path / f"simulator-cam{number}.json") for number in (1, 2)]
    lines = CameraLines([tmp_path / f"simulator-cam{number}.json" for number in (1, 2)])

    def heard(camera: int, number: int) -> list[str]:
        commands = (cameras[camera].commands.get(timeout=10) for _ in range(number))
        return [command.partition(" t_ns=")[0] for command in commands]

    lines.pulse(time.perf_counter_ns(), Item(3, None, 0))
    assert heard(0, 1) == heard(1, 1) == ["PULSE 0 Line0 scene=3"]
    lines.pulse(time.perf_counter_ns(), Item(4, Disturbance.LOST_FRAME, 0, camera=1))
    assert heard(0, 1) == ["PULSE 0 Line0 scene=4"]
    assert heard(1, 3) == ["FAULT 0 lost-frame", "PULSE 0 Line0 scene=4", "FAULT 0 lost-frame n=0"]
    lines.pulse(time.perf_counter_ns(), Item(5, Disturbance.MISSED_PULSE, 0, camera=0))
    assert heard(1, 1) == ["PULSE 0 Line0 scene=5"]
    lines.pulse(time.perf_counter_ns(), Item(6, None, 0))
    assert heard(0, 1) == heard(1, 1) == ["PULSE 0 Line0 scene=6"]
    lines.close()
    for camera in cameras:
        camera.close()
