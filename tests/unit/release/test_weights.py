# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a package has to say of the weights that it was made from."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from inspector.cli.output import Output
from inspector.detect.package import ModelPackage
from inspector.recipe import Recipe
from tests.release_samples import Bench
from training.dataset.folder import DatasetFolder
from training.release.judging import Contender, How, locked_pictures
from training.release.weights import compare_weights, trained_on

HOW = How("part", None, "onnxruntime", 1, 0)
KEY = "dataset_manifest_sha256"


def compared_with(bench: Bench, *, weights: bool = True, **changes: Any) -> tuple[bool | None, str, bool]:
    package = ModelPackage.load(bench.folder / "model")
    package = dataclasses.replace(package, manifest=package.manifest.model_copy(update=changes))
    contender = Contender(package, Recipe.load(bench.folder / "keen.toml"))
    source = locked_pictures(DatasetFolder(bench.folder / "dataset"), contender, "part")
    path = bench.folder / "model.pt" if weights else None
    found, data = compare_weights(contender, path, source, HOW, Output(as_json=True))
    return found.equal, found.words, data is not None


def test_int8_is_another_model_and_names_the_one_that_it_is_from(bench: Bench) -> None:
    equal, words, written = compared_with(bench, precision="int8", provenance={"f32_package": "ab" * 32})
    assert (equal, written) == (None, False)
    assert words.endswith(f"judged as a candidate of its own; made from package {'ab' * 8}")
    assert compared_with(bench, precision="int8", provenance={})[1].endswith("a package that it does not name")


def test_f32_is_compared_with_the_weights_that_it_names(bench: Bench, compared: dict[str, Any]) -> None:
    assert compared_with(bench) == (True, "12 boxes within 0.010 px, equal verdicts on 20 pictures", True)
    compared.update(equal=False, complaints=("a", "b"))
    assert compared_with(bench) == (False, "differs from the weights: a; b", True)
    assert compared_with(bench, provenance={})[::2] == (None, False)
    assert compared_with(bench, weights=False)[::2] == (None, False)


@pytest.mark.parametrize(
    ("provenance", "words"),
    [
        ({}, "does not say"),
        ({"dataset_manifest_sha256": "1" * 64}, "the same"),
        ({"dataset_manifest_sha256": "2"}, "another"),
    ],
    ids=["nothing", "same", "another"],
)
def test_what_it_was_trained_on_is_told(bench: Bench, provenance: dict[str, str], words: str) -> None:
    manifest = ModelPackage.load(bench.folder / "model").manifest.model_copy(update={"provenance": provenance})
    assert words in trained_on(manifest, "1" * 64)
