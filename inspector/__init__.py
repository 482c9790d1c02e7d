# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inspection station: camera, line, model, records, seals."""

import os
import sys

# ONNX Runtime reports its use to its maker, and keeps a number of the device on disk, unless this is set before it is
# imported (docs/model-package.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
# `import openvino` sends a usage event when openvino_telemetry is installed, which its wheel asks for. With this entry
# that import fails, and OpenVINO uses its own stub.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
