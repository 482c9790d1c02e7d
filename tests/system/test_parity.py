# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station sees what training saw: its detector equals ultralytics' own predict() on the same weights.

The network has random weights, brought to life by setting its normalisation from real pictures: it fires dozens of
times per picture, all over it and over the whole range of scores, which compares more than a good model could.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import data_samples
from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
from inspector.detect.session import Backend
from inspector.part import Detection, ImageArray
from training.export.package import ExportSpec, export
from training.train.extra import isolate

IMGSZ = 320
SCORE, IOU, LIMIT = 0.02, 0.70, 300
SCORE_TOLERANCE = 0.001
BOX_TOLERANCE_PX = 1.0

# torch and its exporter warn about their own insides.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Reference:
    """One finding of ultralytics: class, score 0..1, x0, y0, x1, y1 in px."""

    class_name: str
    score: float
    box_px: tuple[float, ...]


def sample(index: int) -> ImageArray:
    label = data_samples.labels()[index]
    image = cv2.imread(str(data_samples.images_dir() / label.file), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, dtype=np.uint8)


def pictures() -> dict[str, ImageArray]:
    """Square, wide, tall, odd sides, larger and smaller than the network's input, and in colour."""
    tinted = sample(5).copy()
    tinted[:, :, 0] = tinted[:, :, 0] // 4 * 3
    tinted[:, :, 2] = tinted[:, :, 2] // 2
    return {
        "square": sample(1),
        "wide": sample(3)[:401],
        "tall": sample(7)[:, 100:433],
        "odd": sample(9)[11:608, 5:632],
        "large": cv2.resize(sample(11), (1403, 937)),
        "small": cv2.resize(sample(13), (211, 150)),
        "colour": tinted,
    }


def lively_weights(path: Path) -> Path:
    """A YOLO26n with random weights that fires often and with different scores; needs no download."""
    import torch
    from ultralytics import YOLO

    torch.manual_seed(1)
    model = YOLO("yolo26n.yaml")
    network: Any = model.model
    batch = np.stack([cv2.resize(image, (IMGSZ, IMGSZ)) for image in pictures().values()])
    pixels = torch.from_numpy(batch).permute(0, 3, 1, 2).float() / 255
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            module.reset_running_stats()
    head = network.model[-1]
    with torch.no_grad():
        network.train()(pixels)
        for branch in [*head.cv3, *head.one2one_cv3]:
            branch[-1].weight.normal_(0, 0.15)
            branch[-1].bias.fill_(-7)
        for branch in [*head.cv2, *head.one2one_cv2]:  # distances from the cell to the four sides
            branch[-1].weight.normal_(0, 0.05)
            branch[-1].bias.fill_(3)
    network.eval()
    model.save(str(path))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("parity")
    isolate(place / "ultralytics")
    return place


@pytest.fixture(scope="module")
def weights(folder: Path) -> Path:
    return lively_weights(folder / "lively.pt")


@pytest.fixture(scope="module", params=["classic", "end-to-end"])
def package(request: pytest.FixtureRequest, folder: Path, weights: Path) -> ModelPackage:
    return export(
        ExportSpec(
            weights=weights,
            out=folder / str(request.param),
            name="lively",
            version="1",
            imgsz=IMGSZ,
            score=SCORE,
            iou=IOU,
            half_storage=False,
            end_to_end=request.param == "end-to-end",
            provenance={},
        )
    )


@pytest.fixture(scope="module")
def reference(weights: Path, package: ModelPackage) -> Iterator[dict[str, list[Reference]]]:
    from ultralytics import YOLO

    model = YOLO(str(weights))
    options: dict[str, Any] = {"nms": False} if package.path.name == "end-to-end" else {}
    found = {}
    for name, image in pictures().items():
        result = model.predict(
            image, imgsz=IMGSZ, rect=False, conf=SCORE, iou=IOU, max_det=LIMIT, device="cpu", verbose=False, **options
        )[0]
        found[name] = [
            Reference(model.names[int(row[5])], float(row[4]), tuple(float(value) for value in row[:4]))
            for row in result.boxes.data.tolist()
        ]
    yield found


def as_reference(one: Detection) -> Reference:
    return Reference(one.class_name, one.score_ppm / 1e6, tuple(side / 16 for side in one.box_16))


def close(ours: Detection, theirs: Reference) -> bool:
    return (
        ours.class_name == theirs.class_name
        and abs(ours.score_ppm / 1e6 - theirs.score) <= SCORE_TOLERANCE
        and all(abs(a / 16 - b) <= BOX_TOLERANCE_PX for a, b in zip(ours.box_16, theirs.box_px, strict=True))
    )


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes x0, y0, x1, y1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(width, 0.0) * max(height, 0.0)
    return both / ((one[2] - one[0]) * (one[3] - one[1]) + (other[2] - other[0]) * (other[3] - other[1]) - both)


def a_close_call(one: Reference, found: list[Reference]) -> bool:
    """The last digits of a sum, which differ from CPU to CPU, may keep or drop this one of all that were found.

    Its score lies at the floor, or at the last place of a full list, or another one competes for its place.
    """
    last = min((other.score for other in found), default=SCORE) if len(found) >= LIMIT else SCORE
    return one.score < last + 2 * SCORE_TOLERANCE or any(overlap(one.box_px, other.box_px) > IOU / 2 for other in found)


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_equal_to_ultralytics_predict(
    package: ModelPackage, reference: dict[str, list[Reference]], backend: Backend
) -> None:
    detector = Detector(package, backend)
    assert detector.describe()["head"] == package.path.name
    compared = calls = 0
    for name, image in pictures().items():
        ours, theirs = detector.infer(image), reference[name]
        only_ours = [as_reference(one) for one in ours if not any(close(one, other) for other in theirs)]
        only_theirs = [other for other in theirs if not any(close(one, other) for one in ours)]
        for one in only_ours:
            assert a_close_call(one, theirs), (name, one)
        for one in only_theirs:
            assert a_close_call(one, [as_reference(other) for other in ours]), (name, one)
        assert theirs, name
        compared += len(theirs)
        calls += len(only_ours) + len(only_theirs)
    assert compared > 500
    assert calls <= compared // 100
