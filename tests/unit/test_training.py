# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training runs offline, survives a power cut and leaves weights; the export keeps their numbers. Needs the extra."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.detect.package import ModelPackage
from inspector.errors import ConfigError
from tests.dataset_samples import run
from tests.unit.train.test_runfile import RUN
from training.dataset.folder import DatasetFolder
from training.export.onnx_file import clean, store_half
from training.export.origin import origin
from training.synth.dataset import DatasetSpec, write_dataset
from training.train import runfile
from training.train.extra import require_extra, versions
from training.train.spec import Settings

# Runs a training command in a process of its own, where every attempt to reach the network is noted, and which a power
# cut may end as soon as so many epochs are kept.
RUNNER = """
import argparse, os, pathlib, socket, sys
def note(self, address, *rest):
    with pathlib.Path(sys.argv[1]).open("a") as log:
        log.write(repr(address) + "\\n")
    raise OSError("no network in tests")
socket.socket.connect = note
socket.socket.connect_ex = note
socket.getaddrinfo = lambda *address, **options: note(None, address)
epochs = int(sys.argv[2])
if epochs:
    from training.train import runfile
    write = runfile.write
    def cut(out, run):
        write(out, run)
        if len(run.epochs) == epochs:
            os._exit(9)
    runfile.write = cut
from training.commands import add_parsers
parser = argparse.ArgumentParser()
add_parsers(parser.add_subparsers(required=True))
args = parser.parse_args(sys.argv[3:])
sys.exit(args.run(args))
"""


