# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every backend of the detector must do, shown on a network whose answers are known."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np
import pytest

from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage, write_package
from inspector.detect.session import Backend
from inspector.errors import InferenceFailed, ModelRefused
from inspector.part import ImageArray
from tests.tiny_model import Variant, tiny_onnx, write_tiny_package

BACKENDS: tuple[Backend, ...] = ("openvino", "onnxruntime")
RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)  # BGR


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    chosen: Backend = request.param
    return chosen


def coloured(width: int, height: int) -> ImageArray:
    """Black, with a red cell at (32, 64), a green one at (128, 0) and a dimmer blue one at (0, 96)."""
    image = np.zeros((height, width, 3), dtype=np.uint8)
    image[64:96, 32:64] = RED
    image[0:32, 128:160] = GREEN
    image[96:128, 0:32] = (204, 0, 0)
    return image


def box(x0: int, y0: int, size: int = 32) -> tuple[int, int, int, int]:
    return (16 * x0, 16 * y0, 16 * (x0 + size), 16 * (y0 + size))


@pytest.mark.parametrize("variant", ["classic", "end-to-end"])
def test_finds_what_is_there(tmp_path: Path, backend: Backend, variant: Variant) -> None:
    detector = Detector(write_tiny_package(tmp_path / "tiny", variant=variant), backend)
    found = detector.infer(coloured(320, 320))
    assert [(d.class_name, d.box_16) for d in found] == [
        ("green", box(128, 0)),
        ("red", box(32, 64)),
        ("blue", box(0, 96)),
    ]
    assert [d.score_ppm / 1e6 for d in found] == pytest.approx([1.0, 1.0, 0.8], abs=2e-5)  # f32 sums


def test_coordinates_are_those_of_the_camera_image(tmp_path: Path, backend: Backend) -> None:
    detector = Detector(write_tiny_package(tmp_path / "tiny"), backend)
    image = np.zeros((640, 640, 3), dtype=np.uint8)
    image[320:384, 128:192] = GREEN
    assert [d.box_16 for d in detector.infer(image)] == [box(128, 320, 64)]
    # 640 x 384 is halved and centred under 64 px of border, so its cells fall on those of the network.
    wide = np.zeros((384, 640, 3), dtype=np.uint8)
    wide[64:128, 128:192] = BLUE
    assert [d.box_16 for d in detector.infer(wide)] == [box(128, 64, 64)]


def test_results_do_not_depend_on_the_image_before(tmp_path: Path, backend: Backend) -> None:
    detector = Detector(write_tiny_package(tmp_path / "tiny"), backend)
    first = detector.infer(coloured(320, 320))
    assert detector.infer(np.zeros((200, 400, 3), dtype=np.uint8)) == ()
    assert detector.infer(coloured(320, 320)) == first


def test_grey_equals_its_bgr_copy(tmp_path: Path, backend: Backend) -> None:
    detector = Detector(write_tiny_package(tmp_path / "tiny", score_ppm=400_000), backend)
    grey = np.random.default_rng(3).integers(0, 256, (480, 640), dtype=np.uint8)
    found = detector.infer(grey)
    assert found
    assert found == detector.infer(np.repeat(grey[:, :, np.newaxis], 3, axis=2))


def test_backends_agree(tmp_path: Path) -> None:
    package = write_tiny_package(tmp_path / "tiny", score_ppm=400_000)
    image = np.random.default_rng(5).integers(0, 256, (333, 500, 3), dtype=np.uint8)
    image[:, :, 1] //= 2
    image[:, :, 2] //= 3
    one, two = (Detector(package, backend).infer(image) for backend in BACKENDS)
    assert one
    assert {(d.box_16, d.class_name) for d in one} == {(d.box_16, d.class_name) for d in two}
    by_box = {(d.box_16, d.class_name): d.score_ppm for d in two}
    assert all(abs(by_box[d.box_16, d.class_name] - d.score_ppm) <= 2 for d in one)


def package_of(weights: Path, directory: Path) -> ModelPackage:
    return write_package(
        directory,
        name="x",
        version="1",
        classes=["red", "green", "blue"],
        width=320,
        height=320,
        weights=weights,
        kind="openvino-ir" if weights.suffix == ".xml" else "onnx",
        score_ppm=600_000,
        iou_ppm=700_000,
        provenance={},
    )


