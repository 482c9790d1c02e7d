# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether the network of a package takes and gives what its manifest says."""

from __future__ import annotations

from inspector.detect.package import ModelPackage
from inspector.errors import ModelRefused


def check_model(
    package: ModelPackage, inputs: list[tuple[int, ...]], outputs: list[tuple[int, ...]]
) -> tuple[int, ...]:
    """Compare what the runtime sees in the weights with what the manifest promises.

    Args:
        package: The package.
        inputs: Shapes of the model's inputs; -1 stands for a dynamic dimension.
        outputs: Shapes of the model's outputs; -1 stands for a dynamic dimension.

    Returns:
        The shape of the one output.

    Raises:
        ModelRefused: They differ.
    """
    size = package.manifest.input
    wanted = (1, 3, size.height, size.width)
    if inputs != [wanted]:
        raise ModelRefused(
            f"{package.path}: the model takes {inputs}, model.json says {wanted}",
            "Export with a static input of the size in model.json, batch 1",
        )
    if len(outputs) != 1 or -1 in outputs[0]:
        raise ModelRefused(
            f"{package.path}: the model gives {outputs}, one output of fixed shape is needed",
            "Export a detection model with static shapes",
        )
    return outputs[0]
