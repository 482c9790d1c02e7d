# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other ways to store a package: OpenVINO's own, and int8, which is another model and says so. Needs the extra."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage, WeightsKind, write_package
from inspector.detect.session import Backend
from inspector.errors import ConfigError, ModelRefused
from inspector.evidence.record import canonical
from inspector.evidence.schema import check_record
from inspector.evidence.verify.schema import read_record
from inspector.part import ImageArray
from tests.dataset_samples import run, told, write_yolo
from tests.unit.evidence_samples import FIELDS, envelope
from tests.unit.export.conftest import Tiny
from tests.unit.export.test_equality import SHAPES, pictures, recipe
from training.dataset.folder import DatasetFolder
from training.export.equality import compare
from training.export.int8 import Int8Spec, calibration_of, quantise
from training.export.onnx_file import store_full
from training.export.package import export

# torch and its exporter warn about their own insides.
pytestmark = pytest.mark.filterwarnings("ignore")


def noise(count: int = 6) -> Iterator[ImageArray]:
    random = np.random.default_rng(2)
    return (random.integers(0, 256, SHAPES[number % 3], np.uint8) for number in range(count))


def int8_of(source: ModelPackage, out: Path, kind: WeightsKind = "onnx") -> ModelPackage:
    return quantise(Int8Spec(source, out, "tiny", "1-int8", kind, {"note": "test"}), noise())


@pytest.fixture(scope="module")
def int8(package: ModelPackage, tmp_path_factory: pytest.TempPathFactory) -> ModelPackage:
    return int8_of(package, tmp_path_factory.mktemp("int8") / "onnx")


def test_openvinos_own_format_is_equal_reproducible_and_names_no_folder(tiny: Tiny) -> None:
    one, two = (export(replace(tiny.spec(f"ir-{number}"), kind="openvino-ir")) for number in range(2))
    assert one.weights == two.weights
    assert one.digest == two.digest
    assert (one.manifest.weights.kind, one.manifest.precision) == ("openvino-ir", "f32")
    assert str(tiny.folder).encode() not in one.weight_bytes(".xml")
    assert b"/tmp" not in one.weight_bytes(".xml")
    half = export(replace(tiny.spec("ir-half", half=True), kind="openvino-ir"))
    assert len(half.weight_bytes(".bin")) < 0.6 * len(one.weight_bytes(".bin"))
    for made in (one, half):
        found = compare(tiny.weights, made, recipe(), pictures(), threads=1)
        assert found.equal, found.complaints


@pytest.mark.parametrize(
    ("kind", "backend"), [("onnx", "openvino"), ("onnx", "onnxruntime"), ("openvino-ir", "openvino")]
)
def test_int8_runs_and_never_passes_for_the_weights(
    tiny: Tiny, package: ModelPackage, int8: ModelPackage, tmp_path: Path, kind: WeightsKind, backend: Backend
) -> None:
    chosen = int8 if kind == "onnx" else int8_of(package, tmp_path / "ir", kind)
    detector = Detector(chosen, backend, threads=1)
    assert detector.describe()["precision"] == "int8"
    for before, after in zip(pictures(), pictures(), strict=True):
        strongest = Detector(package, backend, threads=1).infer(before.pixels)[0].score_ppm
        # The trap that the head is left out for: a common scale of pixels and scores rounds scores to 0.
        assert abs(detector.infer(after.pixels)[0].score_ppm - strongest) < 150_000
    found = compare(tiny.weights, chosen, recipe(), pictures(), backend, 1)
    assert not found.equal
    assert found.complaints[0].startswith("computes in int8")
    assert found.boxes > 50
    assert found.as_json()["precision"] == "int8"


def test_the_package_says_what_it_was_made_of(package: ModelPackage, int8: ModelPackage, tmp_path: Path) -> None:
    said = int8.manifest
    assert (said.precision, said.name, said.version) == ("int8", "tiny", "1-int8")
    assert said.provenance["f32_package"] == package.digest
    assert said.provenance["calibration_pictures"] == "6"
    assert said.provenance["weights_sha256"] == package.manifest.provenance["weights_sha256"]
    assert (said.classes, said.input, said.thresholds) == (
        package.classes,
        package.manifest.input,
        package.manifest.thresholds,
    )
    assert int8_of(package, tmp_path / "again").weights == int8.weights


def test_the_head_stays_in_f32_and_the_rest_has_seven_bits(int8: ModelPackage) -> None:
    network = onnx.load_from_string(int8.weight_bytes(".onnx"))
    rounded = {node.input[0] for node in network.graph.node if node.op_type == "DequantizeLinear"}
    weights = [one for one in network.graph.initializer if one.name in rounded and len(one.dims) == 4]
    assert len(weights) == 4
    for tensor in weights:
        values = onnx.numpy_helper.to_array(tensor)
        assert values.dtype == np.int8
        assert np.abs(values.astype(int)).max() <= 64
    convolutions = [node for node in network.graph.node if node.op_type == "Conv" and node.name.startswith("/model.4/")]
    assert convolutions
    assert all(node.input[1] not in rounded and "DequantizeLinear" not in node.input[1] for node in convolutions)


