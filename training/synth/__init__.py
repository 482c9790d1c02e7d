# SPDX-License-Identifier: AGPL-3.0-or-later
"""Synthetic photographs of a turned metal flange, with exact labels.

The pictures stand in for a production line that nobody can ship with a program: they train the
demonstration model, feed the simulated camera, and give tests an unlimited supply of parts whose truth is
known. OpenCV, NumPy and zxing-cpp only; no torch.
"""

from training.synth.part import FRAME_PX, Defect, SynthPart, part_serial, render_part
from training.synth.scene import CLASS_NAMES

__all__ = ["CLASS_NAMES", "FRAME_PX", "Defect", "SynthPart", "part_serial", "render_part"]
