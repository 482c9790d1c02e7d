# SPDX-License-Identifier: AGPL-3.0-or-later
"""Weights of a detector of five layers that finds something everywhere, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.train.extra import isolate

CLASSES = ("red", "green", "blue")
EDGE_PX = 96
NETWORK = """nc: 3
end2end: True
reg_max: 1
scale: n
backbone:
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, Conv, [8, 3, 2]]
  - [-1, 1, Conv, [16, 3, 2]]
  - [-1, 1, Conv, [16, 3, 2]]
head:
  - [[2, 3], 1, Detect, [nc]]
"""


def write_weights(folder: Path, *, seed: int = 1, classes: tuple[str, ...] = CLASSES) -> Path:
    """Write `weights.pt`, and return it. Every seed has its own numbers."""
    isolate(folder / ".ultralytics")
    import torch
    from ultralytics import YOLO

    torch.manual_seed(seed)
    description = folder / "tiny.yaml"
    description.write_text(NETWORK)
    model = YOLO(str(description), task="detect")
    network: Any = model.model
    network.names = dict(enumerate(classes))
    head = network.model[-1]
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.mul_(3)  # keeps the picture alive through the layers
        for branch in [*head.cv3, *head.one2one_cv3]:  # scores from nearly 0 to nearly 1
            branch[-1].weight.normal_(0, 1.0)
            branch[-1].bias.fill_(-1)
        for branch in [*head.cv2, *head.one2one_cv2]:  # distances from the cell to the four sides
            branch[-1].weight.normal_(0, 0.1)
            branch[-1].bias.fill_(1)
    weights = folder / "weights.pt"
    model.save(str(weights))
    return weights
