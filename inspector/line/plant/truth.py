# SPDX-License-Identifier: AGPL-3.0-or-later
"""The oracle's log, `STATION/run/plant-truth.jsonl`: what really happened to each part, one event a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from inspector.line.plant.belt import BeltEvent, EdgeHappened
from inspector.line.plant.feed import ONE_CAMERA
from inspector.line.plant.scenes import PlantScene

FILE = "plant-truth.jsonl"


@dataclass(frozen=True, slots=True)
class PartTruth:
    """One count of the plant.

    Attributes:
        plc_count: The count.
        t_edge_ns: Time of the edge (`perf_counter_ns`).
        image: File name of the picture; empty for a bounce of the sensor, behind which there is no part.
        truth: "good", "bad" or "unknown".
        disturbance: What was done to it, or empty.
        camera: Name of the camera that the disturbance hit, or empty.
        scene: Index of the part's pictures; -1 for a bounce of the sensor.
        lane: "good", "reject", or empty when it never reached a lane (the plant stopped).
        grant_seen: Whether a grant arrived before the gate.
    """

    plc_count: int
    t_edge_ns: int
    image: str
    truth: str
    disturbance: str
    lane: str = ""
    grant_seen: bool = False
    camera: str = ""
    scene: int = -1


class TruthLog:
    """Appends to the log; each line is with the operating system before anyone hears of the event.

    Args:
        path: The file.
        scenes: What the first camera sees, by index.
        cameras: Names of the cameras.
    """

    def __init__(self, path: Path, scenes: list[PlantScene], cameras: Sequence[str] = ("",)) -> None:
        self._scenes = scenes
        self._cameras = cameras
        self._stream: TextIO = path.open("a", encoding="utf-8")

    def write(self, event: BeltEvent) -> None:
        """Append one event."""
        document: dict[str, str | int | bool] = {"plc_count": event.plc_count, "t_ns": event.t_ns}
        if isinstance(event, EdgeHappened):
            document["event"] = "edge"
            if event.item is None:
                document |= {"image": "", "truth": "unknown", "disturbance": "bounce"}
            else:
                scene = self._scenes[event.item.scene]
                document |= {
                    "scene": event.item.scene,
                    "camera": self._cameras[event.item.camera] if event.item.disturbance in ONE_CAMERA else "",
                    "image": scene.image,
                    "truth": scene.truth,
                    "disturbance": str(event.item.disturbance or ""),
                }
        else:
            document |= {"event": "lane", "lane": str(event.lane), "grant_seen": event.grant_seen}
        self._stream.write(json.dumps(document) + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def read_truth(run_folder: Path) -> list[PartTruth]:
    """All counts of the plant, in order.

    Args:
        run_folder: `STATION/run`.
    """
    path = run_folder / FILE
    if not path.exists():
        return []
    edges: dict[int, dict[str, object]] = {}
    for line in path.read_text("utf-8").splitlines():
        document = json.loads(line)
        edges.setdefault(document["plc_count"], {}).update(document | {f"t_{document['event']}_ns": document["t_ns"]})
    return [
        PartTruth(
            plc_count,
            int(str(found["t_edge_ns"])),
            str(found["image"]),
            str(found["truth"]),
            str(found["disturbance"]),
            str(found.get("lane", "")),
            bool(found.get("grant_seen", False)),
            str(found.get("camera", "")),
            int(str(found.get("scene", -1))),
        )
        for plc_count, found in sorted(edges.items())
    ]