def test_stored_halves_are_quantised_as_what_they_stand_for(tiny: Tiny, tmp_path: Path) -> None:
    half = export(tiny.spec("half-for-int8", half=True))
    model = onnx.load_from_string(half.weight_bytes(".onnx"))
    assert store_full(model) > 3
    assert store_full(model) == 0
    onnx.checker.check_model(model, full_check=True)
    made = int8_of(half, tmp_path / "int8")
    assert made.quantised
    assert len(made.weight_bytes(".onnx")) < 1.5 * len(half.weight_bytes(".onnx")) + 60_000


def test_a_package_that_says_another_precision_is_refused(
    package: ModelPackage, int8: ModelPackage, tmp_path: Path
) -> None:
    for source, precision, match in ((int8, "f32", "is quantised"), (package, "int8", "is not quantised")):
        weights = tmp_path / f"{precision}.onnx"
        weights.write_bytes(source.weight_bytes(".onnx"))
        known = source.manifest
        lying = write_package(
            tmp_path / precision,
            name="x",
            version="1",
            classes=known.classes,
            width=known.input.width,
            height=known.input.height,
            weights=weights,
            kind="onnx",
            score_ppm=1,
            iou_ppm=1,
            precision=precision,  # type: ignore[arg-type]
            provenance={},
        )
        for backend in ("openvino", "onnxruntime"):
            with pytest.raises(ModelRefused, match=match):
                Detector(lying, backend)  # type: ignore[arg-type]


def test_a_station_records_the_precision_that_its_model_has(int8: ModelPackage) -> None:
    model = {"name": int8.name, "digest": int8.digest, "backend": "openvino", "precision": int8.manifest.precision}
    record = {**envelope("shift-open"), **FIELDS["shift-open"], "model": model}
    check_record(record)
    assert read_record(canonical(record), "shift-open")["model"] == model


def test_nothing_asks_the_network(
    tiny: Tiny, package: ModelPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, address: asked.append(address))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *address, **options: asked.append(address))
    chosen = int8_of(package, tmp_path / "int8", "openvino-ir")
    compare(tiny.weights, chosen, recipe(), pictures(), threads=1)
    assert asked == []


def test_what_cannot_be_quantised_is_refused(tiny: Tiny, int8: ModelPackage, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="onnx in int8"):
        int8_of(int8, tmp_path / "twice")
    ir = export(replace(tiny.spec("ir-source"), kind="openvino-ir"))
    with pytest.raises(ConfigError, match="openvino-ir in f32"):
        int8_of(ir, tmp_path / "of-ir")
    from tests.tiny_model import write_tiny_package

    with pytest.raises(ConfigError, match="head is not found"):
        int8_of(write_tiny_package(tmp_path / "stranger"), tmp_path / "of-stranger")
    assert not any((tmp_path / name).exists() for name in ("twice", "of-ir", "of-stranger"))


def test_the_command_calibrates_on_a_dataset(
    tiny: Tiny, package: ModelPackage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = tmp_path / "dataset"
    words = ["--yolo", write_yolo(tmp_path / "yolo", train=5), "--dataset", dataset, "--part-is-file"]
    assert run("dataset", "import", *words) == 0
    options = ["--int8", "--calibrate", dataset, "--calibrate-count", 3, "--kind", "openvino"]
    code, document = told(capsys, "export-model", package.path, "--out", tmp_path / "int8", *options)
    assert (code, document["precision"]) == (0, "int8")
    said = ModelPackage.load(tmp_path / "int8").manifest
    assert said.provenance["calibration_manifest_sha256"] == DatasetFolder(dataset).digest()
    assert (said.provenance["calibration_pictures"], said.provenance["calibration_split"]) == ("3", "train")
    assert (said.weights.kind, said.version) == ("openvino-ir", "1")
    chosen, _ = calibration_of(DatasetFolder(dataset), "train", 3)
    everything, _ = calibration_of(DatasetFolder(dataset), "train", 99)
    assert [one.tobytes() for one in chosen] == [one.tobytes() for one in everything][:3]
    shutil.rmtree(dataset / "images")
    assert run("export-model", package.path, "--out", tmp_path / "none", *options) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("weights.pt", "--int8"),
        ("weights.pt", "--calibrate", "d"),
        ("f32", "--int8", "--calibrate", "d", "--imgsz", "320"),
        ("f32", "--int8", "--calibrate", "d", "--half-storage"),
        ("weights.pt", "--int8", "--calibrate", "d"),
        ("f32",),
    ],
)
def test_options_that_do_not_belong_together_are_wrong_usage(
    tiny: Tiny, package: ModelPackage, words: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as ended:
        run("export-model", tiny.folder / words[0], "--out", tmp_path / "out", *words[1:])
    assert ended.value.code == 2
    assert not (tmp_path / "out").exists()
