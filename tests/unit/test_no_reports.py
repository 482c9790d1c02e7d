# SPDX-License-Identifier: AGPL-3.0-or-later
"""No runtime reports its use to its maker, nor leaves a number of the device on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import data_samples

JUDGE = """
from pathlib import Path
from inspector.detect.detector import Detector
from inspector.detect.package import ModelPackage
Detector(ModelPackage.load(Path({package!r})), {backend!r}, threads=1).warm_up()
"""


@pytest.mark.parametrize("what", ["onnxruntime", "openvino", "int8"])
def test_nothing_is_kept_and_nobody_is_told(what: str, tmp_path: Path) -> None:
    """ONNX Runtime begins with it when it is imported, and keeps what it could not send."""
    program = (
        "import training.export.int8"
        if what == "int8"
        else JUDGE.format(package=str(data_samples.model_dir()), backend=what)
    )
    hidden = ("XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, env=environment)
    assert [path.name for path in tmp_path.rglob("*")] == []