def test_openvino_ir(tmp_path: Path) -> None:
    import openvino as ov  # type: ignore[import-untyped]

    network = ov.Core().read_model(tiny_onnx(320, 320), b"")
    ov.save_model(network, tmp_path / "net.xml", compress_to_fp16=False)
    package = package_of(tmp_path / "net.xml", tmp_path / "ir")
    assert len(Detector(package, "openvino").infer(coloured(320, 320))) == 3
    with pytest.raises(ModelRefused, match="OpenVINO IR"):
        Detector(package, "onnxruntime")


def test_describes_what_is_in_force(tmp_path: Path, backend: Backend) -> None:
    package = write_tiny_package(tmp_path / "tiny")
    detector = Detector(package, backend, threads=1)
    detector.warm_up()
    told = detector.describe()
    assert (told["backend"], told["precision"], told["threads"]) == (backend, "f32", "1")
    assert told["model_digest"] == package.digest
    assert told["head"] == "classic"
    assert told["version"]


def test_numbers_that_are_none_fail(tmp_path: Path, backend: Backend) -> None:
    detector = Detector(write_tiny_package(tmp_path / "tiny", variant="nan"), backend)
    with pytest.raises(InferenceFailed, match="not finite"):
        detector.infer(coloured(320, 320))


@pytest.mark.parametrize(
    ("variant", "match"), [("dynamic", "static input"), ("two outputs", "one output of fixed shape")]
)
def test_models_of_another_shape_are_refused(tmp_path: Path, backend: Backend, variant: Variant, match: str) -> None:
    with pytest.raises(ModelRefused, match=match):
        Detector(write_tiny_package(tmp_path / "tiny", variant=variant), backend)


def test_a_manifest_that_contradicts_the_weights_is_refused(tmp_path: Path, backend: Backend) -> None:
    with pytest.raises(ModelRefused, match="4 classes"):
        Detector(write_tiny_package(tmp_path / "a", classes=("a", "b", "c", "d")), backend)
    weights = tmp_path / "small.onnx"
    weights.write_bytes(tiny_onnx(160, 160))
    with pytest.raises(ModelRefused, match=r"model\.json says"):
        Detector(package_of(weights, tmp_path / "b"), backend)


@pytest.mark.parametrize("data", [b"", b"not a network", b"\x08\x09\x12\x04tiny", tiny_onnx(320, 320)[:-200]])
def test_garbage_weights_are_refused(tmp_path: Path, backend: Backend, data: bytes) -> None:
    weights = tmp_path / "garbage.onnx"
    weights.write_bytes(data)
    with pytest.raises(ModelRefused) as refusal:
        Detector(package_of(weights, tmp_path / "pkg"), backend)
    assert refusal.value.advice


def test_settings_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    package = write_tiny_package(tmp_path / "tiny")
    with pytest.raises(ModelRefused, match="threads"):
        Detector(package, threads=0)
    with pytest.raises(ModelRefused, match="backend"):
        Detector(package, "tensorrt")  # type: ignore[arg-type]


def test_only_the_chosen_runtime_is_imported_and_none_reports_home(tmp_path: Path) -> None:
    write_tiny_package(tmp_path / "tiny")
    script = f"""
import sys
from contextlib import suppress
from pathlib import Path
from random import Random
import inspector.detect, inspector.detect.detector as d
from inspector.detect.package import ModelPackage
assert not {{"openvino", "onnxruntime"}} & set(sys.modules), "importing the detector must be cheap"
d.Detector(ModelPackage.load(Path({str(tmp_path / "tiny")!r})), "openvino").warm_up()
assert "openvino" in sys.modules and "onnxruntime" not in sys.modules
loaded = [name for name, module in sys.modules.items() if "openvino_telemetry" in name and module]
assert not loaded, loaded
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_damaged_weights_are_refused_or_judge_without_a_crash(tmp_path: Path, backend: Backend) -> None:
    # The hashes keep damage out; this is for a package that was built from a damaged file.
    random = Random(20)
    for number in range(25):
        data = bytearray(tiny_onnx(320, 320))
        for _ in range(random.choice([1, 2, 5])):
            data[random.randrange(len(data))] = random.randrange(256)
        weights = tmp_path / f"{number}.onnx"
        weights.write_bytes(data)
        with suppress(ModelRefused, InferenceFailed):
            Detector(package_of(weights, tmp_path / f"pkg-{number}"), backend).infer(coloured(320, 320))


def test_a_name_that_is_no_text_is_refused(tmp_path: Path, backend: Backend) -> None:
    weights = tmp_path / "named.onnx"
    weights.write_bytes(tiny_onnx(320, 320).replace(b"Reshape", b"\xe7eshape"))
    with pytest.raises(ModelRefused):
        Detector(package_of(weights, tmp_path / "pkg"), backend)
