# SPDX-License-Identifier: AGPL-3.0-or-later
"""A second released product for a station directory: a recipe, a model package and a picture of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import data_samples
from inspector.detect.package import ModelPackage, write_package

RING_CODE = "ORDER-R17"
TABLES = """
[recipes.disc]
recipe = "recipes/disc.toml"
codes = ["ORDER-D*"]

[recipes.ring]
recipe = "recipes/ring.toml"
package = "models/ring"
picture = "recipes/ring.jpg"
codes = ["ORDER-R*", "4711"]
"""


def add_ring(station: Path, *, challenge: str = "") -> None:
    """Release the product "ring" beside "disc".

    Args:
        station: Station directory, with the demo recipe.
        challenge: What stands in its table about challenge parts.
    """
    text = (station / "recipes" / "disc.toml").read_text(encoding="utf-8")
    ring = text.replace('name = "disc"', 'name = "ring"').replace('version = "1"', 'version = "2"\nnumber = 8')
    (station / "recipes" / "ring.toml").write_text(ring, encoding="utf-8")
    shutil.copyfile(data_samples.images_dir() / "part-000000.jpg", station / "recipes" / "ring.jpg")
    model = ModelPackage.load(data_samples.model_dir()).manifest
    write_package(
        station / "models" / "ring",
        name="ring-demo",
        version="2",
        classes=model.classes,
        width=model.input.width,
        height=model.input.height,
        pad_value=model.input.pad_value,
        weights=data_samples.model_dir() / "model.onnx",
        kind="onnx",
        score_ppm=model.thresholds.score_ppm,
        iou_ppm=model.thresholds.iou_ppm,
        max_detections=model.thresholds.max_detections,
        provenance={"base": "the demo model"},
    )
    with (station / "station.toml").open("a", encoding="utf-8") as settings:
        settings.write(TABLES + challenge)
