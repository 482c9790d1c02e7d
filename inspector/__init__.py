# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inspection station: camera, line, model, records, seals."""

import os

# ONNX Runtime reports its use to its maker, and keeps a number of the device on disk, unless this is set before it is
# imported (docs/model-package.md).
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
