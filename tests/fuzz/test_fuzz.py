# SPDX-License-Identifier: AGPL-3.0-or-later
"""Readers of evidence get bytes that nobody meant: a short run, always the same, and a long one by atheris."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.edits import edited, scalars
from tests.fuzz.targets import EDITS, targets

RUNS = 120
SLOW_RUNS = 12
"""Of targets that verify a whole history."""
SLOW = tuple(f"bundle-{what}" for what in ("container", "content", "erasures", "witnesses"))
SLOW += ("station-rows", "station-file", "proof-file", "proof-values")
NAMES = ("cosignatures", "document", "log-policy", "note", "record", "statement", "tile", "time-stamp", "wal", *SLOW)


BETWEEN = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
"""A small process that starts the fuzzer, which takes the memory of who started it for memory of its own."""


def test_no_target_is_forgotten() -> None:
    assert set(NAMES) == set(targets())


@pytest.mark.parametrize("name", NAMES)
def test_seeds_and_edits_of_them(name: str) -> None:
    target = targets()[name]
    for seed in target.seeds:
        target.run(seed)
    moments = random.Random(name)
    for _ in range(SLOW_RUNS if name in SLOW else RUNS):
        edits = moments.randbytes(moments.randint(4, 40))
        if target.seeds is EDITS:
            target.run(edits)
        else:
            for _, changed in edited([moments.choice(target.seeds)], scalars(target.seeds), edits):
                target.run(changed)


if importlib.util.find_spec("atheris") is not None or (sys.platform == "linux" and sys.version_info[:2] == (3, 11)):

    @pytest.mark.long
    @pytest.mark.parametrize("name", NAMES)
    def test_long_run(name: str, tmp_path: Path) -> None:
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", BETWEEN, sys.executable, "-m", "tests.fuzz", name],
            cwd=tmp_path,
            env={"PYTHONPATH": str(root), "PATH": ""},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        told = done.stderr[-4000:] + done.stdout[-4000:]
        assert done.returncode == 0, told
        print(name, *(line for line in done.stderr.splitlines() if line.startswith("Done ")))
