# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compiles the simulated camera into the package; everything else about the build is in pyproject.toml."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

SIMULATOR = Path("inspector", "camera", "simulator")


def _simulator_build() -> ModuleType:
    """Load the simulator's build module by its path: importing the package would need its dependencies."""
    spec = importlib.util.spec_from_file_location("_simulator_build", SIMULATOR / "build.py")
    if spec is None or spec.loader is None:
        raise SetupError(f"{SIMULATOR / 'build.py'} is missing: the source tree is incomplete")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildWithProducer(build_py):
    """Adds the compiled GenTL producer to the package, in place for an editable install."""

    def run(self) -> None:
        """Copy the modules, then compile."""
        super().run()
        build = _simulator_build()
        root = Path() if self.editable_mode else Path(self.build_lib)
        try:
            build.compile_producer(root / SIMULATOR / build.PRODUCER_NAME)
        except build.BuildError as error:
            raise SetupError(str(error)) from error

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """List the producer among the files to install."""
        outputs = super().get_outputs(include_bytecode)
        producer = str(Path(self.build_lib) / SIMULATOR / "simcam.cti")
        return outputs if producer in outputs else [*outputs, producer]


class PlatformDistribution(Distribution):
    """Holds a shared library, so that it is installed where platform-dependent packages belong."""

    def has_ext_modules(self) -> bool:
        """Say yes: see the class."""
        return True


class PlatformWheel(bdist_wheel):
    """One wheel per platform: the shared library does not depend on the version of Python."""

    def get_tag(self) -> tuple[str, str, str]:
        """Keep the platform and drop the Python version."""
        return "py3", "none", super().get_tag()[2]


setup(distclass=PlatformDistribution, cmdclass={"build_py": BuildWithProducer, "bdist_wheel": PlatformWheel})
