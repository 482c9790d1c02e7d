# SPDX-License-Identifier: AGPL-3.0-or-later
"""Parts whose light, sharpness and findings are drawn from distributions: as records of a station, or without one."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inspector.clock import SimulatedClock
from inspector.evidence.keys import SigningKey
from inspector.store.read import StoredRecord
from inspector.store.writer import Appended
from tests.store_station import CLOSE, NAME, PERSON, make_writer, opening
from tests.store_station import part as plain_part
from tests.unit.evidence_samples import T0_US, VIEW

MODEL, RECIPE = "3" * 64, "2" * 64
KEY = SigningKey.generate()


@dataclass(frozen=True)
class World:
    """What the station looks at.

    Attributes:
        light: Mean grey level. spread: Its standard deviation.
        sharp: Mean variance of the Laplacian.
        defects: Class -> share of the parts with it.
        noise: Share of the parts on which the model finds a weak nothing.
        model: Digest of the model in force.
    """

    light: float = 120.0
    spread: float = 2.0
    sharp: float = 90.0
    defects: tuple[tuple[str, float], ...] = (("scratch", 0.02), ("dent", 0.01))
    noise: float = 0.1
    model: str = MODEL

    def with_new_class(self, share: float) -> World:
        """The same with defects of a class that was not there."""
        return replace(self, defects=(*self.defects, ("porosity", share)))

    def view(self, chance: random.Random, camera: str = "top") -> dict[str, Any]:
        """One view."""
        found = next((name for name, share in self.defects if chance.random() < share), None)
        detections = []
        if found is not None:
            detections.append(_finding(found, chance.randint(500_000, 980_000)))
        if chance.random() < self.noise:
            detections.append(_finding("scratch", chance.randint(50_000, 200_000)))
        gate = {
            "brightness_milli": max(0, round(chance.gauss(self.light, self.spread) * 1000)),
            "sharpness_milli": max(0, round(chance.gauss(self.sharp, self.sharp / 10) * 1000)),
            "failed": [],
        }
        verdict = "PASS" if found is None else "FAIL"
        return {**VIEW, "camera": camera, "gate": gate, "detections": detections, "verdict": verdict}

    def part(self, number: int, chance: random.Random, **fields: Any) -> dict[str, Any]:
        """Fields of a part record."""
        view = self.view(chance)
        made = plain_part(number, view["verdict"], image=True)
        return {**made, "views": [view], "model_digest": self.model, "recipe_digest": RECIPE, **fields}


def _finding(name: str, score_ppm: int) -> dict[str, Any]:
    return {"class": name, "score_ppm": score_ppm, "box_16": [0, 0, 16, 16]}


def records(
    world: World, number: int, chance: random.Random, *, first: int = 1, shift: int = 1
) -> Iterator[StoredRecord]:
    """So many part records as the reader gives them, a second apart; nothing is stored."""
    for seq in range(first, first + number):
        fields = {**world.part(seq, chance), "seq": seq, "t_us": T0_US + seq * 1_000_000, "station": NAME}
        yield StoredRecord(seq, "part", shift, json.dumps(fields).encode(), f"{seq:064x}")


class DriftStation:
    """A store, written by the station's own writer on simulated time.

    Args:
        path: Station directory; made here.
        seed: Of everything that is drawn.
    """

    def __init__(self, path: Path, seed: int = 1) -> None:
        path.mkdir()
        self.path = path
        self.clock = SimulatedClock(start_us=T0_US)
        self.writer = make_writer(path, KEY, clock=self.clock)
        self.chance = random.Random(seed)
        self.number = 0

    def shift(self, world: World, parts: int, **fields: Any) -> None:
        """A whole shift, an hour after what was before."""
        self.clock.advance_ms(3_600_000)
        self.writer.append("shift-open", opening(self.writer)).result(10)
        self.parts(world, parts, **fields)
        self.writer.seal_shift(PERSON, CLOSE).result(30)

    def parts(self, world: World, parts: int, **fields: Any) -> None:
        """So many parts, a second apart (records that wait for the disk together have one time)."""
        waiting: list[Future[Appended]] = []
        for _ in range(parts):
            self.number += 1
            self.clock.advance_ms(1_000)
            waiting.append(self.writer.append("part", world.part(self.number, self.chance, **fields)))
            if len(waiting) == 20:
                waiting.pop().result(30)
                waiting.clear()
        for one in waiting:
            one.result(30)

    def close(self) -> None:
        """End the writer's thread."""
        self.writer.close()
