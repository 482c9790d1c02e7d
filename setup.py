# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compiles the simulated camera into the package; everything else about the build is in pyproject.toml."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from setuptools import setup
from setuptools.errors import SetupError

SIMULATOR = Path(__file__).resolve().parent / "inspector" / "camera" / "simulator" / "setup.py"

# By its path: importing the package would need what it depends on.
spec = importlib.util.spec_from_file_location("_simulator_setup", SIMULATOR)
if spec is None or spec.loader is None:
    raise SetupError(f"{SIMULATOR} is missing: the source tree is incomplete")
simulator = importlib.util.module_from_spec(spec)
spec.loader.exec_module(simulator)

setup(distclass=simulator.PlatformDistribution, cmdclass=simulator.COMMANDS)
