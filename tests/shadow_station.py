# SPDX-License-Identifier: AGPL-3.0-or-later
"""A store as the station's own writer and judge make it, part by part, and candidates that see it with other limits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from inspector.clock import SimulatedClock
from inspector.detect.detector import Detector
from inspector.evidence.keys import SigningKey
from inspector.part import Frame, ImageArray, PartKey, PixelFormat, Purpose, Serial, Trigger
from inspector.recipe import Recipe
from inspector.station.judge import Judge, PartResult, View, part_fields
from inspector.station.views import fuse
from inspector.store.documents import DocumentStore
from inspector.store.images import encode_png, path_in
from inspector.store.writer import Appended
from tests.store_station import CLOSE, LINE_BOOT, PERSON, make_writer, opening
from tests.tiny_model import write_tiny_package
from tests.unit.evidence_samples import FIELDS, T0_US

BACKEND = "onnxruntime"
KEY = SigningKey.generate()
RECIPE = """
format = "inspector-recipe/1"
name = "tiny"
version = "{version}"
[gate]
brightness_min = 20
[classes.red]
min_score = {red}
[classes.green]
min_score = 0.99
"""
EDGE = 320
UNIQUE = (0, 0)
"""This pixel tells pictures apart."""


def picture(red: int = 0, number: int = 0, *, grey: int = 60) -> ImageArray:
    """A grey picture with a square of this much red, unlike any other number's, `(320, 320, 3) uint8`."""
    pixels = np.full((EDGE, EDGE, 3), grey, np.uint8)
    pixels[64:128, 96:160, 0] = max(red, grey)
    pixels[UNIQUE] = (number % 50, number // 50, 0)
    return pixels


class ShadowStation:
    """Judges pictures with red above 0.90 (230 of 255), and records what it says.

    Args:
        path: Station directory; made here.
        cameras: Names of its cameras.
    """

    def __init__(self, path: Path, cameras: tuple[str, ...] = ("top",), recipe: str = RECIPE) -> None:
        path.mkdir(parents=True)
        self.path, self.cameras, self.clock = path, cameras, SimulatedClock(start_us=T0_US)
        self.package = path / "models" / "tiny"
        (path / "models").mkdir()
        package = write_tiny_package(self.package)
        self._detector = Detector(package, BACKEND)
        self._recipe = recipe
        self.writer = make_writer(path, KEY, clock=self.clock)
        self.model = DocumentStore(path).put(package.manifest.document())
        self.number = 0
        self.use("1", 0.90)
        self.open_shift()

    def use(self, version: str, red: float) -> None:
        """Another recipe is in force from now on."""
        text = self._recipe.format(version=version, red=red).encode()
        self.recipe = DocumentStore(self.path).put(text)
        self.judge = Judge(self._detector, Recipe.from_toml(text, "recipe"), self.cameras[0])

    def open_shift(self) -> None:
        self.clock.advance_ms(60_000)
        camera = opening(self.writer)["cameras"][0]
        fields = {
            "model": {"name": "tiny", "digest": self.model, "backend": BACKEND, "precision": "f32"},
            "recipe": {"name": "tiny", "digest": self.recipe},
            "cameras": [{**camera, "name": name} for name in self.cameras],
        }
        self.writer.append("shift-open", {**opening(self.writer), **fields}).result(10)

    def close_shift(self) -> None:
        self.writer.seal_shift(PERSON, CLOSE).result(30)

    def restart(self) -> None:
        """The station's process ends and another one goes on with its records."""
        self.writer.close()
        self.writer = make_writer(self.path, KEY, clock=self.clock)

    def look(self, *pixels: ImageArray, bad: str | None = None) -> PartResult:
        """What the station makes of the pictures of a part, one of each camera."""
        frames = [
            Frame(camera, 1, 0, 0, PixelFormat.RGB8, one, bad) for camera, one in zip(self.cameras, pixels, strict=True)
        ]
        return fuse({frame.camera: self.judge.look(frame) for frame in frames})

    def record(
        self, result: PartResult, *, serial: str | None = None, purpose: Purpose = Purpose.PRODUCTION
    ) -> tuple[Appended, PartResult]:
        """Record a part; its pictures are not there yet."""
        self.number += 1
        self.clock.advance_ms(100)
        trigger = Trigger(PartKey(LINE_BOOT, self.number), self.number, 0, 0, 0)
        given = Serial(serial or f"P{self.number}", "plc")
        result = replace(result, serial=result.serial or given, purpose=purpose)
        fields = part_fields(trigger, result, model_digest=self.model, recipe_digest=self.recipe, latency_us=9)
        return self.writer.append("part", fields).result(10), result

    def part(self, *pixels: ImageArray, serial: str | None = None, bad: str | None = None) -> Appended:
        """Judge and record a part, and store its pictures."""
        part, result = self.record(self.look(*pixels, bad=bad), serial=serial)
        self.store(part, result)
        return part

    def store(self, part: Appended, result: PartResult) -> None:
        """The pictures of a part become durable."""
        for view in result.views:
            if view.frame is not None and view.image_digest is not None:
                self._file(view)
                stored = {"file_sha256": "1" * 64, "size": 1, "codec": "png"}
                self.writer.append("image-stored", self._about(part, view) | stored).result(10)

    def lose(self, part: Appended, result: PartResult) -> None:
        """They are lost."""
        for view in result.views:
            self.writer.append("image-lost", self._about(part, view) | {"reason": "power loss"}).result(10)

    def erase(self, part: Appended, result: PartResult) -> None:
        """They are erased under a rule of retention."""
        for view in result.views:
            fields = {**FIELDS["image-erased"], **self._about(part, view)}
            self.writer.append("image-erased", fields).result(10)
            self.file(view).unlink()

    def file(self, view: View) -> Path:
        """Where the picture of a view is."""
        return path_in(self.path, str(view.image_digest))

    def review(self, part: Appended, finding: str, class_name: str | None = None, person: str = "anna") -> None:
        """A person says what a part is."""
        by = self.writer.commit_operator(person).result(10)
        fields = {"part": part.hash, "record": part.seq, "finding": finding, "class": class_name, "by": by}
        self.writer.append("review", fields | {"role": None, "login": None, "note": ""}).result(10)

    def close(self) -> None:
        self.writer.close()

    def _file(self, view: View) -> None:
        assert view.frame is not None
        path = self.file(view)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(view.frame.pixel_format, view.frame.pixels, 1))

    def _about(self, part: Appended, view: View) -> dict[str, object]:
        return {"part": part.hash, "camera": view.camera, "image_digest": view.image_digest}


def candidate_recipe(path: Path, red: float, extra: str = "") -> Path:
    """A recipe file with another limit."""
    path.write_text(RECIPE.format(version="2", red=red) + extra)
    return path


class Script(threading.Event):
    """Stands for the signal that ends a run: whenever the run waits for something new, the next thing happens.

    After the last one the run is ended. No time passes.
    """

    def __init__(self, steps: Iterable[Callable[[], object]]) -> None:
        super().__init__()
        self._steps = iter(steps)
        self.waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        step = next(self._steps, self.set)
        step()
        return self.is_set()
