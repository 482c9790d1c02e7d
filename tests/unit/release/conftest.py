# SPDX-License-Identifier: AGPL-3.0-or-later
"""A bench for all tests of releases; the comparison with trained weights needs the trainer and is told its answer."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from inspector.detect.package import ModelPackage
from tests.dataset_samples import run
from tests.release_samples import Bench, make_bench


class Equality(SimpleNamespace):
    """An answer of `training.export.equality.compare`."""

    def as_json(self) -> dict[str, Any]:
        return {"package": self.package, "weights_sha256": self.weights, "equal": self.equal}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The bench; what a test writes there has a name of its own. Its keys open in a moment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inspector.evidence.keys.SCRYPT_N", 2**4)
        return make_bench(tmp_path_factory.mktemp("gate"))


def compare_as(patch: pytest.MonkeyPatch, answer: dict[str, Any]) -> None:
    """Let the comparison of a package with its weights answer this."""

    def compare(weights: Path, package: ModelPackage, *_: object, **__: object) -> Equality:
        named = package.manifest.provenance["weights_sha256"]
        return Equality(package=package.digest, weights=named, boxes=12, box_px=0.01, pictures=20, **answer)

    patch.setattr("training.export.equality.compare", compare)


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the comparison answers; changes of it hold for the test."""
    answer: dict[str, Any] = {"equal": True, "complaints": ()}
    compare_as(monkeypatch, answer)
    return answer


@pytest.fixture
def bench(made: Bench, compared: dict[str, Any]) -> Bench:
    """The bench, with a comparison that finds both equal."""
    return made


@pytest.fixture(scope="session")
def proposed(made: Bench) -> Path:
    """A release that Anna has proposed; never changed."""
    with pytest.MonkeyPatch.context() as patch:
        compare_as(patch, {"equal": True, "complaints": ()})
        assert run(*made.propose("proposed"), "--json") == 0
    return made.folder / "proposed"


@pytest.fixture
def own(made: Bench, proposed: Path, tmp_path: Path) -> Bench:
    """A copy of that release in a folder of the test's own, with the keys."""
    shutil.copytree(proposed, tmp_path / "release")
    for path in [*made.folder.glob("*.key"), *made.folder.glob("*.pub"), made.folder / "words"]:
        shutil.copy(path, tmp_path)
    return Bench(tmp_path)
