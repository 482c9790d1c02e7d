# SPDX-License-Identifier: AGPL-3.0-or-later
"""A release from the measurement to the station that judges by it: the demo model on rendered parts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import pytest

import data_samples
import training
from inspector.detect.package import ModelPackage
from inspector.evidence.keys import create_key
from inspector.release.folder import read_release
from tests.dataset_samples import run, told
from tests.release_steps import Wired
from tests.station_bench import Bench
from training.export.int8 import Int8Spec, quantise
from training.release import commands_approve
from training.release.against import find_released
from training.synth import render_part

Capture = pytest.CaptureFixture[str]
WEIGHTS = Path(training.__file__).parent / "weights" / "disc-yolo26n.pt"
CLASSES = ("scratch", "dent", "burr", "missing_hole", "stain", "discoloration")
SEED = 3
RULES = """format = "inspector-gate/1"
[misses]
max_upper = 0.5
[misses.each_class]
max_upper = 1
[false_rejects]
max_upper = 0.5
[against]
max_new_misses = 0
"""


def write_parts(folder: Path, count: int) -> Path:
    """So many rendered parts for the split test as a YOLO dataset, every second one good. Returns its data.yaml."""
    for name in ("images/test", "labels/test"):
        (folder / name).mkdir(parents=True)
    for index in range(count):
        part = render_part(SEED, index, good=index % 2 == 0)
        high, wide = part.image.shape[:2]
        lines = []
        for defect in part.defects:
            x1, y1, x2, y2 = defect.box
            middle = (x1 + x2) / 2 / wide, (y1 + y2) / 2 / high
            size = (x2 - x1) / wide, (y2 - y1) / high
            lines.append(" ".join(map(str, (CLASSES.index(defect.name), *middle, *size))))
        assert cv2.imwrite(str(folder / "images" / "test" / f"part-{index:03d}.png"), part.image)
        (folder / "labels" / "test" / f"part-{index:03d}.txt").write_text("\n".join(lines))
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(CLASSES))
    (folder / "data.yaml").write_text(f"test: images/test\nnames:\n{names}")
    return folder / "data.yaml"


def trust(station: Path) -> None:
    """Anna and Ben may release at a station; their private keys lie beside it."""
    for name in ("anna", "ben"):
        key = station.parent / f"{name}.key"
        create_key(key, "long enough", station / "keys" / f"{name}.pub")
    with (station / "station.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[release]\nauthority = ["keys/anna.pub", "keys/ben.pub"]\n')


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A running station that the commands reach."""
    found = Bench(tmp_path / "station", prepare=trust)
    found.station.start()
    found.everybody_is_here()
    monkeypatch.setattr(Wired, "bench", found, raising=False)
    monkeypatch.setattr(commands_approve, "StationControl", Wired)
    yield found
    found.close()


def release_it(folder: Path, bench: Bench, capsys: Capture) -> dict[str, Any]:
    """Dataset, rules and recipe, then the three commands; returns what `propose` told."""
    station = bench.directory
    source = write_parts(folder / "yolo", 12)
    assert run("dataset", "import", "--yolo", source, "--dataset", folder / "d", "--part-is-file") == 0
    assert run("dataset", "split", "--dataset", folder / "d", "--lock") == 0
    (folder / "gate.toml").write_text(RULES)
    (folder / "words").write_text("long enough\n")
    recipe = folder / "disc.toml"
    recipe.write_text(data_samples.recipe_file().read_text().replace('version = "1"', 'version = "2"'))
    model = shutil.copytree(data_samples.model_dir(), folder / "model")
    secret = ["--passphrase-file", folder / "words", "--key"]
    measured = [
        "--dataset",
        folder / "d",
        "--rules",
        folder / "gate.toml",
        "--backend",
        "onnxruntime",
        "--against",
        station,
    ]
    what = ["--model", model, "--recipe", recipe, "--weights", WEIGHTS, "--product", "main", "--out", folder / "r"]
    who = ["--trainer", "Clara", "--by", "Anna", "--why", "the same again", *secret, folder / "anna.key"]
    code, said = told(capsys, "release", "propose", *measured, *what, *who)
    assert (code, [one for one in said["checks"] if not one["passed"]]) == (0, [])
    code, shown = told(capsys, "release", "show", folder / "r", "--station", station)
    assert (code, shown["told"][-1]) == (0, f"What it was held against judges at {station} now.")
    assert shown["proposal"]["key"] == (station / "keys" / "anna.pub").read_text().strip()
    approve = ["release", "approve", folder / "r", *secret, folder / "ben.key", "--by", "Ben", "--why", "seen"]
    code, approved = told(capsys, *approve, "--station", station, "--operator", "Q-1")
    assert (code, approved["activated"]["changed"]) == (0, True)
    assert approved["activated"]["recipe"]["release"] == approved["digest"] == said["digest"]
    return said


