# SPDX-License-Identifier: AGPL-3.0-or-later
"""An ONNX file as OpenVINO's intermediate representation, by OpenVINO's own converter."""

from __future__ import annotations

import re
from pathlib import Path

import openvino as ov  # type: ignore[import-untyped]

_NUMBERED = re.compile(r"[A-Za-z0-9]+_[0-9]+")


def to_ir(network: Path, *, half_storage: bool) -> Path:
    """Convert a network, so that the same file gives the same bytes.

    Args:
        network: ONNX file.
        half_storage: Store constants as float16; they are cast to float32 when loaded.

    Returns:
        The `.xml` beside it; its `.bin` lies there, too.
    """
    model = ov.convert_model(network)
    for number, operation in enumerate(model.get_ordered_ops()):
        # Names that it makes up are counted through the life of the process.
        if _NUMBERED.fullmatch(operation.get_friendly_name()):
            operation.set_friendly_name(f"{operation.get_type_name()}-{number}")
    written = network.with_suffix(".xml")
    ov.save_model(model, written, compress_to_fp16=half_storage)
    return written
