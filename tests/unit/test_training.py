# SPDX-License-Identifier: AGPL-3.0-or-later
"""Training runs offline and leaves weights; the export keeps their numbers. Needs the `training` extra."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from inspector.detect.package import ModelPackage
from inspector.errors import ConfigError
from training.export import clean, store_half
from training.synth.dataset import DatasetSpec, write_dataset
from training.train import TrainSpec, require_extra, settings_for, train

# Runs a training command in a process of its own, where every attempt to reach the network is noted.
RUNNER = """
import argparse, pathlib, socket, sys
def note(self, address, *rest):
    with pathlib.Path(sys.argv[1]).open("a") as log:
        log.write(repr(address) + "\\n")
    raise OSError("no network in tests")
socket.socket.connect = note
socket.socket.connect_ex = note
from training.commands import add_parsers
parser = argparse.ArgumentParser()
add_parsers(parser.add_subparsers(required=True))
args = parser.parse_args(sys.argv[2:])
sys.exit(args.run(args))
"""


def run_command(tmp_path: Path, *arguments: str) -> dict[str, object]:
    attempts = tmp_path / "network.txt"
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    environment.pop("XDG_CONFIG_HOME", None)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, str(attempts), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not attempts.exists(), f"network was tried: {attempts.read_text()}"
    assert not (home / ".config" / "Ultralytics").exists()
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    return result


def test_one_epoch_leaves_weights_that_export_to_a_package(tmp_path: Path) -> None:
    list(write_dataset(DatasetSpec(tmp_path / "data", parts=40, val=8, seed=3, good_share=0.25, size=96)))
    data, out = str(tmp_path / "data" / "data.yaml"), tmp_path / "run"
    options = ["--epochs", "1", "--imgsz", "96", "--threads", "1", "--json"]
    result = run_command(tmp_path, "train", "--data", data, "--out", str(out), *options)
    assert result["epochs"] == 1
    assert isinstance(result["last_loss"], float)
    assert 0 < result["last_loss"] < 100
    weights = out / "weights.pt"
    assert weights.stat().st_size < 6_000_000
    assert str(tmp_path).encode() not in weights.read_bytes()
    package = tmp_path / "package"
    manifest = str(tmp_path / "data" / "manifest.json")
    options = ["--imgsz", "96", "--half-storage", "--dataset-manifest", manifest, "--json"]
    run_command(tmp_path, "export-model", str(weights), "--out", str(package), *options)
    loaded = ModelPackage.load(package)
    assert loaded.classes[3] == "missing_hole"
    assert loaded.manifest.provenance["weights_sha256"] == result["sha256"]
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


def test_a_missing_extra_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"torch and ultralytics.*inspector-station\[training\]"):
        require_extra()


def test_missing_data_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no dataset file"):
        train(TrainSpec(data=tmp_path / "data.yaml", out=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_the_optimizer_steps_with_every_batch() -> None:
    settings = settings_for(TrainSpec(data=Path("data.yaml"), out=Path("out"), batch=4, minutes=30))
    assert settings["nbs"] == settings["batch"] == 4
    assert settings["time"] == 0.5