def test_from_the_measurement_to_the_station(
    tmp_path: Path, bench: Bench, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(_weights: Path, package: Any, *_: object, **__: object) -> SimpleNamespace:
        named = package.manifest.provenance["weights_sha256"]
        plain = {"package": package.digest, "weights_sha256": named, "equal": True}
        return SimpleNamespace(equal=True, boxes=6, box_px=0.0, pictures=12, complaints=(), as_json=lambda: plain)

    monkeypatch.setattr("training.export.equality.compare", compare)
    said = release_it(tmp_path, bench, capsys)
    assert said["figures"]["numbers"]["bad"] == said["figures"]["numbers"]["good"] == 6
    assert said["figures"]["beside"]["misses"] == {"candidate": 0, "released": 0}
    released = find_released(str(bench.directory), "main")
    assert released.package.path.parent.parent.name == "releases", "what records name, not the files of the settings"
    assert (released.recipe.version, bench.request("status")["result"]["recipe"]["version"]) == ("2", "2")
    document = read_release(tmp_path / "r").document
    assert document.replaces is not None
    assert document.replaces.model == document.model.digest
    code, shown = told(capsys, "release", "show", tmp_path / "r", "--station", bench.directory)
    assert (code, shown["told"][-1]) == (0, f"This model and recipe judge at {bench.directory} now.")


@pytest.mark.long
def test_the_demo_model_equals_its_weights_and_is_let_through(tmp_path: Path, bench: Bench, capsys: Capture) -> None:
    said = release_it(tmp_path, bench, capsys)
    (words,) = [one["words"] for one in said["checks"] if one["name"] == "trained weights"]
    assert words.endswith("equal verdicts on 12 pictures")
    assert "equality.json" in read_release(tmp_path / "r").document.files


@pytest.mark.long
def test_int8_is_let_through_as_a_model_of_its_own(tmp_path: Path, capsys: Capture) -> None:
    source = write_parts(tmp_path / "yolo", 12)
    assert run("dataset", "import", "--yolo", source, "--dataset", tmp_path / "d", "--part-is-file") == 0
    assert run("dataset", "split", "--dataset", tmp_path / "d", "--lock") == 0
    package = ModelPackage.load(data_samples.model_dir())
    pictures = [render_part(4, number, good=number % 2 == 0).image for number in range(20)]
    quantise(Int8Spec(package, tmp_path / "int8", "disc", "1-int8", "onnx", {}), pictures)
    (tmp_path / "gate.toml").write_text(RULES)
    (tmp_path / "words").write_text("long enough")
    create_key(tmp_path / "anna.key", "long enough", tmp_path / "anna.key.pub")
    recipe = data_samples.recipe_file()
    what = ["--dataset", tmp_path / "d", "--model", tmp_path / "int8", "--recipe", recipe, "--product", "disc"]
    beside = ["--against", f"{data_samples.model_dir()}+{recipe}", "--rules", tmp_path / "gate.toml"]
    who = ["--trainer", "Clara", "--by", "Anna", "--why", "half the time", "--key", tmp_path / "anna.key"]
    more = ["--passphrase-file", tmp_path / "words", "--out", tmp_path / "r"]
    code, said = told(capsys, "release", "propose", *what, *beside, *who, *more)
    assert (code, [one for one in said["checks"] if not one["passed"]]) == (0, [])
    assert said["figures"]["weights"]["words"].endswith(f"made from package {package.digest[:16]}")
    code, shown = told(capsys, "release", "show", tmp_path / "r")
    assert (code, shown["figures"]["weights"]["precision"]) == (0, "int8")
