# SPDX-License-Identifier: Apache-2.0
"""Compiles the producer into the wheel: this package's own one, and, from the root's setup.py, that of the station."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

HERE = Path(__file__).resolve().parent


def _build_module() -> ModuleType:
    """Load `build.py` by its path: the package around it need not be installed."""
    spec = importlib.util.spec_from_file_location("_simulator_build", HERE / "build.py")
    if spec is None or spec.loader is None:
        raise SetupError(f"{HERE / 'build.py'} is missing: the source tree is incomplete")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class BuildWithProducer(build_py):
    """Adds the compiled GenTL producer to the package, in place for an editable install."""

    def run(self) -> None:
        """Copy the modules, then compile."""
        super().run()
        build = _build_module()
        try:
            build.compile_producer(build.producer_file() if self.editable_mode else self._producer())
        except build.BuildError as error:
            raise SetupError(str(error)) from error

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """List the producer among the files to install."""
        outputs = super().get_outputs(include_bytecode)
        producer = str(self._producer())
        return outputs if producer in outputs else [*outputs, producer]

    def _producer(self) -> Path:
        """Where the producer belongs in the tree that becomes the wheel."""
        for package in self.packages or ():
            if Path(self.get_package_dir(package)).resolve() == HERE:
                return Path(self.build_lib, *package.split("."), "simcam.cti")
        raise SetupError(f"no package of this wheel is made from {HERE}")


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


COMMANDS = {"build_py": BuildWithProducer, "bdist_wheel": PlatformWheel}

if __name__ == "__main__":
    # Built outside of the sources: what an earlier build left there would get into the next wheel.
    with TemporaryDirectory(prefix="simcam-") as temporary:
        setup(distclass=PlatformDistribution, cmdclass=COMMANDS, options={"build": {"build_base": temporary}})