def run_command(folder: Path, *arguments: str, cut_after: int = 0) -> dict[str, Any]:
    attempts, home = folder / "network.txt", folder / "home"
    home.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    environment.pop("XDG_CONFIG_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, str(attempts), str(cut_after), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == (9 if cut_after else 0), done.stdout + done.stderr
    assert not attempts.exists(), f"network was tried: {attempts.read_text()}"
    assert not (home / ".config" / "Ultralytics").exists()
    assert not any(words in done.stderr for words in ("Caching", "Epoch", "Ultralytics")), done.stderr
    result = {} if cut_after else json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


@dataclass(frozen=True)
class Trained:
    """A training of two epochs that lost its power after the first one: what was there then, and in the end."""

    folder: Path
    out: Path
    cut: runfile.Run
    run: runfile.Run
    result: dict[str, Any]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("training")
    yolo, dataset, out = folder / "yolo", folder / "dataset", folder / "run"
    list(write_dataset(DatasetSpec(yolo, parts=40, val=8, seed=3, good_share=0.25, size=96)))
    imported = ["--yolo", yolo / "data.yaml", "--dataset", dataset, "--part-is-file", "--json"]
    assert run("dataset", "import", *imported) == 0
    options = ["train", "--data", str(dataset), "--out", str(out), "--threads", "1", "--json"]
    run_command(folder, *options, "--epochs", "2", "--imgsz", "96", "--seed", "4", cut_after=1)
    cut = runfile.read(out)
    for torn in (out / ".training" / "run" / "weights").iterdir():
        torn.write_bytes(torn.read_bytes()[:1000])  # the trainer overwrites these in place
    result = run_command(folder, *options, "--resume")
    return Trained(folder, out, cut, runfile.read(out), result)


def test_a_training_goes_on_behind_the_epoch_before_the_power_cut(trained: Trained) -> None:
    assert (trained.cut.state, len(trained.cut.epochs), trained.cut.planned) == ("running", 1, 2)
    assert trained.run.epochs[:1] == trained.cut.epochs
    assert (trained.run.state, len(trained.run.epochs)) == ("finished", 2)
    assert (trained.run.settings, trained.run.data) == (trained.cut.settings, trained.cut.data)
    assert trained.run.settings.seed == 4
    assert trained.run.spent_s > trained.cut.spent_s
    log = (trained.out / "trainer.log").read_text()
    assert "from epoch 2 to 2 total epochs" in log


def test_the_run_names_dataset_weights_and_versions(trained: Trained) -> None:
    result, known = trained.result, trained.run
    assert known.data.sha256 == DatasetFolder(trained.folder / "dataset").digest() == result["data_sha256"]
    weights = trained.out / "weights.pt"
    assert known.weights_sha256 == hashlib.sha256(weights.read_bytes()).hexdigest() == result["sha256"]
    assert known.versions == versions()
    assert known.device.startswith(("CPU", "GPU 0"))
    assert result["epochs"] == 2
    assert 0 < result["last_loss"] < 100
    assert {path.name for path in trained.out.iterdir()} == {".ultralytics", "run.json", "trainer.log", "weights.pt"}
    text = (trained.out / "run.json").read_text()
    assert str(trained.folder) not in text


def test_the_weights_export_to_a_package(trained: Trained, tmp_path: Path) -> None:
    weights = trained.out / "weights.pt"
    assert weights.stat().st_size < 6_000_000
    assert str(trained.folder).encode() not in weights.read_bytes()
    package = tmp_path / "package"
    run_command(tmp_path, "export-model", str(weights), "--out", str(package), "--half-storage", "--json")
    loaded = ModelPackage.load(package)
    assert loaded.classes[3] == "missing_hole"
    provenance = loaded.manifest.provenance
    assert provenance["weights_sha256"] == trained.result["sha256"]
    assert provenance["dataset_manifest_sha256"] == trained.run.data.sha256
    assert provenance["run_sha256"] == hashlib.sha256((trained.out / "run.json").read_bytes()).hexdigest()
    assert len(loaded.weight_bytes(".onnx")) < 6_000_000
    session = onnxruntime.InferenceSession(loaded.weight_bytes(".onnx"), providers=["CPUExecutionProvider"])
    (output,) = session.run(None, {session.get_inputs()[0].name: np.zeros((1, 3, 96, 96), np.float32)})
    assert output.shape == (1, 4 + 6, 96 * 96 * 21 // 1024)
    assert output.dtype == np.float32


def tiny_model(values: np.ndarray) -> onnx.ModelProto:
    weights = numpy_helper.from_array(values, "w")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"], "matmul")],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, values.shape[0]])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, values.shape[1]])],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_half_storage_rounds_the_weights_and_nothing_else() -> None:
    values = np.random.default_rng(1).normal(size=(16, 16)).astype(np.float32)
    model = tiny_model(values)
    assert store_half(model) == 1
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = np.ones((1, 16), np.float32)
    (y,) = session.run(None, {"x": x})
    assert y.dtype == np.float32
    assert np.allclose(y, x @ values.astype(np.float16).astype(np.float32), atol=1e-5)


def test_half_storage_leaves_what_it_cannot_hold() -> None:
    assert store_half(tiny_model(np.full((16, 16), 1e6, np.float32))) == 0
    assert store_half(tiny_model(np.ones((2, 2), np.float32))) == 0


def test_the_clean_file_names_no_machine_and_no_day(tmp_path: Path) -> None:
    model = tiny_model(np.ones((16, 16), np.float32))
    entry = model.metadata_props.add()
    entry.key, entry.value = "date", "2026-01-01"
    model.graph.doc_string = "/home/somebody/model.pt"
    path = tmp_path / "model.onnx"
    onnx.save(model, str(path))
    clean(path, half_storage=False)
    first = path.read_bytes()
    assert b"2026" not in first
    assert b"somebody" not in first
    clean(path, half_storage=False)
    assert path.read_bytes() == first


def test_an_export_knows_the_training_that_its_weights_came_from(tmp_path: Path) -> None:
    weights = tmp_path / "weights.pt"
    with pytest.raises(ConfigError, match="There are no weights"):
        origin(weights, None)
    weights.write_bytes(b"weights")
    assert origin(weights, None) == (320, {})
    assert origin(weights, 640) == (640, {})
    done = {"state": "finished", "weights_sha256": hashlib.sha256(b"weights").hexdigest()}
    runfile.write(tmp_path, RUN.model_copy(update={**done, "settings": Settings(imgsz=224)}))
    edge, provenance = origin(weights, None)
    assert (edge, provenance["dataset_manifest_sha256"]) == (224, RUN.data.sha256)
    assert provenance["run_sha256"] == hashlib.sha256((tmp_path / "run.json").read_bytes()).hexdigest()
    runfile.write(tmp_path, RUN.model_copy(update={**done, "settings": Settings(imgsz=640, tile=640)}))
    with pytest.raises(ConfigError, match="trained on tiles of 640 px"):
        origin(weights, None)
    assert origin(weights, 1920)[0] == 1920
    weights.write_bytes(b"others")
    with pytest.raises(ConfigError, match=r"is not what .*run\.json names"):
        origin(weights, None)


def test_a_missing_extra_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"torch and ultralytics.*inspector-station\[training\]"):
        require_extra()
    with pytest.raises(ConfigError, match="This needs onnx, which"):
        require_extra(("onnx",))
