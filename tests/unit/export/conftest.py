# SPDX-License-Identifier: AGPL-3.0-or-later
"""A tiny detector with its weights and packages, made once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from inspector.detect.package import ModelPackage
from tests.tiny_weights import EDGE_PX, write_weights
from training.export.package import ExportSpec, export


@dataclass(frozen=True)
class Tiny:
    """Weights, and a folder for packages of them."""

    folder: Path
    weights: Path

    def spec(self, out: str, *, weights: Path | None = None, half: bool = False, e2e: bool = False) -> ExportSpec:
        return ExportSpec(
            weights=weights or self.weights,
            out=self.folder / out,
            name="tiny",
            version="1",
            imgsz=EDGE_PX,
            score=0.1,
            iou=0.6,
            half_storage=half,
            end_to_end=e2e,
            provenance={},
        )


@pytest.fixture(scope="package")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    folder = tmp_path_factory.mktemp("tiny")
    with patch.dict(os.environ):  # ultralytics is kept offline through it
        yield Tiny(folder, write_weights(folder))


@pytest.fixture(scope="package")
def package(tiny: Tiny) -> ModelPackage:
    return export(tiny.spec("f32"))
