# SPDX-License-Identifier: Apache-2.0
"""The one error of the simulated camera: this package stands alone and cannot use the station's tree of errors."""

from __future__ import annotations


class SimulatorError(Exception):
    """The simulated camera is not compiled, cannot be reached, refuses a command, or has no usable pictures.

    Args:
        message: What happened, and where (file, camera).
        advice: What the reader should do next, in the imperative.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message, advice)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.message}. {self.advice}"
