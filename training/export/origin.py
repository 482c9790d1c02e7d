# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where weights come from, for the provenance of a package."""

from __future__ import annotations

import hashlib
from pathlib import Path

from inspector.errors import ConfigError
from training.train.runfile import NAME as RUN_FILE
from training.train.runfile import read_beside


def file_sha256(path: Path) -> str:
    """SHA-256 of a file in hex.

    Raises:
        ConfigError: if it cannot be read.
    """
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Check the path") from error


def origin(weights: Path, imgsz: int | None) -> tuple[int, dict[str, str]]:
    """What `run.json` beside the weights says of them.

    Args:
        weights: trained checkpoint.
        imgsz: edge of the model input in pixels that was asked for; None: that of the training, or 320.

    Returns:
        The edge, and the provenance: hashes of `run.json` and of the dataset's manifest.

    Raises:
        ConfigError: the weights are not there or not those of `run.json`, or it has to be said for which edge.
    """
    if not weights.is_file():
        raise ConfigError(f"There are no weights {weights}", "Train first: inspector train --help")
    run = read_beside(weights, file_sha256(weights))
    if run is None:
        return imgsz or 320, {}
    if imgsz is None and run.settings.tile is not None:
        raise ConfigError(
            f"{weights} was trained on tiles of {run.settings.tile} px",
            "Name the longer edge of the station's pictures: --imgsz PX, so that defects have the size as trained",
        )
    provenance = {"run_sha256": file_sha256(weights.parent / RUN_FILE)}
    if run.data.kind == "dataset":
        provenance["dataset_manifest_sha256"] = run.data.sha256
    return imgsz or run.settings.imgsz, provenance
