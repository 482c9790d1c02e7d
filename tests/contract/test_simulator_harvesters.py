# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera against the test suite of harvesters itself, as docs/simulator.md says: about a minute."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.simulated_camera import compiled_producer

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
WITHIN_S = 600


@pytest.mark.long
def test_it_passes_the_suite_of_harvesters(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INSPECTOR", "PYTEST"))}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--pyargs", "harvesters.test"],
        cwd=tmp_path,
        env={**kept, "HARVESTERS_TEST_TARGET": str(compiled_producer())},
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-5_000:]
    passed, skipped = (int(found) for found in re.findall(r"(\d+) (?:passed|skipped)", result.stdout.splitlines()[-1]))
    page = " ".join(PAGE.split())
    told = f"the test suite of harvesters {version('harvesters')} ({passed + skipped} tests, of which {skipped} skip"
    assert told in page
